/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd_store.h"
#include "engine/replay.h"

#include <stdio.h>

static const char help[] = "usage: carom replay [--store FILE] --policy FILE [--json]\n\n"
			   "The same history under another policy, beside share/policy.yaml: what "
			   "would have come out differently.\n"
			   "Nothing in the store is changed.\n"
			   "exit: 0 done; 2 usage; 4 nothing could be done\n";

struct side {
	const char *name;
	struct replay_counts counts;
	struct store *end; /* owned */
};

static void
side_json(struct json *j, const struct side *s)
{
	json_open(j, s->name, '{');
	json_int(j, "incidents", (int64_t)s->counts.ingest.incidents);
	json_int(j, "pardoned", (int64_t)s->counts.ingest.pardoned);
	json_open(j, "decisions", '{');
	for (int k = DECISION_SUPPRESS; k <= DECISION_UNSUPPRESS; k++) {
		json_int(j, decision_kind_name((enum decision_kind)k),
		    (int64_t)s->counts.ingest.decisions[k]);
	}
	json_close(j, '}');
	json_open(j, "pace", '{');
	for (int k = PACE_DOWN; k <= PACE_RESUME; k++) {
		json_int(j, pace_kind_name((enum pace_kind)k), (int64_t)s->counts.ingest.paces[k]);
	}
	json_close(j, '}');
	json_open(j, "recipients", '{');
	for (int i = 0; i < RECIPIENT_STATES; i++) {
		json_int(
		    j, recipient_state_name((enum recipient_state)i), (int64_t)s->counts.states[i]);
	}
	json_close(j, '}');
	json_int(j, "attempts_spared", (int64_t)s->counts.spared);
	json_int(j, "mail_missed", (int64_t)s->counts.missed);
	json_close(j, '}');
}

static void
line(struct buf *out, const char *what, uint64_t now, uint64_t then)
{
	buf_fmt(out, "  %-34s %10llu %10llu  %+lld\n", what, (unsigned long long)now,
	    (unsigned long long)then, (long long)(then - now));
}

static void
both_text(struct buf *out, const struct side *s)
{
	const struct replay_counts *a = &s[0].counts;
	const struct replay_counts *b = &s[1].counts;
	char text[64];

	buf_fmt(out, "  %-34s %10s %10s\n", "", s[0].name, s[1].name);
	line(out, "incidents", a->ingest.incidents, b->ingest.incidents);
	for (int k = DECISION_SUPPRESS; k <= DECISION_UNSUPPRESS; k++) {
		(void)snprintf(
		    text, sizeof(text), "decided: %s", decision_kind_name((enum decision_kind)k));
		line(out, text, a->ingest.decisions[k], b->ingest.decisions[k]);
	}
	for (int k = PACE_DOWN; k <= PACE_RESUME; k++) {
		(void)snprintf(
		    text, sizeof(text), "decided: %s", pace_kind_name((enum pace_kind)k));
		line(out, text, a->ingest.paces[k], b->ingest.paces[k]);
	}
	for (int i = 0; i < RECIPIENT_STATES; i++) {
		(void)snprintf(text, sizeof(text), "recipients in the end: %s",
		    recipient_state_name((enum recipient_state)i));
		line(out, text, a->states[i], b->states[i]);
	}
	line(out, "attempts spared", a->spared, b->spared);
	line(out, "mail that would not have arrived", a->missed, b->missed);
}

/* ---- decisions about paces that differ ---- */

#define CHANGES_SHOWN 50

struct changes {
	struct buf rows; /* text or JSON of the first ones */
	struct json j;
	bool json;
	size_t n;
};

