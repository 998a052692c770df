/* SPDX-License-Identifier: Apache-2.0 */

/* Sections 3.7 and 6.1 of RFC 6376. */

#include "auth/dkim_signature.h"
#include "base/civil.h"
#include "base/err.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define SHA256_BYTES 32

const char *
dkim_result_name(enum dkim_result r)
{
	static const char *const names[] = { "pass", "fail", "permerror", "temperror", "pending" };

	check(r <= DKIM_PENDING);
	return names[r];
}

static bool
sha256(const struct buf *b, unsigned char *out)
{
	unsigned n = 0;

	return !b->cut && EVP_Digest(b->p, b->n, out, &n, EVP_sha256(), NULL) == 1 &&
	       n == SHA256_BYTES;
}

static const char *
check_body(const struct dkim_message *m, const struct dkim_signature *s, struct dkim_verdict *v)
{
	unsigned char hash[SHA256_BYTES];
	const char *fault = NULL;
	struct buf body;

	buf_init(&body, 0);
	dkim_canonical_body(m->body, s->relaxed_body, &body);
	if (s->body_bytes != UINT64_MAX) {
		if (s->body_bytes > body.n) {
			fault = "the body is shorter than l= says";
		} else {
			v->bytes_uncovered = body.n - s->body_bytes;
			body.n = s->body_bytes;
		}
	}
	if (fault == NULL && (!sha256(&body, hash) || s->body_hash.n != SHA256_BYTES ||
				 memcmp(hash, s->body_hash.p, SHA256_BYTES) != 0)) {
		fault = "the body was changed after it was signed";
	}
	buf_done(&body);
	return fault;
}

/* The k-th field of that name from the bottom, 0 first; -1: there are no more. */
static ptrdiff_t
field_from_bottom(const struct dkim_message *m, struct sv name, size_t k)
{
	for (size_t i = m->n; i-- > 0;) {
		if (sv_ieq(m->fields[i].name, name) && k-- == 0) {
			return (ptrdiff_t)i;
		}
	}
	return -1;
}

static void
note_cover(const struct dkim_message *m, struct sv name, ptrdiff_t at, struct dkim_verdict *v)
{
	(void)m;
	if (sv_ieq(name, SV("from"))) {
		v->covers_from |= at >= 0;
		v->from_sealed |= at < 0;
	}
	v->covers_unsubscribe |= at >= 0 && sv_ieq(name, SV("list-unsubscribe"));
	v->covers_post |= at >= 0 && sv_ieq(name, SV("list-unsubscribe-post"));
}

/* The fields that h= names, each name once more from the bottom up (section 5.4.2). */
static bool
put_fields(const struct dkim_message *m, const struct dkim_signature *s, struct buf *out,
    struct dkim_verdict *v)
{
	struct sv names[DKIM_NAMES_MAX];
	struct sv rest = s->names;
	size_t n = 0;

	while (rest.n > 0) {
		struct sv name;
		size_t before = 0;
		ptrdiff_t at;

		if (!sv_cut(&rest, ':', &name)) {
			name = rest;
			rest = (struct sv){ 0 };
		}
		if (n == DKIM_NAMES_MAX) {
			return false;
		}
		name = sv_trim(name);
		for (size_t i = 0; i < n; i++) {
			before += sv_ieq(names[i], name);
		}
		names[n++] = name;
		at = field_from_bottom(m, name, before);
		note_cover(m, name, at, v);
		if (at >= 0) {
			dkim_canonical_field(m->fields[at].raw, s->relaxed_header, out);
			buf_str(out, "\r\n");
		}
	}
	return true;
}

/* The signature's own field, with nothing behind b=. */
static void
put_own_field(const struct dkim_field *f, const struct dkim_signature *s, struct buf *out)
{
	size_t start = (size_t)(s->cleared_at.p - f->raw.p);
	struct buf own;

	buf_init(&own, 0);
	buf_sv(&own, sv_head(f->raw, start));
	buf_sv(&own, sv_from_at(f->raw, start + s->cleared_at.n));
	dkim_canonical_field(buf_view(&own), s->relaxed_header, out);
	buf_done(&own);
}

static EVP_PKEY *
load_key(const struct dkim_key *k)
{
	const unsigned char *p = (const unsigned char *)k->der.p;

	if (k->type == DKIM_ED25519) {
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p, k->der.n);
	}
	return (k->flaws & DKIM_KEY_RSA_BARE) != 0
		   ? d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)k->der.n)
		   : d2i_PUBKEY(NULL, &p, (long)k->der.n);
}

