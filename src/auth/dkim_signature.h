/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_DKIM_SIGNATURE_H
#define CAROM_AUTH_DKIM_SIGNATURE_H

/*
 * Signatures of a message (RFC 6376, RFC 8301, RFC 8463): read, verified, and what they cover.
 * A message is its header fields and its body, no more: MIME is another's business.  Lines may
 * end in CRLF or LF; they are hashed as CRLF.  Pure: keys come from a book, the time is an
 * argument.  Views point into the message.
 */

#include "auth/dkim_key.h"

#define DKIM_FIELDS_MAX     1000
#define DKIM_SIGNATURES_MAX 20
#define DKIM_NAMES_MAX      256 /* in h= */

struct dkim_field {
	struct sv raw;  /* name, colon, value, folded as it came; no line end behind */
	struct sv name; /* without blanks */
	struct sv value;
};

struct dkim_message {
	struct dkim_field *fields; /* in the arena */
	size_t n;
	struct sv body;
	bool cut; /* more than DKIM_FIELDS_MAX: the rest is left out */
};

/* False: the arena is full. */
bool dkim_message_read(struct sv bytes, struct arena *arena, struct dkim_message *out);

enum dkim_algorithm {
	DKIM_RSA_SHA256,
	DKIM_ED25519_SHA256,
	DKIM_RSA_SHA1, /* must not be used: RFC 8301 */
	DKIM_OTHER_ALGORITHM,
};

struct dkim_signature {
	enum dkim_algorithm algorithm;
	bool relaxed_header, relaxed_body;
	struct sv domain, selector, identity; /* d= s= i= */
	struct sv names;                      /* h= */
	struct sv body_hash, signature;       /* decoded, in the arena */
	struct sv cleared_at;                 /* value of b= in the field: empty for hashing */
	uint64_t body_bytes;                  /* l=; UINT64_MAX: all */
	int64_t made_s, expires_s;            /* t= x=; INT64_MIN: not there */
	const char *fault;                    /* NULL: the syntax is right */
};

/* The value of a DKIM-Signature field; false and `fault` when receivers must ignore it. */
bool dkim_signature_read(struct sv value, struct arena *arena, struct dkim_signature *out);

enum dkim_result {
	DKIM_PASS,
	DKIM_FAIL,
	DKIM_PERMERROR,
	DKIM_TEMPERROR,
	DKIM_PENDING,
};

struct dkim_verdict {
	enum dkim_result result;
	const char *reason; /* static */
	struct dkim_signature signature;
	struct dkim_lookup key;
	bool covers_from, covers_unsubscribe, covers_post; /* RFC 8058 wants the last two */
	bool has_unsubscribe, has_post;                    /* the message has such fields */
	bool from_sealed;         /* h= names From once more than there are: none can be added */
	uint64_t bytes_uncovered; /* of the body, by l= */
	bool testing;
};

/* Verifies the field at `index`, which must be a DKIM-Signature. */
void dkim_verify(struct book *book, struct arena *arena, const struct dkim_message *m, size_t index,
    int64_t now_us, struct dkim_verdict *out);
const char *dkim_result_name(enum dkim_result r);

/* ---- canonical forms, section 3.4 ---- */

void dkim_canonical_field(struct sv raw, bool relaxed, struct buf *out); /* no CRLF behind */
void dkim_canonical_body(struct sv body, bool relaxed, struct buf *out);

#endif
