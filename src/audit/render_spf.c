/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"

#define SHOWN 200

void
spf_render_text(const struct spf_question *q, const struct spf_verdict *v, struct buf *out)
{
	buf_fmt(out, "result      %s\ndomain      ", spf_result_name(v->result));
	buf_printable(out, v->domain, SHOWN);
	buf_str(out, "\naddress     ");
	ip_print(&q->ip, out);
	buf_str(out, "\nbecause     ");
	if (v->mechanism.n > 0) {
		buf_printable(out, v->mechanism, SHOWN);
		buf_str(out, ": ");
	}
	buf_printable(out, v->reason, SHOWN);
	if (v->explanation.n > 0) {
		buf_str(out, "\nexplained   ");
		buf_printable(out, v->explanation, SHOWN);
	}
	buf_fmt(out, "\nlook-ups    %u of %d, %u void of %d\n\n", v->lookups, SPF_LOOKUPS_MAX,
	    v->voids, SPF_VOIDS_MAX);
	for (size_t i = 0; i < v->n_steps; i++) {
		const struct spf_step *s = &v->steps[i];

		if (i + 1 == v->n_steps && v->n_lost > 0) {
			buf_fmt(out, "     ... %zu more steps\n", v->n_lost);
		}
		buf_fmt(
		    out, "%3u  %*s", s->lookups, (int)(2 * s->depth + (s->term.n > 0 ? 2 : 0)), "");
		buf_printable(out, s->term.n > 0 ? s->term : s->domain, SHOWN);
		buf_str(out, "  ");
		buf_printable(out, s->note, SHOWN);
		buf_char(out, '\n');
	}
}

void
spf_render_json(const struct spf_question *q, const struct spf_verdict *v, struct json *j)
{
	struct buf ip;

	buf_init(&ip, 0);
	ip_print(&q->ip, &ip);
	json_open(j, NULL, '{');
	json_str(j, "result", spf_result_name(v->result));
	json_sv(j, "domain", v->domain);
	json_sv(j, "ip", buf_view(&ip));
	json_sv(j, "mechanism", v->mechanism);
	json_sv(j, "reason", v->reason);
	json_sv(j, "explanation", v->explanation);
	json_int(j, "lookups", v->lookups);
	json_int(j, "voids", v->voids);
	json_int(j, "steps_left_out", (int64_t)v->n_lost);
	json_open(j, "steps", '[');
	for (size_t i = 0; i < v->n_steps; i++) {
		json_open(j, NULL, '{');
		json_int(j, "depth", v->steps[i].depth);
		json_sv(j, "domain", v->steps[i].domain);
		json_sv(j, "term", v->steps[i].term);
		json_sv(j, "note", v->steps[i].note);
		json_int(j, "lookups", v->steps[i].lookups);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
	buf_done(&ip);
}
