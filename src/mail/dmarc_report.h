/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_DMARC_REPORT_H
#define CAROM_MAIL_DMARC_REPORT_H

/*
 * DMARC aggregate reports (the draft of 2012, RFC 7489 Appendix C, RFC 9990) from bytes that
 * come in pieces of any size.  Each record goes to a callback when it is complete, so memory
 * does not grow with the report.  Elements are matched by local name, whatever the namespace.
 * Forgiving: what is broken is salvaged, and `faults` says what and where.  No DTD is read, no
 * entity but the five of XML is resolved, nothing is fetched.  It does not judge a record and
 * keeps nothing: that is the business of store/ and authreport/.
 *
 * Texts are UTF-8, trimmed, at most DMARC_TEXT_MAX bytes.  Views in a record live until the
 * callback returns, those in the report until the reader is reset or freed.  One reader serves
 * one report after the other.
 */

#include "base/sv.h"

#include <netinet/in.h>

#define DMARC_RECORDS_MAX    5000000 /* of a report; what follows is counted as lost */
#define DMARC_RESULTS_MAX    100  /* DKIM and SPF results of a record (RFC 9990: 100 signatures) */
#define DMARC_REASONS_MAX    16   /* policy overrides of a record */
#define DMARC_TEXT_MAX       1024 /* bytes of one text */
#define DMARC_COUNT_MAX      UINT64_C(1000000000000) /* messages of a record that are believed */
#define DMARC_NAMES_MAX      10000                   /* different names of elements and the like */
#define DMARC_ATTRIBUTES_MAX 100     /* of an element: libxml2 compares each with each */
#define DMARC_TAG_MAX        16384   /* bytes of a tag, about */
#define DMARC_ERRORS_MAX     1000000 /* complaints of the XML parser */
#define DMARC_DEPTH_MAX      64      /* elements in elements that are followed */

/* ---- what went wrong ---- */

enum dmarc_fault_kind {
	DMARC_BROKEN_XML,   /* not well-formed: the first complaint, with its line */
	DMARC_CUT_OFF,      /* ended before </feedback> */
	DMARC_BAD_ENCODING, /* unknown encoding declared, NULs, control characters */
	DMARC_DTD,          /* a DTD or an entity that was not resolved */
	DMARC_BAD_IP,       /* source_ip is no address */
	DMARC_BAD_COUNT,    /* count is missing, no number, or not believable */
	DMARC_BAD_TIME,     /* begin or end is missing or no time; or end before begin */
	DMARC_TOO_LONG,     /* a text was cut at DMARC_TEXT_MAX */
	DMARC_TOO_MANY,     /* results or reasons over the limit */
	DMARC_TOO_DEEP,     /* elements in elements over the limit */
	DMARC_LOST,         /* records that could not be read or were over the limit */
	DMARC_NO_DOMAIN,    /* policy_published without a domain */
	DMARC_NO_RECORD,    /* a report without one */
	DMARC_NO_ORG,       /* org_name is empty (a note, no damage) */
	DMARC_POLICY_TWICE, /* a second policy_published (a note) */
	DMARC_ODD_VALUE,    /* a value outside of the standard, mapped or kept (a note) */
	DMARC_DERIVED,      /* envelope_from was taken from an SPF result (a note) */
	DMARC_FAULTS,
};

struct dmarc_fault {
	uint64_t count;  /* 0: did not happen */
	char first[240]; /* for people, printable: the first of them */
};

/* A damage, or only a note? */
bool dmarc_fault_damages(enum dmarc_fault_kind kind);
const char *dmarc_fault_name(enum dmarc_fault_kind kind); /* "broken_xml" */

/* ---- the report ---- */

struct dmarc_policy {
	struct sv domain, p, sp, np, adkim, aspf, pct, fo, testing, discovery;
};

struct dmarc_report {
	struct sv org, email, contact, id, error, generator, version;
	struct sv xmlns;        /* of the root; empty: none */
	int64_t begin_s, end_s; /* since 1970; 0: not known */
	struct dmarc_policy policy;
	uint64_t records;  /* given to the callback */
	uint64_t messages; /* sum of their counts */
	struct dmarc_fault faults[DMARC_FAULTS];
	bool rfc9990; /* its namespace, or an element that only it has */
	bool damaged;
};

enum dmarc_disposition {
	DMARC_UNSAID,
	DMARC_NONE,
	DMARC_PASS, /* RFC 9990 */
	DMARC_QUARANTINE,
	DMARC_REJECT,
	DMARC_DISPOSITIONS,
};
const char *dmarc_disposition_name(enum dmarc_disposition d);

enum dmarc_auth_kind {
	DMARC_DKIM,
	DMARC_SPF
};

struct dmarc_auth {
	enum dmarc_auth_kind kind;
	struct sv domain, selector, scope, result, human;
};

struct dmarc_reason {
	struct sv type, comment;
};

struct dmarc_record {
	struct sv source;     /* the canonical address; empty: none that could be read */
	unsigned char ip[16]; /* network order; the first ip_bytes of it */
	size_t ip_bytes;      /* 0, 4, 16; a mapped IPv4 address is 4 */
	uint64_t count;
	enum dmarc_disposition disposition;
	bool dkim_aligned, spf_aligned; /* policy_evaluated said pass */
	struct sv header_from, envelope_from, envelope_to;
	bool envelope_said;            /* envelope_from was there, if only empty (null sender) */
	bool envelope_derived;         /* from the last SPF result */
	const struct dmarc_auth *auth; /* in the order of the report */
	const struct dmarc_reason *reasons;
	size_t n_auth, n_reasons;
};

/* ---- reading ---- */

struct dmarc_handler {
	/* False: no more records are wanted; the rest is read without the callback. */
	bool (*record)(void *context, const struct dmarc_report *r, const struct dmarc_record *rec);
	void *context;
};

struct dmarc_reader;

struct dmarc_reader *dmarc_reader_new(const struct dmarc_handler *handler);
void dmarc_reader_free(struct dmarc_reader **r);
/* For the next report. */
void dmarc_reader_reset(struct dmarc_reader *reader);
void dmarc_reader_feed(struct dmarc_reader *reader, struct sv bytes);
/* What was fed ends too early, or is damaged, and the reader cannot know. */
void dmarc_reader_damage(struct dmarc_reader *reader, const char *why);
/* The end of the bytes.  NULL: there was no <feedback>; *root_out is then the name of the
 * first element (empty: there was none).  Otherwise the report, to which nothing is added. */
const struct dmarc_report *dmarc_reader_end(struct dmarc_reader *reader, struct sv *root_out);

#endif
