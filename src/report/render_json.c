/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "classify/classify.h"
#include "report/private.h"
#include "report/render.h"

#define TREND_CELLS 24

static void
time_field(struct json *j, const char *key, int64_t us)
{
	char text[32];

	if (us == TIME_NONE) {
		json_nothing(j, key);
		return;
	}
	civil_print(us, text, sizeof(text));
	json_str(j, key, text);
}

static void
share_field(struct json *j, const char *key, const struct share *s)
{
	json_open(j, key, '{');
	json_int(j, "count", (int64_t)s->k);
	json_int(j, "of", (int64_t)s->n);
	json_num(j, "value", s->value, 6);
	json_num(j, "low", s->low, 6);
	json_num(j, "high", s->high, 6);
	json_close(j, '}');
}

static void
counts(struct json *j, const struct group *g)
{
	json_int(j, "messages", (int64_t)g->messages);
	json_int(j, "attempts", (int64_t)g->attempts);
	json_int(j, "accepted", (int64_t)g->accepted);
	json_int(j, "deferred", (int64_t)g->deferred);
	json_int(j, "rejected", (int64_t)g->rejected);
	json_int(j, "returned_later", (int64_t)g->returned);
	json_int(j, "expired", (int64_t)g->expired);
	json_int(j, "suspended", (int64_t)g->suspended);
	json_int(j, "held_by_carom", (int64_t)g->ours);
}

