/* SPDX-License-Identifier: Apache-2.0 */
#include "source/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

/* One input on its way through all its packings. */
struct unpack {
	const struct unpack_sink *sink;
	struct why why;
	uint64_t in;  /* bytes read of the input */
	uint64_t out; /* bytes that came out of packings */
	unsigned members, depth;
};

/*
 * Bytes at some depth: of the input, out of a gzip, of a member of a zip.  There is always a
 * block, of which [at, n) was not taken yet; fill() gets the next one.
 */
struct layer {
	struct unpack *u;    /* borrowed */
	struct layer *below; /* borrowed; NULL: the input itself */
	enum err (*fill)(struct layer *l);
	char *block; /* owned, or the caller's bytes */
	size_t at, n;
	bool ended;
	int fd;
	z_stream gzip;
	bool gzip_ended;         /* a member of it; another one may follow */
	struct archive *archive; /* borrowed; of a zip */
};

/* ---- blocks ---- */

static enum err
fail(struct unpack *u, enum err e, const char *text)
{
	return why_set(&u->why, e, "%s", text);
}

static enum err
next_block(struct layer *l)
{
	enum err e = ERR_OK;

	/* A packing may give nothing and yet go on. */
	while (e == ERR_OK && l->at == l->n && !l->ended) {
		l->at = l->n = 0;
		e = l->fill(l);
	}
	return e;
}

/* At least `want` bytes in the block, unless there are not so many. */
static enum err
peek(struct layer *l, size_t want, struct sv *out)
{
	enum err e = ERR_OK;

	while (e == ERR_OK && l->n - l->at < want && !l->ended) {
		memmove(l->block, l->block + l->at, l->n - l->at);
		l->n -= l->at;
		l->at = 0;
		e = l->fill(l);
	}
	*out = sv_make(l->block + l->at, l->n - l->at);
	return e;
}

/* Counts what came out, and refuses what grows like a bomb. */
static enum err
grown(struct layer *l, size_t n)
{
	struct unpack *u = l->u;

	u->out += n;
	l->n += n;
	if (u->out > UNPACK_BYTES_MAX) {
		return why_set(&u->why, ERR_TOO_BIG, "refused: it unpacks to more than %llu MB",
		    (unsigned long long)(UNPACK_BYTES_MAX >> 20));
	}
	if (u->out > UNPACK_RATIO_FROM && u->out / UNPACK_RATIO_MAX > u->in) {
		return why_set(&u->why, ERR_TOO_BIG,
		    "refused as an archive bomb: %llu bytes became more than %d times as many",
		    (unsigned long long)u->in, UNPACK_RATIO_MAX);
	}
	return ERR_OK;
}

/* ---- the input ---- */

static enum err
fill_fd(struct layer *l)
{
	ssize_t n;

	do {
		n = read(l->fd, l->block + l->n, UNPACK_BLOCK - l->n);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return fail(l->u, ERR_IO, why_errno(errno));
	}
	l->ended = n == 0;
	l->n += (size_t)n;
	l->u->in += (uint64_t)n;
	return ERR_OK;
}

/* ---- gzip ---- */

/* Does another member follow the one that ended? */
static enum err
gzip_again(struct layer *l)
{
	struct sv s;
	enum err e = peek(l->below, 2, &s);

	if (e == ERR_OK && sv_starts(s, SV("\x1f\x8b"))) {
		l->gzip_ended = false;
		return inflateReset(&l->gzip) == Z_OK ? ERR_OK : fail(l->u, ERR_MEMORY, "zlib");
	}
	l->ended = true; /* what follows a gzip is padding */
	return e;
}

static enum err
fill_gzip(struct layer *l)
{
	struct layer *b = l->below;
	size_t before = l->n;
	enum err e = l->gzip_ended ? gzip_again(l) : ERR_OK;

	while (e == ERR_OK && !l->ended && l->n == before && !l->gzip_ended) {
		int code;

		e = next_block(b);
		if (e != ERR_OK) {
			return e;
		}
		if (b->at == b->n) {
			return fail(l->u, ERR_DATA, "the gzip ends too early");
		}
		l->gzip.next_in = (Bytef *)b->block + b->at;
		l->gzip.avail_in = (uInt)(b->n - b->at);
		l->gzip.next_out = (Bytef *)l->block + l->n;
		l->gzip.avail_out = (uInt)(UNPACK_BLOCK - l->n);
		code = inflate(&l->gzip, Z_NO_FLUSH);
		b->at = b->n - l->gzip.avail_in;
		e = grown(l, UNPACK_BLOCK - l->n - l->gzip.avail_out);
		l->gzip_ended = code == Z_STREAM_END;
		if (e == ERR_OK && code != Z_OK && code != Z_STREAM_END) {
			return why_set(&l->u->why, ERR_DATA, "the gzip is damaged: %s",
			    l->gzip.msg == NULL ? "it stops" : l->gzip.msg);
		}
	}
	return e;
}

static enum err walk(struct layer *l, struct sv name);

static enum err
walk_gzip(struct layer *below, struct sv name)
{
	struct layer l = { .u = below->u, .below = below, .fill = fill_gzip };
	enum err e;

	if (inflateInit2(&l.gzip, 15 + 16) != Z_OK) {
		return fail(below->u, ERR_MEMORY, "zlib has no memory");
	}
	l.block = mem_grow(NULL, UNPACK_BLOCK, 1); /* not zeroed */
	e = walk(&l, name);
	(void)inflateEnd(&l.gzip);
	free(l.block);
	return e;
}