/* RSA signs the text (hashed inside), Ed25519 the SHA-256 of it (RFC 8463 section 3). */
static bool
is_signed(const struct buf *text, const struct dkim_signature *s, const struct dkim_key *k)
{
	const unsigned char *sig = (const unsigned char *)s->signature.p;
	unsigned char hash[SHA256_BYTES];
	EVP_PKEY *key = load_key(k);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = 0;

	if (key != NULL && ctx != NULL && !text->cut) {
		if (k->type == DKIM_ED25519) {
			ok = sha256(text, hash) &&
			     EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
			     EVP_DigestVerify(ctx, sig, s->signature.n, hash, sizeof(hash)) == 1;
		} else {
			ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
			     EVP_DigestVerify(ctx, sig, s->signature.n,
				 (const unsigned char *)text->p, text->n) == 1;
		}
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok == 1;
}

static enum dkim_result
settle(struct dkim_verdict *v, enum dkim_result r, const char *reason)
{
	v->result = r;
	v->reason = reason;
	return r;
}

/* DKIM_PASS: there is a key that may sign this. */
static enum dkim_result
check_key(const struct dkim_message *m, const struct dkim_signature *s, struct dkim_verdict *v)
{
	/* Both fields stand in the mail of a TLS report, RFC 8460 section 5.3. */
	bool tls_report = field_from_bottom(m, SV("tls-report-domain"), 0) >= 0 &&
			  field_from_bottom(m, SV("tls-report-submitter"), 0) >= 0;
	const struct dkim_lookup *l = &v->key;
	ptrdiff_t at = sv_rfind(s->identity, SV("@"));

	switch (l->found) {
	case DKIM_KEY_PENDING:
		return settle(v, DKIM_PENDING, NULL);
	case DKIM_KEY_UNKNOWN:
		return settle(v, DKIM_TEMPERROR, l->reason);
	case DKIM_NO_KEY:
		return settle(v, DKIM_PERMERROR, "there is no key at that selector");
	case DKIM_SEVERAL_KEYS:
	case DKIM_KEY:
		break;
	}
	v->testing = l->key.testing;
	if (l->key.fault != NULL && !(l->key.tls_reports && tls_report)) {
		return settle(v, DKIM_PERMERROR, l->key.fault);
	}
	if (l->key.revoked) {
		return settle(v, DKIM_PERMERROR, "the key is revoked: p= is empty");
	}
	if ((l->key.type == DKIM_ED25519) != (s->algorithm == DKIM_ED25519_SHA256)) {
		return settle(v, DKIM_PERMERROR, "the key is of another kind than a= says");
	}
	if (l->key.strict && at >= 0 &&
	    !sv_ieq(sv_from_at(s->identity, (size_t)at + 1), s->domain)) {
		return settle(
		    v, DKIM_PERMERROR, "t=s of the key wants i= in the domain of d= itself");
	}
	return DKIM_PASS;
}

static void
note_fields(const struct dkim_message *m, struct dkim_verdict *v)
{
	v->has_unsubscribe = field_from_bottom(m, SV("list-unsubscribe"), 0) >= 0;
	v->has_post = field_from_bottom(m, SV("list-unsubscribe-post"), 0) >= 0;
}

void
dkim_verify(struct book *book, struct arena *arena, const struct dkim_message *m, size_t index,
    int64_t now_us, struct dkim_verdict *out)
{
	const struct dkim_field *f = &m->fields[index];
	const struct dkim_signature *s = &out->signature;
	const char *fault;
	struct buf text;
	bool ok;

	check(index < m->n);
	*out = (struct dkim_verdict){ 0 };
	note_fields(m, out);
	if (!dkim_signature_read(f->value, arena, &out->signature)) {
		(void)settle(out, DKIM_PERMERROR, s->fault);
		return;
	}
	dkim_key_find(book, arena, s->domain, s->selector, &out->key);
	buf_init(&text, 0);
	ok = put_fields(m, s, &text, out);
	put_own_field(f, s, &text);
	fault = check_body(m, s, out);
	if (!ok) {
		(void)settle(out, DKIM_PERMERROR, "h= names too many fields");
	} else if (s->expires_s != INT64_MIN && now_us / US_PER_SECOND > s->expires_s) {
		(void)settle(out, DKIM_FAIL, "the signature has expired (x=)");
	} else if (check_key(m, s, out) == DKIM_PASS) {
		if (fault != NULL) {
			(void)settle(out, DKIM_FAIL, fault);
		} else if (!is_signed(&text, s, &out->key.key)) {
			(void)settle(
			    out, DKIM_FAIL, "the signature does not fit the header and the key");
		} else {
			(void)settle(out, DKIM_PASS, "the signature is right");
		}
	}
	buf_done(&text);
}
