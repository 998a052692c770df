/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BOUNCE_PRIVATE_H
#define CAROM_BOUNCE_PRIVATE_H

/*
 * Shared inside bounce/ only.  A form is one dialect of share/bounces; its phrases are in
 * one match_set with those of all others.  A scene is one mail while it is read.
 */

#include "bounce/bounce.h"
#include "mail/mime.h"
#include "match/match.h"

#define FORMS_MAX      200
#define FORM_TEXT_MAX  ((size_t)64 * 1024) /* bytes of the text that are looked at */
#define FORM_LINES_MAX 4000

struct form {
	const char *id;
	enum bounce_kind kind;
	const char *cause;  /* NULL: the words tell */
	const char *domain; /* of those whom {user} names; NULL: there are none */
	const char **lines, **end, **begin, **until, **answer;
	size_t n_lines, n_end, n_begin, n_until, n_answer;
	bool before;   /* what stands before the recipient's line belongs to it too */
	bool quote;    /* what stands around a quoted reply means nothing */
	bool fallback; /* for mails that no form knows */
	unsigned index;
};

enum phrase_use {
	PHRASE_WHEN,
	PHRASE_DELAY,
	PHRASE_DAEMON
};
struct phrase {
	unsigned form;
	enum phrase_use use;
	size_t length; /* the longest phrase that is found chooses the form */
};

struct names_list {
	const char **names;
	size_t n;
};

struct complaint_headers { /* of share/complaints.yaml */
	struct names_list recipient, return_path, token;
};

struct bounce_forms {
	struct arena *arena;
	struct form forms[FORMS_MAX];
	size_t n_forms;
	struct phrase *phrases; /* owned; by number in the set */
	size_t n_phrases, room_phrases;
	struct match_set *set; /* owned */
	struct complaint_headers complaints;
};

struct bounce_reader {
	const struct bounce_forms *forms; /* borrowed */
	struct match_scan *scan;          /* owned */
	struct charsets *charsets;        /* owned */
	size_t best[FORMS_MAX];           /* by form: length of the longest phrase found */
	size_t n_head;                    /* bytes of the text that are headers */
	bool delay, daemon;
	unsigned n_inner; /* attached mails read so far, of this mail */
};

struct scene {
	struct bounce_reader *r;
	struct mime mail;
	struct arena *arena;
	struct bounce *out;
	struct sv head;      /* of the mail */
	struct sv from;      /* address */
	struct sv failed;    /* X-Failed-Recipients */
	size_t room;         /* of out->recipients */
	int report;          /* index of the part with the report; -1: none */
	struct sv passed_on; /* headers of the bounce that the text passes on */
	bool by_system;      /* and that a mail system wrote, for sure */
	bool closed;         /* all recipients are known: scene_add finds, but adds none */
};

/* One recipient more, unless it is there; NULL when there is no room. */
struct bounced *scene_add(struct scene *s, struct sv address);
struct bounced *scene_find(struct scene *s, struct sv address);
/* Fills out->original from the headers of the mail that is returned, where not yet known. */
void scene_original(struct scene *s, struct sv head);
/* The part of the message that a part is in; -1: in the mail itself. */
int message_above(const struct mime *m, size_t at);
/* What the mail says to people: the plain texts that belong to `above`, else the HTML. */
struct sv text_of(struct scene *s, int above);
/* The returned mail: a message part or its headers that belong to `above`. */
void original_of(struct scene *s, int above);
/* Looks for all phrases of all forms; the text begins with n_head bytes of headers. */
void forms_search(struct bounce_reader *r, struct sv text, size_t n_head);

/* Recipients and replies from the text by the form that fits best; `fallback`: by the one for
 * all others, if the mail looks like a bounce.  False: none found. */
bool form_read(struct scene *s, bool fallback);
/* A line without the rulers and quotes in front of it. */
struct sv form_bare(struct sv line);
bool form_starts(const char **list, size_t n, struct sv line);
/* The words of a recipient without what programs add around them; empty: none are left. */
struct sv form_words(const struct form *form, const struct form *common, struct sv text);
/* Where the session began that led to a line: "While talking to ...", not in front of `from`. */
const char *form_session(const char *from, struct sv line);
/* Where the ">>> RCPT To:<u>" and "<<< 550 no" begin that stand right in front of a line. */
const char *form_transcript(const char *from, const char *line);
/* The bounce in a text that passes one on, whose headers are kept; any other text as it is. */
struct sv forwarded_text(struct scene *s, struct sv text);
/* What the headers of it say that a mail system's would. */
struct buf;
void forwarded_subject(const struct scene *s, struct buf *out);
/* Where the headers of the returned mail begin in a text; empty: they do not. */
struct sv returned_head(struct sv text);
/* "{any} <{address}>: {reply}" against one line. */
struct template_match {
	struct sv address, original, reply;
	struct sv user;   /* {user}: the local part only */
	const char *code; /* where {code} was; NULL: the template has none */
};
bool template_match(const char *template, struct sv line, struct template_match *out);
/* An address at the front of *s: quotes and brackets around it are passed over. */
bool address_take(struct sv *s, struct sv *out);

/* "user" "example.com" -> user@example.com, in the arena; empty: one of them is, or no room. */
struct sv address_join(struct arena *arena, struct sv local, struct sv domain);

bool feedback_read(struct scene *s);
bool xarf_read(struct scene *s); /* XARF, as lines or JSON */
/* Who complained, as far as it can be found, and that it is a complaint; by Feedback-Type. */
void complaint_finish(struct scene *s, struct sv type, struct sv mail_from, struct sv reporter);
/* A recipient more, unless the address is blotted out or the reporter's own. */
bool redacted_add(struct scene *s, struct sv address);
/* Looks for the recipient in the mail that is returned, if there is none yet; keeps its tokens. */
void redacted_find(struct scene *s);
/* Letters, digits and those of `more`, and at least one. */
bool bounce_is_name(struct sv s, const char *more);
/* Looks for a return path with a signature. */
void signed_path_find(struct scene *s);
/* Fills in who to look for; in forms.c's arena (complaint_headers.c). */
enum err complaint_headers_load(struct bounce_forms *f, const char *path, struct why *why);
bool report_read(struct scene *s);
/* A mail system's mail that nothing else could read. */
void rest_read(struct scene *s);
/* Whether a disposition notification (RFC 8098) is a receipt, and no word of a program that deleted the mail
 * unread. */
bool receipt_is(struct sv fields);
bool notification_read(struct scene *s); /* Amazon SES as JSON */
struct json_t;
/* A text of a JSON object, which lives as long as the scene; empty: it has none. */
struct sv scene_text_at(struct scene *s, const struct json_t *o, const char *name);
bool auto_reply_read(struct scene *s);
/* Written by a mail system: from MAILER-DAEMON, postmaster, or nobody. */
bool from_system(struct sv from);

#endif