/* ---- zip ---- */

static la_ssize_t
zip_wants(struct archive *a, void *context, const void **out)
{
	struct layer *below = context;
	enum err e = next_block(below);
	size_t n = below->n - below->at;

	*out = below->block + below->at;
	below->at = below->n;
	if (e != ERR_OK) {
		archive_set_error(a, EIO, "%s", below->u->why.text);
		return -1;
	}
	return (la_ssize_t)n;
}

static enum err
zip_failed(struct unpack *u, struct archive *a)
{
	const char *text = archive_error_string(a);

	return why_set(
	    &u->why, ERR_DATA, "the zip is damaged: %s", text == NULL ? "no reason" : text);
}

static enum err
fill_zip(struct layer *l)
{
	la_ssize_t n = archive_read_data(l->archive, l->block + l->n, UNPACK_BLOCK - l->n);

	if (n < 0) {
		return zip_failed(l->u, l->archive);
	}
	l->ended = n == 0;
	return grown(l, (size_t)n);
}

static enum err
walk_member(struct layer *l, struct archive_entry *entry)
{
	struct unpack *u = l->u;
	const char *name = archive_entry_pathname(entry);

	if (archive_entry_filetype(entry) == AE_IFDIR) {
		return ERR_OK;
	}
	if (++u->members > UNPACK_MEMBERS_MAX) {
		return why_set(
		    &u->why, ERR_TOO_BIG, "refused: more than %d members", UNPACK_MEMBERS_MAX);
	}
	if (archive_entry_is_encrypted(entry) == 1) {
		return fail(u, ERR_DATA, "the zip is encrypted");
	}
	l->at = l->n = 0;
	l->ended = false;
	return walk(l, sv_from(name));
}

static enum err
walk_zip(struct layer *below)
{
	struct unpack *u = below->u;
	struct layer l = { .u = u, .below = below, .fill = fill_zip };
	struct archive_entry *entry;
	enum err e = ERR_OK;
	int code;

	l.archive = archive_read_new();
	if (l.archive == NULL ||
	    archive_read_support_format_zip_streamable(l.archive) != ARCHIVE_OK ||
	    archive_read_open(l.archive, below, NULL, zip_wants, NULL) != ARCHIVE_OK) {
		e = zip_failed(u, l.archive);
		(void)archive_read_free(l.archive);
		return e;
	}
	l.block = mem_grow(NULL, UNPACK_BLOCK, 1); /* not zeroed */
	while (e == ERR_OK && (code = archive_read_next_header(l.archive, &entry)) != ARCHIVE_EOF) {
		e = code < ARCHIVE_WARN ? zip_failed(u, l.archive) : walk_member(&l, entry);
	}
	(void)archive_read_free(l.archive);
	free(l.block);
	return e;
}

/* ---- members ---- */

static enum err
give(struct layer *l, struct sv name)
{
	const struct unpack_sink *sink = l->u->sink;
	struct sv first;
	enum err e = peek(l, UNPACK_FIRST, &first);

	if (e == ERR_TOO_BIG || !sink->begin(sink->context, name, first)) {
		return e;
	}
	for (;;) {
		if (l->at < l->n) {
			sink->bytes(sink->context, sv_make(l->block + l->at, l->n - l->at));
			l->at = l->n;
		}
		if (e != ERR_OK || l->ended) {
			break;
		}
		e = next_block(l);
	}
	sink->end(sink->context, e, &l->u->why);
	/* The sink said what is wrong with the member; the rest of a zip may be whole. */
	return e == ERR_DATA ? ERR_OK : e;
}

static enum err
walk(struct layer *l, struct sv name)
{
	struct sv first;
	enum err e = peek(l, 4, &first);
	bool gzip = sv_starts(first, SV("\x1f\x8b"));
	bool zip = sv_starts(first, SV("PK\x03\x04")) || sv_starts(first, SV("PK\x05\x06"));

	if (e != ERR_OK && first.n == 0) {
		return e;
	}
	if (!gzip && !zip) {
		return give(l, name);
	}
	if (l->u->depth == UNPACK_DEPTH_MAX) {
		return why_set(&l->u->why, ERR_TOO_BIG,
		    "refused: packed more than %d times in itself", UNPACK_DEPTH_MAX);
	}
	l->u->depth++;
	e = gzip ? walk_gzip(l, name) : walk_zip(l);
	l->u->depth--;
	return e;
}

static enum err
unpack_layer(struct layer *l, const struct unpack_sink *sink, struct why *why)
{
	struct unpack u = { .sink = sink, .in = l->n };
	enum err e;

	l->u = &u;
	e = walk(l, SV(""));
	l->u = NULL;
	if (e != ERR_OK && why != NULL) {
		*why = u.why;
	}
	return e;
}

enum err
unpack_fd(int fd, const struct unpack_sink *sink, struct why *why)
{
	struct layer l = { .fill = fill_fd, .fd = fd };
	enum err e;

	l.block = mem_grow(NULL, UNPACK_BLOCK, 1); /* not zeroed */
	e = unpack_layer(&l, sink, why);
	free(l.block);
	return e;
}

enum err
unpack_bytes(struct sv bytes, const struct unpack_sink *sink, struct why *why)
{
	/* Ended, so it is neither filled nor written to. */
	struct layer l = { .block = (char *)(uintptr_t)bytes.p, .n = bytes.n, .ended = true };

	return unpack_layer(&l, sink, why);
}
