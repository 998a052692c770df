/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_FOLDERS_H
#define CAROM_SOURCE_FOLDERS_H

/* The files of a folder and of those in it, by name; hidden ones and links are left out. */

#define FOLDERS_DEPTH_MAX 16

struct folders_sink {
	void (*file)(void *context, const char *path);
	void (*trouble)(void *context, const char *path, const char *why);
	void *context; /* borrowed */
};

/* A path that is no folder is a file, whatever it is: a pipe, a link, "-", or not there. */
void folders_walk(const char *path, const struct folders_sink *sink);

#endif
