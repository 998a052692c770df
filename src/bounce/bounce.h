/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BOUNCE_BOUNCE_H
#define CAROM_BOUNCE_BOUNCE_H

/*
 * What one mail tells about the delivery of another: a bounce, a complaint, a delay, an
 * automatic reply, a report of success, or none of these.  Delivery reports (RFC 3464),
 * feedback reports (RFC 5965), and the free-form bounces of some fifty programs, whose
 * forms are data under share/bounces (doc/bounces.md).  It says who is meant and with
 * which words; what the words mean is the business of classify/.  Anybody can send a
 * bounce: nothing here is proof of anything.
 *
 * A bounce_forms is loaded once, immutable, and may be shared.  A bounce_reader is the
 * memory of one thread.  A struct bounce lives in the arena; its views borrow from the
 * mail and the arena.
 */

#include "base/arena.h"
#include "base/err.h"
#include "mail/dsn.h"

#define BOUNCE_RECIPIENTS_MAX 1000
#define BOUNCE_REPLY_MAX      4096 /* bytes of one reply */
#define BOUNCE_TOKENS_MAX     8
#define BOUNCE_ARENA_BYTES    ((size_t)160 * 1024 * 1024)

enum bounce_kind {
	BOUNCE_OTHER,
	BOUNCE_BOUNCE,
	BOUNCE_COMPLAINT,
	BOUNCE_AUTO_REPLY,
	BOUNCE_DELAY,
	BOUNCE_REPORT, /* delivered, relayed, expanded; or a report without a failure */
};
const char *bounce_kind_name(enum bounce_kind k);

struct bounced { /* one recipient */
	struct sv address;
	struct sv original;   /* before aliases, as the sender wrote it; empty: not said */
	struct sv reply;      /* the words, with newlines; empty: none */
	struct sv host;       /* that said them; empty: not said */
	struct sv category;   /* the reporting program's own name of the cause; empty: none */
	struct status status; /* of the report's own field; klass 0: none */
	enum dsn_action action;
	bool hidden; /* the reporter has blotted it out: the address is nobody's */
	bool poor;   /* the report had no words: they are from the text beside it */
};

struct bounce_original { /* the mail that it is about; empty where it does not say */
	struct sv message_id, from, to, subject, date, queue_id;
	struct sv head; /* all its headers that are there */
};

struct bounce_token { /* of a complaint: an id or a link that the sender put into the mail */
	struct sv header, value;
};

struct bounce {
	enum bounce_kind kind;
	struct bounced *recipients; /* in the arena */
	size_t n_recipients;
	struct sv reporter; /* the program or host that wrote it; empty: not said */
	struct sv subject, date;
	struct sv text;      /* what it says to people */
	const char *dialect; /* of share/bounces, "report", "feedback", "xarf"; NULL: none */
	const char *cause;   /* the dialect's own, where the words tell none; NULL */
	struct bounce_original original;
	struct sv signed_path; /* a return path with a tag "prvs" that it came to or speaks of */
	struct bounce_token tokens[BOUNCE_TOKENS_MAX];
	size_t n_tokens;
	unsigned broken; /* enum mime_broken, or-ed */
	bool too_many;   /* more than BOUNCE_RECIPIENTS_MAX */
	bool by_cause;   /* `cause` is all there is to say: complaints, automatic replies */
	bool
	    quoted_only; /* what stands around a quoted reply is the program's, and means nothing */
};

struct bounce_forms;
struct bounce_reader;

/* Reads share/bounces, and who to look for in complaints (NULL: share/complaints.yaml); a broken
 * file is refused with file, line and what was expected. */
enum err bounce_forms_load(
    const char *share, const char *complaints, struct bounce_forms **out, struct why *why);
void bounce_forms_free(struct bounce_forms **f);
size_t bounce_forms_count(const struct bounce_forms *f);

/* The recipient that a return path carries (VERP); in the arena; empty: none. */
struct sv bounce_path_recipient(struct sv address, struct arena *arena);

struct bounce_reader *bounce_reader_new(const struct bounce_forms *f);
void bounce_reader_free(struct bounce_reader **r);
/* Never fails: a mail that tells nothing is OTHER. */
void bounce_read(struct bounce_reader *r, struct sv mail, struct arena *arena, struct bounce *out);

#endif
