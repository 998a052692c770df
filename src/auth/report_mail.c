/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/report_mail.h"

#include "auth/author.h"
#include "auth/authres.h"
#include "auth/dmarc.h"

static void
settle(struct report_mail *m, enum report_proof proof, const char *by, const struct buf *why)
{
	struct sv text = sv_head(buf_view(why), sizeof(m->why) - 1);

	m->proof = proof;
	m->by = by;
	memcpy(m->why, text.p == NULL ? "" : text.p, text.n);
	m->why[text.n] = '\0';
}

static bool
same_org(struct sv a, struct sv b, struct arena *arena)
{
	return a.n > 0 && b.n > 0 &&
	       sv_ieq(dmarc_suffix_org(a, arena), dmarc_suffix_org(b, arena));
}

/* ---- DKIM ---- */

struct signatures {
	unsigned n;        /* in the mail */
	bool pending;      /* a key is wanted */
	bool passes;       /* one of the author's organisation */
	bool broken;       /* one of the author's organisation, with its key there */
	struct buf reason; /* owned: of the last that did not pass */
};

static void
take_signature(struct signatures *s, const struct dkim_verdict *v, struct sv author,
    struct arena *arena)
{
	const struct dkim_signature *sig = &v->signature;
	bool own = same_org(sig->domain, author, arena);

	s->n++;
	s->pending = s->pending || v->result == DKIM_PENDING;
	s->passes = s->passes || (own && v->result == DKIM_PASS && v->covers_from);
	s->broken = s->broken || (own && v->result == DKIM_FAIL);
	if (v->result != DKIM_PASS && v->result != DKIM_PENDING) {
		buf_clear(&s->reason);
		buf_printable(&s->reason, sig->domain, 100);
		buf_fmt(&s->reason, "%s%s", sig->domain.n > 0 ? ": " : "", v->reason);
	} else if (v->result == DKIM_PASS && !own) {
		buf_clear(&s->reason);
		buf_printable(&s->reason, sig->domain, 100);
		buf_str(&s->reason, " signed it, which is another organisation");
	}
}

static void
read_signatures(struct book *book, struct arena *arena, const struct dkim_message *m,
    struct sv author, struct signatures *s)
{
	for (size_t i = 0; i < m->n && s->n < DKIM_SIGNATURES_MAX; i++) {
		struct dkim_verdict v;

		if (sv_ieq(m->fields[i].name, SV("DKIM-Signature"))) {
			dkim_verify(book, arena, m, i, INT64_MIN, &v);
			take_signature(s, &v, author, arena);
		}
	}
}

/* ---- the word of a server ---- */

static bool
is_named(struct sv id, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_ieq(id, sv_from(list[i]))) {
			return true;
		}
	}
	return false;
}

/* The topmost field of a server that is trusted: those below it may be forged. */
static bool
find_results(const struct dkim_message *m, const struct report_trust *trust, struct arena *arena,
    struct authres *out)
{
	for (size_t i = 0; i < m->n; i++) {
		if (sv_ieq(m->fields[i].name, SV("Authentication-Results")) &&
		    authres_read(m->fields[i].value, arena, out) &&
		    is_named(out->id, trust->servers, trust->n_servers)) {
			return true;
		}
	}
	return false;
}

/* DMARC's own word counts most; else DKIM or SPF of the author's organisation. */
static enum report_proof
read_results(const struct authres *a, struct sv author, struct arena *arena)
{
	enum report_proof found = REPORT_PROOF_FAIL;

	for (size_t i = 0; i < a->n; i++) {
		const struct authres_result *r = &a->results[i];
		bool dmarc = sv_ieq(r->method, SV("dmarc"));
		bool known = dmarc || sv_ieq(r->method, SV("dkim")) || sv_ieq(r->method, SV("spf"));

		if (!known || (r->domain.n > 0 && !same_org(r->domain, author, arena))) {
			continue;
		}
		if (sv_ieq(r->result, SV("pass")) && (dmarc || r->domain.n > 0)) {
			found = REPORT_PROOF_PASS;
		} else if (dmarc && sv_ieq(r->result, SV("fail"))) {
			return REPORT_PROOF_FAIL;
		} else if (sv_ieq(r->result, SV("temperror")) && found == REPORT_PROOF_FAIL) {
			found = REPORT_PROOF_UNKNOWN;
		}
	}
	return found;
}

