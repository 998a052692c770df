/* SPDX-License-Identifier: Apache-2.0 */
#include "source/folders.h"

#include "base/buf.h"
#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static int
visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void read_path(const struct folders_sink *sink, const char *path, unsigned depth);

static void
read_folder(const struct folders_sink *sink, const char *path, unsigned depth)
{
	struct dirent **names = NULL;
	struct buf b;
	int n;

	if (depth == FOLDERS_DEPTH_MAX) {
		sink->trouble(sink->context, path, "folders are nested too deep");
		return;
	}
	n = scandir(path, &names, visible, alphasort);
	if (n < 0) {
		sink->trouble(sink->context, path, why_errno(errno));
	}
	buf_init(&b, 0);
	for (int i = 0; i < n; i++) {
		buf_clear(&b);
		buf_fmt(&b, "%s/%s", path, names[i]->d_name);
		read_path(sink, b.p, depth + 1);
		free(names[i]);
	}
	buf_done(&b);
	free(names);
}

static void
read_path(const struct folders_sink *sink, const char *path, unsigned depth)
{
	struct stat st = { .st_mode = S_IFREG };

	/* A name that was given may be a link, a pipe or "-"; what a folder holds may not.  What
	 * is not there is opened as a file, which says why it cannot be. */
	if ((depth == 0 ? stat(path, &st) : lstat(path, &st)) == 0 && S_ISDIR(st.st_mode)) {
		read_folder(sink, path, depth);
	} else if (depth == 0 || S_ISREG(st.st_mode)) {
		sink->file(sink->context, path);
	} else {
		sink->trouble(sink->context, path,
		    S_ISLNK(st.st_mode) ? "a link, which is not followed" : "no file");
	}
}

void
folders_walk(const char *path, const struct folders_sink *sink)
{
	read_path(sink, path, 0);
}
