/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTHREPORT_AUTHREPORT_H
#define CAROM_AUTHREPORT_AUTHREPORT_H

/*
 * What the sums of reports mean for a person: who sends in the name of a domain, which known
 * service that is, what would be lost if the policy were tightened, what changed since last
 * week, what is wrong with TLS and what to do.  Pure: it takes rows of fact/auth_source.h and
 * days as numbers; no clock, no files but those of share/reports at start.  It does not read
 * reports (source/) and does not add them up (store/).
 *
 * A view owns copies of all texts; it lives until it is freed.  Services are borrowed by it.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "fact/auth_source.h"
#include "fact/policy.h"

/* ---- known services and the words for TLS failures (share/reports) ---- */

struct service {
	const char *id, *name, *does; /* does: what a customer can do */
	bool forwarder;
	const char **dkim, **spf; /* domains; those below them count too */
	size_t n_dkim, n_spf;
	const struct network *networks;
	size_t n_networks;
};

struct tls_words {
	const char *result, *says, *does;
};

struct report_words;

enum err report_words_load(const char *share, struct report_words **out, struct why *why);
void report_words_free(struct report_words **w);
/* NULL: not known. */
const struct service *service_by_domain(
    const struct report_words *w, struct sv dkim_domain, struct sv spf_domain);
const struct service *service_by_address(
    const struct report_words *w, const unsigned char *ip, size_t ip_bytes);
const struct tls_words *tls_words_of(const struct report_words *w, struct sv result);
/* Domains whose mails bring reports in the name of others; how many. */
size_t report_words_senders(const struct report_words *w, const char *const **out);

/* ---- the view ---- */

enum source_role {
	ROLE_ALIGNED,   /* all it sends passes */
	ROLE_OWN,       /* some of it passes, or it has a key or an SPF record of the domain */
	ROLE_SERVICE,   /* a known service that signs with its own domain only */
	ROLE_FORWARDER, /* a mailing list or a forwarder */
	ROLE_UNKNOWN,   /* a sender nobody thought of, or a forger */
	ROLES,
};
const char *source_role_name(enum source_role r);

struct view_source {
	struct auth_source sum;
	const struct service *service;     /* borrowed; NULL: none is known */
	bool by_address;                   /* the service was told by its network only */
	struct sv dkim_domain, spf_domain; /* that passed, in its largest record */
	enum source_role role;
	bool is_new;   /* first seen in the last week, of a domain that was seen before */
	bool went_bad; /* fails this week and did not the week before */
	bool gone;     /* was there the week before, and is not */
};

enum readiness {
	READINESS_TOO_LITTLE, /* days or messages are too few to say */
	READINESS_NOT,
	READINESS_NEARLY,
	READINESS_READY,
};
const char *readiness_name(enum readiness r);

/* The steps of a policy that cost mail: what fails goes to spam, or is refused. */
enum policy_step {
	STEP_QUARANTINE,
	STEP_REJECT,
	POLICY_STEPS
};

/* A policy may be tightened when own mail that fails is at most this share of all ... */
#define READY_SHARE    0.002
#define NEARLY_SHARE   0.02
#define READY_DAYS     14  /* ... over so many days with reports ... */
#define READY_MESSAGES 100 /* ... and so many messages. */
#define GONE_MESSAGES  20  /* a source that sent fewer is not missed */

struct view_domain {
	struct auth_domain sum;
	struct view_source *sources; /* failed most first */
	size_t n_sources, room;
	uint64_t losing[POLICY_STEPS][ROLES]; /* what each step would cost, by role of the source */
	enum readiness readiness;
	const char *advice; /* what to do about the policy; in the arena */
};

struct view {
	struct arena *arena;              /* owned */
	const struct report_words *words; /* borrowed */
	struct alert_policy policy;
	int32_t newest_day, week;    /* the last day; the first day of the last week */
	struct view_domain *domains; /* owned */
	size_t n_domains, room_domains;
	struct auth_reporter *reporters; /* owned */
	size_t n_reporters, room_reporters;
	struct auth_selector *selectors; /* owned */
	size_t n_selectors, room_selectors;
	struct tls_domain *tls; /* owned */
	size_t n_tls, room_tls;
	struct tls_failure *failures; /* owned */
	size_t n_failures, room_failures;
	struct auth_failed *failed; /* owned */
	size_t n_failed, room_failed;
	uint64_t proofs[REPORT_PROOFS]; /* reports by what is known of their mails */
	uint64_t by_server;             /* of those proven: by the word of a server that is named */
	struct auth_apart *apart;       /* owned */
	size_t n_apart, room_apart;
	uint64_t later; /* reports that say to be of days to come, and are left out */
	bool full;      /* the arena was not enough: something is missing */
};

struct view *view_new(const struct report_words *words, const struct alert_policy *policy,
    int32_t newest_day, int32_t week);
void view_free(struct view **v);
/* Rows; `context` is the view.  Domains come before sources. */
void view_add_domain(void *context, const struct auth_domain *d);
void view_add_source(void *context, const struct auth_source *s);
void view_add_reporter(void *context, const struct auth_reporter *r);
void view_add_selector(void *context, const struct auth_selector *s);
void view_add_tls(void *context, const struct tls_domain *d);
void view_add_failure(void *context, const struct tls_failure *f);
void view_add_failed(void *context, const struct auth_failed *f);
void view_add_proof(void *context, const struct auth_proof *p);
void view_add_apart(void *context, const struct auth_apart *a);
/* All rows are there: draws the conclusions. */
void view_finish(struct view *v);
/* Had a daily reporter stopped before that day? */
bool reporter_is_silent(const struct view *v, const struct auth_reporter *r, int32_t day);
/* Is there something to act on? */
bool view_has_trouble(const struct view *v);

/* ---- telling it (changes.c) ---- */

struct view_alert {
	struct sv kind, subject, says; /* live until the call returns */
};
/* What changed and should be told: sources that fail and are new or did not fail before, daily
 * receivers that stopped, reports that are kept apart.  The same every day until it ends: who is
 * told remembers what was told. */
void view_changes(const struct view *v, int32_t today,
    void (*put)(void *context, const struct view_alert *a), void *context);

/* ---- showing it ---- */

enum report_note_kind {
	NOTE_NO_REPORT,
	NOTE_DAMAGED,
	NOTE_APART,       /* its mail failed */
	NOTE_APART_KNOWN, /* the same, and it was known: told in no text, but the mail stays */
};

struct report_note { /* about the input */
	struct sv where, text;
	enum report_note_kind kind;
};
/* "no report", "damaged", "kept apart" */
const char *report_note_name(enum report_note_kind k);

struct report_input_counts {
	uint64_t files, dmarc, tls, failures, duplicates, damaged, nothing, apart;
};

struct view_show {
	const struct view *view;
	const struct report_input_counts *input;
	const struct report_note *notes;
	size_t n_notes, n_notes_left; /* left: those that are not in the list */
	unsigned top;                 /* sources shown of a domain */
	bool colour;
};

void view_text(const struct view_show *s, struct buf *out);
/* What is to be done about the policy of each domain, and which sources it is about. */
void view_policy_text(const struct view *v, struct buf *out);
struct json;
void view_policy_json(const struct view *v, struct json *j); /* members of an open array */
/* doc/schema/reports.md, version carom.reports/1 */
void view_json(const struct view_show *s, struct buf *out);

#endif