/* ---- the mail ---- */

/* No signature proves it: what does a server say, and if none: what is wrong? */
static void
judge_rest(const struct dkim_message *m, struct sv author, const struct report_trust *trust,
    const struct signatures *s, struct arena *arena, struct report_mail *out)
{
	struct authres a;
	struct buf why;

	buf_init(&why, sizeof(out->why) - 1);
	if (find_results(m, trust, arena, &a)) {
		enum report_proof p = read_results(&a, author, arena);

		buf_printable(&why, a.id, 100);
		buf_str(&why,
		    p == REPORT_PROOF_PASS
			? " says that it passed"
			: " names no result that passed for the domain of From");
		settle(out, p, "authentication-results", &why);
	} else if (s->broken) {
		buf_sv(&why, buf_view(&s->reason));
		settle(out, REPORT_PROOF_FAIL, "dkim", &why);
	} else {
		buf_str(&why,
		    trust->n_servers > 0 ? "no result of a server that is trusted, and "
					 : "no server is trusted to say so, and ");
		if (s->n == 0) {
			buf_str(&why, trust->keys ? "no signature" : "no signature was looked at");
		} else {
			buf_sv(&why, buf_view(&s->reason));
		}
		/* Where the server writes what it found, a mail without that did not come
		 * through it. */
		settle(out, trust->n_servers > 0 ? REPORT_PROOF_FAIL : REPORT_PROOF_UNKNOWN, "",
		    &why);
	}
	buf_done(&why);
}

static void
keep_author(struct report_mail *out, struct sv author)
{
	author = sv_head(author, sizeof(out->author) - 1);
	memcpy(out->author, author.p, author.n);
	out->author[author.n] = '\0';
}

bool
report_mail_judge(struct book *book, struct arena *arena, struct sv mail,
    const struct report_trust *trust, struct report_mail *out)
{
	struct signatures s = { .n = 0 };
	struct dkim_message m;
	struct sv author = { 0 };
	size_t fields = 0;
	struct buf why;

	*out = (struct report_mail){ .by = "" };
	buf_init(&why, sizeof(out->why) - 1);
	buf_init(&s.reason, sizeof(out->why) - 1);
	if (!dkim_message_read(mail, arena, &m)) {
		buf_str(&why, "the mail's head is too large");
		settle(out, REPORT_PROOF_UNKNOWN, "", &why);
	} else if (!author_of_message(&m, arena, &author, &fields)) {
		buf_fmt(&why, "%zu From fields, not one address in one field", fields);
		settle(out, REPORT_PROOF_FAIL, "", &why);
	} else {
		keep_author(out, author);
		if (trust->keys) {
			read_signatures(book, arena, &m, author, &s);
		}
		if (s.passes) {
			buf_printable(&why, author, 100);
			buf_str(&why, " signed it");
			settle(out, REPORT_PROOF_PASS, "dkim", &why);
			s.pending = false;
		} else if (!s.pending) {
			judge_rest(&m, author, trust, &s, arena, out);
		}
	}
	buf_done(&s.reason);
	buf_done(&why);
	return !s.pending;
}

/* ---- the report ---- */

void
report_mail_names(struct report_mail *m, struct sv address, struct sv org,
    const struct report_trust *trust, struct arena *arena)
{
	struct sv author = sv_from(m->author);
	ptrdiff_t at = sv_rfind(address, SV("@"));
	struct sv host = at < 0 ? SV("") : sv_from_at(address, (size_t)at + 1);
	struct buf why;

	if (m->proof != REPORT_PROOF_PASS || same_org(author, host, arena) ||
	    (sv_chr(org, '.') > 0 && same_org(author, org, arena))) {
		return;
	}
	for (size_t i = 0; i < trust->n_senders; i++) {
		if (name_is_within(author, sv_from(trust->senders[i]))) {
			return;
		}
	}
	buf_init(&why, sizeof(m->why) - 1);
	buf_printable(&why, author, 100);
	buf_str(&why, " sent it, and the report says to be of ");
	buf_printable(&why, org.n > 0 ? org : SV("nobody"), 100);
	buf_str(&why, ", ");
	buf_printable(&why, address.n > 0 ? address : SV("no address"), 100);
	settle(m, REPORT_PROOF_FAIL, m->by, &why);
	buf_done(&why);
}
