/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/dkim_key.h"

#include "auth/base64.h"
#include "auth/tags.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define ED25519_BYTES     32
#define ED25519_DER_BYTES 44

bool
dkim_is_key(struct sv text)
{
	struct sv ignored;

	return tags_begin_with(text, SV("v"), SV("DKIM1")) || tags_find(text, SV("p"), &ignored);
}

/* Is `word` in a list split by colons? */
static bool
list_has(struct sv list, struct sv word)
{
	while (list.n > 0) {
		struct sv part;

		if (!sv_cut(&list, ':', &part)) {
			part = list;
			list = (struct sv){ 0 };
		}
		if (sv_ieq(sv_trim(part), word)) {
			return true;
		}
	}
	return false;
}

static const char *
measure_rsa(struct dkim_key *k)
{
	const unsigned char *p = (const unsigned char *)k->der.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)k->der.n);

	if (key == NULL) {
		p = (const unsigned char *)k->der.p;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)k->der.n);
		k->flaws |= key == NULL ? 0 : DKIM_KEY_RSA_BARE;
	}
	if (key == NULL) {
		return "p= is no RSA key: it may have been cut or joined wrongly";
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		return "p= holds another kind of key than k= says";
	}
	k->bits = (unsigned)EVP_PKEY_get_bits(key);
	EVP_PKEY_free(key);
	return k->bits < 1024 ? "an RSA key under 1024 bits must not be used (RFC 8301)" : NULL;
}

static const char *
measure_ed25519(struct dkim_key *k)
{
	k->bits = 256;
	if (k->der.n == ED25519_DER_BYTES) {
		k->flaws |= DKIM_KEY_ED_WRAPPED;
		return "p= has a wrapping that Ed25519 keys must not have (RFC 8463): 32 bytes "
		       "alone are due";
	}
	return k->der.n == ED25519_BYTES ? NULL : "p= is no Ed25519 key: 32 bytes are due";
}

static const char *
read_key(struct dkim_key *k, struct sv type, struct sv p, struct arena *arena)
{
	const char *fault;

	k->type = sv_eq(type, SV("rsa"))       ? DKIM_RSA
		  : sv_eq(type, SV("ed25519")) ? DKIM_ED25519
					       : DKIM_OTHER_KEY;
	if (p.n == 0) {
		k->revoked = true;
		return NULL;
	}
	if (k->type == DKIM_OTHER_KEY) {
		return "k= names a kind of key that nobody knows";
	}
	if (!base64_decode(p, arena, &k->der)) {
		return "p= is no base64";
	}
	fault = k->type == DKIM_RSA ? measure_rsa(k) : measure_ed25519(k);
	return fault;
}

struct key_tags {
	struct sv type, p, hashes, services;
	bool has_p, has_v, wrong_v;
};

static void
take_tag(struct dkim_key *k, const struct tag *t, unsigned place, struct key_tags *tags)
{
	if (sv_eq(t->name, SV("v"))) {
		tags->has_v = true;
		tags->wrong_v = place != 0 || !sv_eq(t->value, SV("DKIM1"));
	} else if (sv_eq(t->name, SV("k"))) {
		tags->type = t->value;
	} else if (sv_eq(t->name, SV("p"))) {
		k->flaws |= tags->has_p ? DKIM_KEY_TWICE : 0;
		tags->p = tags->has_p ? tags->p : t->value;
		tags->has_p = true;
	} else if (sv_eq(t->name, SV("h"))) {
		tags->hashes = t->value;
	} else if (sv_eq(t->name, SV("s"))) {
		tags->services = t->value;
	} else if (sv_eq(t->name, SV("t"))) {
		k->testing = list_has(t->value, SV("y"));
		k->strict = list_has(t->value, SV("s"));
	} else if (sv_eq(t->name, SV("g"))) {
		k->flaws |= DKIM_KEY_OLD_G;
	} else if (t->name.n == 0) {
		k->flaws |= DKIM_KEY_NO_TAG;
	}
}

bool
dkim_key_read(struct sv text, struct arena *arena, struct dkim_key *out)
{
	struct key_tags tags = { .type = SV("rsa"), .hashes = SV("sha256"), .services = SV("*") };
	struct sv rest = text;
	struct tag t;

	*out = (struct dkim_key){ .text = text };
	for (unsigned place = 0; tags_next(&rest, &t); place++) {
		take_tag(out, &t, place, &tags);
	}
	if (!tags.has_v) {
		out->flaws |= DKIM_KEY_NO_V;
	}
	if (!list_has(tags.hashes, SV("sha256"))) {
		out->flaws |= DKIM_KEY_SHA1_ONLY;
	}
	if (!list_has(tags.services, SV("*")) && !list_has(tags.services, SV("email"))) {
		out->flaws |= DKIM_KEY_NOT_EMAIL;
	}
	out->fault = tags.wrong_v  ? "v= must come first and say DKIM1"
		     : !tags.has_p ? "there is no p= in it"
				   : read_key(out, tags.type, tags.p, arena);
	if (out->fault == NULL && (out->flaws & DKIM_KEY_SHA1_ONLY) != 0) {
		out->fault = "h= does not allow sha256, and sha1 must not be used (RFC 8301)";
	}
	if (out->fault == NULL && (out->flaws & DKIM_KEY_NOT_EMAIL) != 0) {
		out->fault = "s= does not allow mail";
		out->tls_reports = list_has(tags.services, SV("tlsrpt"));
	}
	return out->fault == NULL;
}

void
dkim_key_find(struct book *book, struct arena *arena, struct sv domain, struct sv selector,
    struct dkim_lookup *out)
{
	const struct dns_answer *a;
	struct buf name;

	*out = (struct dkim_lookup){ 0 };
	buf_init(&name, 0);
	buf_sv(&name, selector);
	buf_str(&name, "._domainkey.");
	buf_sv(&name, domain);
	a = book_ask(book, DNS_TXT, buf_view(&name));
	buf_done(&name);
	if (a == NULL) {
		out->found = DKIM_KEY_PENDING;
		return;
	}
	if (dns_is_unknown(a) || a->cut) {
		out->found = DKIM_KEY_UNKNOWN;
		out->reason = a->reason;
		return;
	}
	out->aliases = a->aliases;
	for (size_t i = 0; i < a->n; i++) {
		if (!dkim_is_key(a->records[i].data)) {
			continue;
		}
		if (out->n++ == 0) {
			out->strings = a->records[i].lengths.n;
			(void)dkim_key_read(a->records[i].data, arena, &out->key);
		}
	}
	out->found = out->n == 0 ? DKIM_NO_KEY : out->n == 1 ? DKIM_KEY : DKIM_SEVERAL_KEYS;
}
