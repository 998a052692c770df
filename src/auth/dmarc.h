/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_DMARC_H
#define CAROM_AUTH_DMARC_H

/*
 * DMARC: the record, who it belongs to, and alignment.  RFC 9989 (May 2026) finds the
 * organizational domain by a walk up the tree; most receivers still use the Public Suffix List
 * of RFC 7489: both views are here, side by side.  Pure functions over a book of answers; what
 * is missing makes them say `pending`.  Views point into the book.
 */

#include "dns/book.h"

#define DMARC_QUERIES_MAX 8  /* of a walk, section 4.10 */
#define DMARC_URIS_MAX    16 /* kept of rua and of ruf; ours */

enum dmarc_policy {
	DMARC_ABSENT, /* no such tag */
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT,
	DMARC_INVALID, /* a value that nobody knows */
};

enum dmarc_flaw {
	DMARC_BAD_P = 1 << 0,
	DMARC_BAD_SP = 1 << 1,
	DMARC_BAD_NP = 1 << 2,
	DMARC_BAD_VALUE = 1 << 3, /* of adkim, aspf, psd, t, fo */
	DMARC_OLD_PCT = 1 << 4,
	DMARC_OLD_RF = 1 << 5,
	DMARC_OLD_RI = 1 << 6,
	DMARC_OLD_SIZE = 1 << 7, /* mailto:a@b!10m */
	DMARC_UNKNOWN_TAG = 1 << 8,
	DMARC_TWICE = 1 << 9, /* a tag that stands twice */
	DMARC_BAD_URI = 1 << 10,
	DMARC_FO_ALONE = 1 << 11, /* fo without ruf */
	DMARC_NO_TAG = 1 << 12,   /* a part without "=" */
	DMARC_P_LATE = 1 << 13,   /* p is not the second tag: RFC 7489 wants it there */
	DMARC_NO_P = 1 << 14,
};

struct dmarc_uri {
	struct sv text;
	struct sv host; /* of a mailto address; empty: another scheme */
};

struct dmarc_record {
	struct sv text;
	enum dmarc_policy p, sp, np;
	char adkim, aspf; /* r s */
	char psd;         /* y n u */
	bool testing;     /* t=y */
	uint32_t pct;     /* 100 when it is not there */
	struct dmarc_uri rua[DMARC_URIS_MAX], ruf[DMARC_URIS_MAX];
	size_t n_rua, n_ruf;
	unsigned flaws;      /* enum dmarc_flaw */
	struct sv flaw_text; /* what the first of them is about */
};

/* "v=DMARC1" first, to the letter; otherwise receivers ignore the record. */
bool dmarc_is_record(struct sv text);
void dmarc_record_read(struct sv text, struct dmarc_record *out);
/* p for the domain itself, sp or np for what is below it (section 4.10.1); with t=y one step
 * milder.  DMARC_ABSENT: receivers apply no DMARC. */
enum dmarc_policy dmarc_policy_for(
    const struct dmarc_record *r, bool subdomain, bool exists, const char **tag_out);
enum dmarc_policy dmarc_milder(enum dmarc_policy p);
const char *dmarc_policy_name(enum dmarc_policy p);

enum dmarc_found {
	DMARC_NO_RECORD,
	DMARC_RECORD,
	DMARC_SEVERAL, /* all of them are discarded */
	DMARC_UNKNOWN, /* the look-up failed */
	DMARC_PENDING,
};

struct dmarc_step {
	struct sv domain;
	enum dmarc_found found;
	struct sv text;
	char psd;
};

struct dmarc_walk {
	struct dmarc_step steps[DMARC_QUERIES_MAX];
	size_t n;
	struct sv org;          /* organizational domain of the starting point */
	int org_step, psd_step; /* whose record is theirs; -1: none */
	bool pending, unknown;
};

/* The walk of section 4.10, from the domain itself upwards. */
void dmarc_walk(struct book *book, struct arena *arena, struct sv domain, struct dmarc_walk *out);
/* The one record of a name. */
enum dmarc_found dmarc_find(
    struct book *book, struct arena *arena, struct sv domain, struct sv *text_out);

/* What receivers do with mail from the domain: one view. */
struct dmarc_view {
	enum dmarc_found found;
	struct sv domain; /* where the record is */
	struct sv org;
	struct dmarc_record record;
	enum dmarc_policy policy; /* for the author domain, t=y not yet applied */
	const char *tag;          /* that it comes from */
	bool exists;              /* the author domain */
};

struct dmarc_views {
	struct dmarc_view tree;   /* RFC 9989 */
	struct dmarc_view suffix; /* RFC 7489 with the Public Suffix List */
	struct dmarc_walk walk;
	bool pending;
	bool differ; /* in what they find, or in whom they hold to be one organisation */
};

void dmarc_views(struct book *book, struct arena *arena, struct sv author, struct dmarc_views *out);

/* The registrable domain by the Public Suffix List; the domain itself if it is a suffix. */
struct sv dmarc_suffix_org(struct sv domain, struct arena *arena);

enum dmarc_consent {
	DMARC_CONSENT_OWN,   /* same organisation: none is needed */
	DMARC_CONSENT_GIVEN, /* DOMAIN._report._dmarc.HOST says so */
	DMARC_CONSENT_MISSING,
	DMARC_CONSENT_UNKNOWN,
	DMARC_CONSENT_PENDING,
};
/* May reports about `domain` go to `host`?  RFC 9990 section 3. */
enum dmarc_consent dmarc_report_consent(
    struct book *book, struct arena *arena, struct sv domain, struct sv host);

enum dmarc_alignment {
	DMARC_ALIGNED,
	DMARC_NOT_ALIGNED,
	DMARC_ALIGNMENT_PENDING,
};
enum dmarc_alignment dmarc_align(
    struct book *book, struct arena *arena, struct sv author, struct sv identifier, char mode);

#endif
