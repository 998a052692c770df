/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_SPF_H
#define CAROM_AUTH_SPF_H

/*
 * SPF (RFC 7208), whole: records, macros, evaluation with its reasons, and the tree of
 * includes with its costs.  Pure functions over a book of answers: where one is missing the
 * result is SPF_PENDING and the book knows what is wanted; call again when it is answered.
 * It sends nothing, and does not know of DMARC.
 *
 * Results live in the arena that is passed; views may also point into the book's answers.
 */

#include "dns/book.h"

#define SPF_LOOKUPS_MAX 10 /* terms that ask, section 4.6.4 */
#define SPF_VOIDS_MAX   2
#define SPF_HOSTS_MAX   10   /* of an mx or ptr term */
#define SPF_TERMS_MAX   4096 /* of a record; ours */
#define SPF_STEPS_MAX   1024 /* of a trace; ours */
#define SPF_NODES_MAX   64   /* of a tree; ours */
#define SPF_ASKS_MAX    128  /* terms of a tree whose names are looked up; ours */

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_OTHER, /* a modifier that nobody knows */
};

enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
	SPF_PENDING, /* answers are missing: not a result of SPF */
};

struct spf_term {
	struct sv text;   /* as it stands in the record */
	struct sv domain; /* domain-spec with its macros; empty: the current domain */
	enum spf_kind kind;
	char qualifier;        /* + - ~ ? */
	unsigned char ip[16];  /* ip4, ip6 */
	unsigned bits4, bits6; /* prefix lengths */
};

struct spf_record {
	struct spf_term *terms;
	size_t n;
	const struct spf_term *redirect, *exp, *all; /* NULL: none; all: the first */
	const char *fault;                           /* NULL: the syntax is right */
	struct sv fault_at;                          /* the term that is wrong */
};

/* "v=spf1" and then a blank or the end? */
bool spf_is_record(struct sv text);
/* Reads the whole record; false (and fault) at the first thing that is wrong. */
bool spf_record_read(struct sv text, struct arena *arena, struct spf_record *out);
/* Is it a mechanism behind all, or a redirect beside one?  Those are never reached. */
bool spf_term_is_idle(const struct spf_record *r, const struct spf_term *t);
/* Does the same stand before it in the record?  t is one of its terms. */
bool spf_term_is_repeated(const struct spf_record *r, const struct spf_term *t);
/* One look-up at least? */
bool spf_term_asks(const struct spf_term *t);
const char *spf_result_name(enum spf_result r);

/* The one SPF record of a domain. */
enum spf_result spf_find(struct book *book, struct sv domain, struct sv *text_out,
    const char **reason_out); /* SPF_PASS: found; SPF_NONE, TEMPERROR, PERMERROR, PENDING */

/* ---- evaluation ---- */

struct spf_question {
	struct ip ip;
	struct sv from; /* envelope sender; empty: the null sender */
	struct sv helo;
	struct sv receiver; /* %{r}; empty: unknown */
	int64_t now_us;     /* %{t} */
};

struct spf_step {
	struct sv domain; /* whose record */
	struct sv term;   /* empty: the record itself, as the check comes to it */
	struct sv note;   /* what came of it */
	unsigned depth;
	unsigned lookups; /* used so far */
};

struct spf_verdict {
	enum spf_result result;
	struct sv domain;      /* that was checked */
	struct sv reason;      /* in words */
	struct sv explanation; /* exp of the domain, at fail; empty: none */
	struct sv mechanism;   /* that matched, or was wrong */
	struct spf_step *steps;
	size_t n_steps, n_lost; /* lost: more than there is room for */
	unsigned lookups, voids;
};

/* check_host() for the sender, or for HELO when the sender is null (section 2.4). */
void spf_check(
    struct book *book, struct arena *arena, const struct spf_question *q, struct spf_verdict *out);

/* ---- the tree ---- */

struct spf_node {
	struct sv domain, text;
	struct spf_record record;
	enum spf_result found; /* of spf_find() */
	const char *reason;    /* where found is not SPF_PASS */
	struct sv via;         /* the term that led here; empty at the top */
	int parent;            /* index, -1 at the top */
	unsigned depth;
	unsigned own;      /* its terms that ask and are reached */
	unsigned total;    /* with everything below */
	unsigned networks; /* ip4 and ip6 terms, with everything below */
	bool again;        /* the same record stands in the tree before, or is its own ancestor */
	bool flat;         /* nothing but addresses below: it can be written out */
	bool macro;        /* its name depends on the message: not followed */
};

struct spf_void {
	struct sv domain, term;
};

struct spf_tree {
	struct spf_node *nodes; /* in the order of evaluation */
	size_t n;
	struct spf_void *voids; /* terms whose name gives no answer */
	size_t n_voids;
	unsigned lookups; /* of a check that matches nothing */
	bool cut;         /* more than SPF_NODES_MAX or SPF_ASKS_MAX: not all was looked at */
	bool pending;
};

void spf_tree(struct book *book, struct arena *arena, struct sv domain, struct spf_tree *out);

#endif
