/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_DKIM_KEY_H
#define CAROM_AUTH_DKIM_KEY_H

/*
 * A DKIM key as it is published (RFC 6376 section 3.6.1, RFC 8301, RFC 8463): read, decoded,
 * measured by OpenSSL.  The DNS record is at SELECTOR._domainkey.DOMAIN.  Views point into
 * the text; decoded bytes are in the arena.
 */

#include "dns/book.h"

enum dkim_key_type {
	DKIM_RSA,
	DKIM_ED25519,
	DKIM_OTHER_KEY,
};

enum dkim_key_flaw {
	DKIM_KEY_NO_V = 1 << 0,     /* v=DKIM1 is not there (allowed, and often a sign of a slip) */
	DKIM_KEY_RSA_BARE = 1 << 1, /* RSAPublicKey instead of SubjectPublicKeyInfo */
	DKIM_KEY_ED_WRAPPED = 1 << 2, /* SubjectPublicKeyInfo where 32 bytes are due */
	DKIM_KEY_OLD_G = 1 << 3,      /* g= of RFC 4871 */
	DKIM_KEY_TWICE = 1 << 4,      /* a tag that stands twice */
	DKIM_KEY_NO_TAG = 1 << 5,     /* a part without "=" */
	DKIM_KEY_SHA1_ONLY = 1 << 6,  /* h=sha1 */
	DKIM_KEY_NOT_EMAIL = 1 << 7,  /* s= has neither * nor email */
};

struct dkim_key {
	enum dkim_key_type type;
	unsigned bits;
	bool revoked; /* p= is empty */
	bool testing; /* t=y */
	bool strict;  /* t=s: i= must be in d= itself */
	bool
	    tls_reports; /* s= allows TLS reports (RFC 8460 section 3) and not mail: its only fault */
	unsigned flaws;    /* enum dkim_key_flaw */
	const char *fault; /* NULL: it can be used; else why not */
	struct sv text;
	struct sv der; /* decoded p= */
};

/* Looks it like a key record at all (v=DKIM1, or a p= tag)? */
bool dkim_is_key(struct sv text);
/* True: it can be used or is revoked. */
bool dkim_key_read(struct sv text, struct arena *arena, struct dkim_key *out);

enum dkim_found {
	DKIM_NO_KEY,
	DKIM_KEY,
	DKIM_SEVERAL_KEYS, /* undefined: receivers choose one, or none */
	DKIM_KEY_UNKNOWN,  /* the look-up failed */
	DKIM_KEY_PENDING,
};

struct dkim_lookup {
	enum dkim_found found;
	struct dkim_key key; /* the first */
	size_t n;            /* key records at the name */
	size_t strings;      /* that the record is split into */
	size_t aliases;      /* CNAMEs on the way */
	const char *reason;  /* DKIM_KEY_UNKNOWN */
};

void dkim_key_find(struct book *book, struct arena *arena, struct sv domain, struct sv selector,
    struct dkim_lookup *out);

#endif