static void
change_row(void *context, bool then, struct sv provider, const struct stored_pace *p)
{
	struct changes *c = context;
	char room[40];

	if (c->n++ >= CHANGES_SHOWN) {
		return;
	}
	(void)cmd_time((int64_t)p->d.t_s, room, sizeof(room));
	if (c->json) {
		json_open(&c->j, NULL, '{');
		json_str(&c->j, "only", then ? "then" : "now");
		json_sv(&c->j, "provider", provider);
		json_str(&c->j, "time", room);
		json_str(&c->j, "kind", pace_kind_name(p->d.kind));
		json_sv(&c->j, "reason", p->reason);
		json_open(&c->j, "after", '{');
		json_num(&c->j, "connections", p->d.after.connections, 0);
		json_num(&c->j, "delay_s", p->d.after.delay_s, 3);
		json_close(&c->j, '}');
		json_close(&c->j, '}');
		return;
	}
	buf_fmt(&c->rows, "    %-4s  %s  ", then ? "then" : "now", room);
	buf_printable(&c->rows, provider, 60);
	buf_fmt(&c->rows, "  %s: ", pace_kind_name(p->d.kind));
	cmd_pace_speed(&c->rows, &p->d.after);
	buf_char(&c->rows, '\n');
}

static void
changes_text(struct buf *out, const struct side *s)
{
	struct changes c = { .json = false };
	struct replay_paces n;

	buf_init(&c.rows, 0);
	replay_compare_paces(s[0].end, s[1].end, change_row, &c, &n);
	buf_fmt(out, "\n  pace: %llu decisions are the same, %llu only now, %llu only then%s\n",
	    (unsigned long long)n.same, (unsigned long long)n.only_now,
	    (unsigned long long)n.only_then, n.cut ? " (of the first million)" : "");
	buf_sv(out, buf_view(&c.rows));
	if (c.n > CHANGES_SHOWN) {
		buf_fmt(out, "    and %zu more\n", c.n - CHANGES_SHOWN);
	}
	buf_done(&c.rows);
}

static void
changes_json(struct json *j, const struct side *s)
{
	struct changes c = { .json = true, .j = *j };
	struct replay_paces n;

	json_open(&c.j, "pace_changes", '{');
	json_open(&c.j, "first", '[');
	replay_compare_paces(s[0].end, s[1].end, change_row, &c, &n);
	json_close(&c.j, ']');
	json_int(&c.j, "same", (int64_t)n.same);
	json_int(&c.j, "only_now", (int64_t)n.only_now);
	json_int(&c.j, "only_then", (int64_t)n.only_then);
	json_bool(&c.j, "cut", n.cut);
	json_close(&c.j, '}');
	*j = c.j;
}

static int
compare(const struct cmd_context *ctx, struct store *history, const struct store_args *args)
{
	const char *paths[] = { NULL, args->policy };
	struct side sides[] = { { .name = "now" }, { .name = "then" } };
	struct policies p;
	struct knowledge *k = cmd_knowledge(ctx);
	const struct replay_options opt = { &p, k };
	struct why why;
	struct buf out;
	struct json j;
	enum err e = ERR_OK;

	if (k == NULL) {
		return EXIT_BROKEN;
	}
	for (int i = 0; e == ERR_OK && i < 2; i++) {
		e = cmd_policy(ctx, paths[i], &p, &why);
		e = e == ERR_OK ? replay_run(history, &opt, &sides[i].counts, &sides[i].end, &why)
				: e;
	}
	buf_init(&out, 0);
	if (e != ERR_OK) {
		cmd_complain("replay", "%s", why.text);
	} else if (args->json) {
		json_init(&j, &out, false);
		json_open(&j, NULL, '{');
		json_int(&j, "version", 1);
		side_json(&j, &sides[0]);
		side_json(&j, &sides[1]);
		changes_json(&j, sides);
		json_close(&j, '}');
		buf_char(&out, '\n');
	} else {
		both_text(&out, sides);
		changes_text(&out, sides);
	}
	if (e == ERR_OK && !cmd_print(&out)) {
		e = ERR_IO;
	}
	buf_done(&out);
	knowledge_free(&k);
	store_close(&sides[0].end);
	store_close(&sides[1].end);
	return e == ERR_OK ? EXIT_FINE : EXIT_BROKEN;
}

int
cmd_replay(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct store *s;
	int code = cmd_store_args(help, ALLOW_POLICY, argc, argv, &args);

	if (code >= 0) {
		return code;
	}
	if (args.n_words != 0 || args.policy == NULL) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	s = cmd_store("replay", args.store, true);
	if (s == NULL) {
		return EXIT_BROKEN;
	}
	code = compare(ctx, s, &args);
	store_close(&s);
	return code;
}
