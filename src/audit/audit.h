/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_AUDIT_H
#define CAROM_AUDIT_AUDIT_H

/*
 * The audit of one domain: what it publishes (SPF, DKIM, DMARC, MX, DANE, MTA-STS, TLS-RPT,
 * BIMI), what its sending addresses are called, and what is wrong with it.  audit_run() is a
 * pure function of the request and a book of answers; as long as it says `pending`, answer what
 * the book wants, reset the arena, and run it again.  Words are not here but in texts.h.
 *
 * Everything in `struct audit` lives in the arena that is passed, or in the book.
 */

#include "audit/texts.h"
#include "auth/dkim_key.h"
#include "auth/dmarc.h"
#include "auth/spf.h"

#define AUDIT_IPS_MAX       16
#define AUDIT_SELECTORS_MAX 32
#define AUDIT_KEYS_MAX      160 /* looked for: those given, seen in use, and the usual ones */
#define AUDIT_SEEN_MAX      40
#define AUDIT_MX_MAX        20  /* looked at */
#define AUDIT_FOUND_MAX     200 /* findings kept */

/* The policy file of MTA-STS, which is not in the DNS. */
struct sts_file {
	bool tried;
	bool fetched;
	struct sv text;      /* when fetched */
	const char *problem; /* when not; NULL: nobody tried */
};

/* Since when the present key of a selector was seen, and how many others stood there before. */
struct audit_age {
	struct sv selector;
	int64_t since_s;
	unsigned before;
};

struct audit_request {
	struct sv domain;
	struct ip ips[AUDIT_IPS_MAX];
	size_t n_ips;
	struct sv selectors[AUDIT_SELECTORS_MAX];
	size_t n_selectors;
	struct sv seen[AUDIT_SEEN_MAX]; /* selectors seen in use: shown when they have a key */
	size_t n_seen;
	struct audit_age ages[AUDIT_KEYS_MAX];
	size_t n_ages;
	double key_days;                 /* older than that is said; 0: never */
	const struct audit_texts *texts; /* borrowed: for the usual selectors */
	struct sts_file sts;
	struct sv helo; /* what the addresses say in HELO; empty: not known */
	int64_t now_us;
};

struct finding {
	enum finding_id id;
	struct sv about;       /* a selector, a host, a term; may be empty */
	struct sv detail;      /* what exactly; may be empty */
	const char *type;      /* of the record to publish instead; NULL: TXT */
	struct sv name, value; /* that record; may be empty */
	struct sv note;        /* what is different in it; may be empty */
	struct sv url, file;   /* a file to serve beside it; may be empty */
};

struct audit_key {
	struct sv selector;
	struct dkim_lookup lookup;
	bool given, seen;
	int64_t since_s; /* 0: not known */
	unsigned before; /* other keys that stood there */
};

struct audit_mx {
	struct sv host;
	unsigned preference;
	const struct dns_answer *a, *aaaa, *tlsa;
};

struct audit_ip {
	struct ip ip;
	const struct dns_answer *ptr;
	struct sv name; /* the first that leads back, else the first */
	bool confirmed;
	struct spf_verdict spf; /* for postmaster@ the domain */
};

struct audit_policy_record { /* MTA-STS, TLS-RPT, BIMI */
	struct sv text;      /* empty: none */
	size_t n;            /* records of that kind at the name */
	const char *fault;   /* NULL: right, or none */
	bool unknown;
};

struct audit {
	struct sv domain;
	bool pending;
	bool wants_sts_file; /* there is a record: fetch the policy, and run again */
	struct ip sts_ip;    /* where its host is */
	struct finding findings[AUDIT_FOUND_MAX];
	size_t n, n_lost; /* lost: more than there is room for */
	bool parked; /* SPF says that nobody sends for it, and no address was named that does */
	struct spf_tree spf;
	struct dmarc_views dmarc;
	struct audit_key keys[AUDIT_KEYS_MAX]; /* those that were found, or given */
	size_t n_keys, n_keys_tried;
	bool any_selector; /* a wildcard answers for every selector */
	struct audit_mx mx[AUDIT_MX_MAX];
	size_t n_mx, n_mx_lost; /* lost: those over AUDIT_MX_MAX */
	const struct dns_answer *mx_answer;
	struct audit_policy_record sts, tlsrpt, bimi;
	struct audit_ip ips[AUDIT_IPS_MAX];
	size_t n_ips;
};

void audit_run(
    struct book *book, struct arena *arena, const struct audit_request *q, struct audit *out);
/* The worst that was found; SEVERITY_ADVICE when there is nothing. */
bool audit_needs_action(const struct audit *a, const struct audit_texts *t);
bool audit_is_blind(const struct audit *a, const struct audit_texts *t); /* something unseen */

#endif