/* Where in the conversation it went wrong; "none": before there was one, or without a host. */
static void
stages_field(struct json *j, const struct group *g)
{
	json_open(j, "stages", '{');
	for (unsigned i = 0; i <= STAGE_QUIT; i++) {
		if (g->deferred_at[i] + g->rejected_at[i] == 0) {
			continue;
		}
		json_open(j, i == STAGE_NONE ? "none" : smtp_stage_name((enum smtp_stage)i), '{');
		json_int(j, "deferred", (int64_t)g->deferred_at[i]);
		json_int(j, "rejected", (int64_t)g->rejected_at[i]);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void
trend_field(const struct render *r, struct json *j, const struct trend *t)
{
	uint64_t cells[TREND_CELLS];

	trend_counts(t, tally_first_us(r->tally), tally_last_us(r->tally), TREND_CELLS, cells);
	json_open(j, "trend", '[');
	for (unsigned i = 0; i < TREND_CELLS; i++) {
		json_int(j, NULL, (int64_t)cells[i]);
	}
	json_close(j, ']');
}

static void
reason_json(const struct render *r, struct json *j, const struct reason_row *x)
{
	json_open(j, NULL, '{');
	json_str(j, "cause", x->cause->name);
	json_str(j, "rule", x->rule == NULL ? NULL : x->rule->id);
	json_str(j, "fault", fault_name(x->verdict.fault));
	json_str(j, "lasting", lasting_name(x->verdict.lasting));
	json_str(j, "action", x->verdict.action);
	json_bool(j, "suppress", x->verdict.suppress);
	json_bool(j, "code_disagrees", x->verdict.disagrees);
	json_bool(j, "may_be_false", (x->verdict.quirks & QUIRK_MAY_BE_FALSE) != 0);
	json_int(j, "count", (int64_t)x->n);
	json_int(j, "rejected", (int64_t)x->rejected);
	json_int(j, "deferred", (int64_t)x->deferred);
	time_field(j, "first", x->trend.first_us);
	time_field(j, "last", x->trend.last_us);
	trend_field(r, j, &x->trend);
	json_str(j, "means", x->says);
	json_str(j, "do", verdict_does(&x->verdict));
	json_str(j, "sample", x->sample);
	json_str(j, "host", x->host);
	json_close(j, '}');
}

static void
doubts_json(const struct render *r, struct json *j, const struct group *g)
{
	struct buf b;

	json_open(j, "doubt", '{');
	json_int(j, "refused_as_gone", (int64_t)g->unknown);
	json_int(j, "accepted_before", (int64_t)g->doubts);
	json_int(j, "accepted_again", (int64_t)g->came_back);
	json_open(j, "recipients", '[');
	buf_init(&b, 0);
	for (size_t i = 0; i < g->n_doubt_list; i++) {
		buf_clear(&b);
		if (r->addresses) {
			buf_str(&b, g->doubt_list[i]);
		} else {
			address_mask(sv_from(g->doubt_list[i]), &b);
		}
		json_sv(j, NULL, buf_view(&b));
	}
	buf_done(&b);
	json_close(j, ']');
	json_close(j, '}');
}

static void
group_json(const struct render *r, struct json *j, const struct group *g)
{
	struct share mine = group_refused(g);
	struct share others = others_refused(r->tally, g);

	json_open(j, NULL, '{');
	json_str(j, "name", g->name);
	json_str(j, "provider", g->provider == NULL ? NULL : g->provider->id);
	json_bool(j, "local", g->local);
	counts(j, g);
	stages_field(j, g);
	share_field(j, "refused", &mine);
	share_field(j, "others_refused", &others);
	json_bool(j, "disproportionate", group_disproportionate(r->tally, g));
	json_open(j, "delay_s", '{');
	json_num(j, "p50", (double)histogram_at(&g->delay, 500) / 1e6, 3);
	json_num(j, "p90", (double)histogram_at(&g->delay, 900) / 1e6, 3);
	json_num(j, "p99", (double)histogram_at(&g->delay, 990) / 1e6, 3);
	json_close(j, '}');
	json_num(j, "retries_per_delivered",
	    g->accepted == 0 ? 0.0 : (double)g->retries / (double)g->accepted, 4);
	doubts_json(r, j, g);
	json_open(j, "reasons", '[');
	for (size_t i = 0; i < g->n_reasons; i++) {
		reason_json(r, j, &g->reasons[i]);
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
templates_json(const struct render *r, struct json *j)
{
	size_t n;
	const struct template_row *rows = tally_templates(r->tally, &n);
	struct buf b;

	buf_init(&b, 0);
	json_open(j, "unknown_replies", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		json_int(j, "count", (int64_t)rows[i].n);
		json_bool(j, "known_by_code", rows[i].by_code);
		json_str(j, "shape", rows[i].shape);
		json_str(j, "host", rows[i].host);
		json_str(j, "group", rows[i].group->name);
		json_close(j, '}');
	}
	json_close(j, ']');
	buf_done(&b);
}

void
render_json(const struct render *r, struct buf *out)
{
	size_t n;
	struct group *const *groups = tally_groups(r->tally, &n);
	struct tally_limits limits = tally_limits(r->tally);
	struct json j;

	json_init(&j, out, true);
	json_open(&j, NULL, '{');
	json_str(&j, "schema", "carom.analyze/1");
	time_field(&j, "first", tally_first_us(r->tally));
	time_field(&j, "last", tally_last_us(r->tally));
	json_open(&j, "total", '{');
	counts(&j, tally_total(r->tally));
	json_close(&j, '}');
	json_open(&j, "providers", '[');
	for (size_t i = 0; i < n; i++) {
		bool any = groups[i]->attempts + groups[i]->suspended + groups[i]->expired > 0;

		if (any && (r->only == NULL || strcmp(r->only, groups[i]->name) == 0)) {
			group_json(r, &j, groups[i]);
		}
	}
	json_close(&j, ']');
	templates_json(r, &j);
	json_open(&j, "input", '{');
	for (size_t i = 0; i < r->n_notes; i++) {
		if (r->notes[i].text == NULL) {
			json_int(&j, r->notes[i].name, (int64_t)r->notes[i].n);
		}
	}
	json_int(&j, "groups over the limit", (int64_t)limits.groups_lost);
	json_int(&j, "unknown replies over the limit", (int64_t)limits.templates_lost);
	json_int(&j, "recipients forgotten", (int64_t)limits.recipients_forgotten);
	json_open(&j, "problems", '[');
	for (size_t i = 0; i < r->n_notes; i++) {
		if (r->notes[i].text != NULL) {
			json_open(&j, NULL, '{');
			json_str(&j, "what", r->notes[i].name);
			json_str(&j, "text", r->notes[i].text);
			json_close(&j, '}');
		}
	}
	json_close(&j, ']');
	json_close(&j, '}');
	json_close(&j, '}');
	buf_char(out, '\n');
}
