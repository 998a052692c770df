/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_RETURNED_H
#define CAROM_ENGINE_RETURNED_H

/*
 * What one mail says of the delivery of others, judged: the fact that a process without files
 * (role/worker.h) hands to the one that has them.  The two were one program a moment ago, so
 * that causes, rules and providers travel as their places in the same knowledge.
 *
 * returned_read trusts nothing: whoever took over the process that reads hostile mails writes
 * these bytes.  Views of a struct returned borrow from where it was made or read, and from
 * the arena.
 */

#include "bounce/bounce.h"
#include "classify/classify.h"
#include "knowledge/knowledge.h"

#define RETURNED_TEXT_MAX  4096 /* bytes of one text; the rest is cut off */
#define RETURNED_BYTES_MAX ((size_t)16 << 20)

struct returned_recipient {
	struct sv address; /* empty: hidden by the reporter, whatever he wrote in its place */
	struct sv original, reply, host;
	unsigned code; /* 0: none */
	struct status status;
	enum dsn_action action;
	enum smtp_stage stage;
	struct verdict verdict;
};

struct returned {
	enum bounce_kind kind;
	uint64_t digest; /* of the mail's bytes: the same mail again has the same */
	int64_t time_us; /* its Date; TIME_NONE: it has none */
	struct sv name;  /* of the file */
	struct sv message_id, queue_id, sender; /* of the mail that it is about; empty: not said */
	struct sv signed_path;                  /* a return path with a tag; not yet checked */
	struct returned_recipient *recipients;  /* in the arena */
	size_t n_recipients;
};

/* Judges every recipient. */
bool returned_make(struct classifier *c, const struct knowledge *k, const struct bounce *b,
    struct arena *arena, struct returned *out);
/* Appends one. */
void returned_write(const struct returned *r, struct buf *out);
/* Takes one from the front; false: *bytes is not what returned_write writes. */
bool returned_read(
    struct sv *bytes, const struct knowledge *k, struct arena *arena, struct returned *out);

#endif
