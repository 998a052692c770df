/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/message.h"
#include "base/json.h"

#define SHOWN 120

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
