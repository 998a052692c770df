/* SPDX-License-Identifier: Apache-2.0 */
#include "source/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_BYTES 6
#define BLOCK_BYTES ((size_t)128 * 1024)

static const struct packing {
	const char *name;
	struct sv magic;
	int (*support)(struct archive *);
} packings[] = {
	{ "gzip", SV_INIT("\x1f\x8b"), archive_read_support_filter_gzip },
	{ "xz",
	    SV_INIT("\xfd"
		    "7zXZ"),
	    archive_read_support_filter_xz },
	{ "zstd", SV_INIT("\x28\xb5\x2f\xfd"), archive_read_support_filter_zstd },
	{ "bzip2", SV_INIT("BZh"), archive_read_support_filter_bzip2 },
};

struct input {
	char *name; /* owned */
	int fd;
	bool regular;
	const struct packing *packing; /* NULL: plain */
	struct archive *archive;       /* owned; NULL: plain */
	char *block;                   /* owned; packed bytes for libarchive */
	char first[MAGIC_BYTES];       /* read for the magic, not yet given */
	size_t n_first;
	int64_t mtime_us;
	uint64_t size, consumed;
	int read_errno;
};

/* ---- the file below ---- */

static ssize_t
read_some(struct input *in, char *p, size_t room)
{
	ssize_t n;

	if (in->n_first > 0) {
		n = (ssize_t)(in->n_first < room ? in->n_first : room);
		memcpy(p, in->first, (size_t)n);
		in->n_first -= (size_t)n;
		memmove(in->first, in->first + n, in->n_first);
		return n;
	}
	do {
		n = read(in->fd, p, room);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		in->consumed += (uint64_t)n;
	} else if (n < 0) {
		in->read_errno = errno;
	}
	return n;
}

static la_ssize_t
archive_wants(struct archive *a, void *context, const void **out)
{
	struct input *in = context;
	ssize_t n = read_some(in, in->block, BLOCK_BYTES);

	*out = in->block;
	if (n < 0) {
		archive_set_error(a, in->read_errno, "%s", why_errno(in->read_errno));
		return -1;
	}
	return n;
}

static enum err
sniff(struct input *in, struct why *why)
{
	while (in->n_first < MAGIC_BYTES) {
		ssize_t n;

		do {
			n = read(in->fd, in->first + in->n_first, MAGIC_BYTES - in->n_first);
		} while (n < 0 && errno == EINTR);
		if (n < 0) {
			return why_set(why, ERR_IO, "%s: %s", in->name, why_errno(errno));
		}
		if (n == 0) {
			break;
		}
		in->n_first += (size_t)n;
		in->consumed += (uint64_t)n;
	}
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		if (sv_starts(sv_make(in->first, in->n_first), packings[i].magic)) {
			in->packing = &packings[i];
		}
	}
	return ERR_OK;
}

static enum err
open_packed(struct input *in, struct why *why)
{
	struct archive_entry *entry;

	in->block = mem_new(BLOCK_BYTES, 1);
	in->archive = archive_read_new();
	if (in->archive == NULL || in->packing->support(in->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_raw(in->archive) != ARCHIVE_OK) {
		return why_set(
		    why, ERR_MEMORY, "%s: no reader for %s", in->name, in->packing->name);
	}
	if (archive_read_open(in->archive, in, NULL, archive_wants, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(in->archive, &entry) != ARCHIVE_OK) {
		return why_set(why, ERR_DATA, "%s: byte %llu: damaged %s: %s", in->name,
		    (unsigned long long)in->consumed, in->packing->name,
		    archive_error_string(in->archive));
	}
	return ERR_OK;
}

static enum err
open_file(struct input *in, const char *path, struct why *why)
{
	struct stat st;

	in->fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd < 0 || fstat(in->fd, &st) != 0) {
		return why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	if (S_ISDIR(st.st_mode)) {
		return why_set(why, ERR_USAGE, "%s: is a folder; name the log files in it", path);
	}
	if (S_ISREG(st.st_mode)) {
		in->regular = true;
		in->size = (uint64_t)st.st_size;
		in->mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
		(void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return sniff(in, why);
}

enum err
input_open(const char *path, struct input **out, struct why *why)
{
	struct input *in = mem_new(1, sizeof(*in));
	enum err e;

	in->fd = -1;
	in->name = mem_dup(path, strlen(path));
	e = open_file(in, path, why);
	if (e == ERR_OK && in->packing != NULL) {
		e = open_packed(in, why);
	}
	if (e != ERR_OK) {
		input_close(&in);
		return e;
	}
	*out = in;
	return ERR_OK;
}

void
input_close(struct input **pin)
{
	struct input *in = *pin;

	if (in == NULL) {
		return;
	}
	if (in->archive != NULL) {
		(void)archive_read_free(in->archive);
	}
	if (in->fd >= 0) {
		(void)close(in->fd);
	}
	free(in->block);
	free(in->name);
	free(in);
	*pin = NULL;
}

/* A plain file must still be as long as what was read of it, and end where it ends. */
static enum err
check_shrunk(const struct input *in, struct why *why)
{
	struct stat st;

	if (!in->regular || fstat(in->fd, &st) != 0 || (uint64_t)st.st_size >= in->consumed) {
		return ERR_OK;
	}
	return why_set(why, ERR_DATA,
	    "%s: byte %llu: the file shrank to %lld bytes while it was read (truncated or rotated "
	    "in place); "
	    "what had been there is counted",
	    in->name, (unsigned long long)in->consumed, (long long)st.st_size);
}

static enum err
end_of_plain(const struct input *in, struct why *why)
{
	if (in->regular && in->consumed < in->size) {
		return why_set(why, ERR_DATA,
		    "%s: byte %llu: the file was %llu bytes long when it was opened and ends here "
		    "now "
		    "(truncated or rotated in place); what was readable is counted",
		    in->name, (unsigned long long)in->consumed, (unsigned long long)in->size);
	}
	return check_shrunk(in, why);
}

enum err
input_read(struct input *in, char *p, size_t room, size_t *n_out, struct why *why)
{
	ssize_t n;

	*n_out = 0;
	if (in->archive == NULL) {
		n = read_some(in, p, room);
		if (n < 0) {
			return why_set(why, ERR_IO, "%s: byte %llu: %s", in->name,
			    (unsigned long long)in->consumed, why_errno(in->read_errno));
		}
		*n_out = (size_t)n;
		return n == 0 ? end_of_plain(in, why) : ERR_OK;
	}
	n = archive_read_data(in->archive, p, room);
	if (n < 0) {
		return why_set(why, ERR_DATA,
		    "%s: byte %llu of the %s file: %s; what was readable is counted", in->name,
		    (unsigned long long)in->consumed, in->packing->name,
		    archive_error_string(in->archive));
	}
	*n_out = (size_t)n;
	return ERR_OK;
}

const char *
input_name(const struct input *in)
{
	return in->name;
}

const char *
input_packing(const struct input *in)
{
	return in->packing == NULL ? "plain" : in->packing->name;
}

int64_t
input_mtime_us(const struct input *in)
{
	return in->mtime_us;
}

uint64_t
input_size(const struct input *in)
{
	return in->size;
}

uint64_t
input_consumed(const struct input *in)
{
	return in->consumed;
}
