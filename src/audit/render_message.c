/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/message.h"
#include "base/civil.h"
#include "base/json.h"

#define SHOWN            120
#define SHOWN_TIME_MAX_S INT64_C(253402300799) /* the end of the year 9999 */

static const char *
algorithm_name(enum dkim_algorithm a)
{
	static const char *const names[] = { "rsa-sha256", "ed25519-sha256", "rsa-sha1",
		"unknown" };

	return names[a];
}

/* A signature may name any second up to 2^63. */
static void
print_time(int64_t t_s, char *out, size_t size)
{
	civil_print((t_s > SHOWN_TIME_MAX_S ? SHOWN_TIME_MAX_S : t_s) * US_PER_SECOND, out, size);
}

static void
put_time(const char *words, int64_t t_s, struct buf *out)
{
	char text[40];

	if (t_s != INT64_MIN) {
		print_time(t_s, text, sizeof(text));
		buf_fmt(out, ", %s %s", words, text);
	}
}

static void
put_how(const struct dkim_signature *s, struct buf *out)
{
	if (s->fault != NULL) {
		return;
	}
	buf_fmt(out, "        %s, %s/%s", algorithm_name(s->algorithm),
	    s->relaxed_header ? "relaxed" : "simple", s->relaxed_body ? "relaxed" : "simple");
	put_time("made", s->made_s, out);
	put_time("expires", s->expires_s, out);
	if (s->body_bytes != UINT64_MAX) {
		buf_fmt(out, ", only the first %llu bytes of the body",
		    (unsigned long long)s->body_bytes);
	}
	buf_char(out, '\n');
}

static void
put_signature(const struct message_signature *s, struct buf *out)
{
	const struct dkim_verdict *v = &s->verdict;

	buf_str(out, "    d=");
	buf_printable(out, v->signature.domain, SHOWN);
	buf_str(out, " s=");
	buf_printable(out, v->signature.selector, SHOWN);
	buf_fmt(out, "  %s, %s%s\n", dkim_result_name(v->result),
	    v->reason == NULL ? "" : v->reason, s->aligned ? ", aligned" : "");
	put_how(&v->signature, out);
	if (s->open.n > 0 && v->signature.fault == NULL) {
		buf_fmt(out, "        does not cover %.*s\n", SV_ARG(s->open));
	}
	buf_fmt(out, "        covers From %s%s, List-Unsubscribe %s, List-Unsubscribe-Post %s\n",
	    v->covers_from ? "yes" : "no", v->from_sealed ? " (sealed)" : "",
	    v->covers_unsubscribe ? "yes" : "no", v->covers_post ? "yes" : "no");
}

void
message_render_text(const struct message_request *q, const struct message_audit *m, struct buf *out)
{
	buf_str(out, "\nFROM      ");
	buf_printable(out, m->author, SHOWN);
	buf_fmt(out, "\nDKIM      %zu signature%s\n", m->n, m->n == 1 ? "" : "s");
	for (size_t i = 0; i < m->n; i++) {
		put_signature(&m->signatures[i], out);
	}
	if (q->has_spf) {
		buf_fmt(out, "SPF       %s for ", spf_result_name(m->spf.result));
		buf_printable(out, m->spf.domain, SHOWN);
		buf_fmt(out, "%s\n", m->spf_aligned ? ", aligned" : ", not aligned");
	} else {
		buf_str(out, "SPF       not asked: say --ip and --from\n");
	}
	buf_fmt(out, "DMARC     %s", m->dmarc_passes ? "pass" : "fail");
	if (m->dmarc.tree.found == DMARC_RECORD) {
		buf_fmt(out, ", policy %s of ", dmarc_policy_name(m->dmarc.tree.policy));
		buf_printable(out, m->dmarc.tree.domain, SHOWN);
	}
	buf_char(out, '\n');
}

static void
json_time(struct json *j, const char *name, int64_t t_s)
{
	char text[40];

	if (t_s == INT64_MIN) {
		json_nothing(j, name);
		return;
	}
	print_time(t_s, text, sizeof(text));
	json_str(j, name, text);
}

void
message_render_json(const struct message_request *q, const struct message_audit *m, struct json *j)
{
	json_sv(j, "author", m->author);
	json_open(j, "dkim", '[');
	for (size_t i = 0; i < m->n; i++) {
		const struct dkim_verdict *v = &m->signatures[i].verdict;

		json_open(j, NULL, '{');
		json_sv(j, "domain", v->signature.domain);
		json_sv(j, "selector", v->signature.selector);
		json_str(j, "result", dkim_result_name(v->result));
		json_str(j, "reason", v->reason);
		json_bool(j, "aligned", m->signatures[i].aligned);
		json_bool(j, "testing", v->testing);
		json_str(j, "algorithm",
		    v->signature.fault != NULL ? NULL : algorithm_name(v->signature.algorithm));
		json_time(j, "expires", v->signature.expires_s);
		json_sv(j, "not_covered", m->signatures[i].open);
		json_bool(j, "covers_from", v->covers_from);
		json_bool(j, "from_sealed", v->from_sealed);
		json_bool(j, "covers_list_unsubscribe", v->covers_unsubscribe);
		json_bool(j, "covers_list_unsubscribe_post", v->covers_post);
		json_int(j, "body_bytes_uncovered", (int64_t)v->bytes_uncovered);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_str(j, "spf", q->has_spf ? spf_result_name(m->spf.result) : NULL);
	json_bool(j, "spf_aligned", m->spf_aligned);
	json_str(j, "dmarc", m->dmarc_passes ? "pass" : "fail");
	json_str(j, "policy",
	    m->dmarc.tree.found == DMARC_RECORD ? dmarc_policy_name(m->dmarc.tree.policy) : NULL);
}
