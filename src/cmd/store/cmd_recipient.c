/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cmd/cmd_store.h"
#include "fact/event.h"

#include <stdio.h>

static const char help[] =
    "usage: carom recipient [--store FILE] [--json] ADDRESS\n\n"
    "All that is known of an address: its state and why, what it answered, what was decided.\n"
    "exit: 0 it may be mailed; 1 it is resting or suppressed; 2 usage; 4 no store, or it is not "
    "known\n";

struct story {
	struct store *s;
	struct buf out;
	struct json j;
	bool json;
};

static bool
event_row(void *context, const struct stored_event *e)
{
	struct story *st = context;
	char room[40];
	const char *t = cmd_time(e->t_us / US_PER_SECOND, room, sizeof(room));
	const char *kind = event_kind_name((enum event_kind)e->kind);

	if (st->json) {
		json_open(&st->j, NULL, '{');
		json_int(&st->j, "id", (int64_t)e->id);
		json_str(&st->j, "time", t);
		json_str(&st->j, "kind", kind);
		json_sv(&st->j, "provider", store_name_text(st->s, e->provider));
		json_sv(&st->j, "sender", store_name_text(st->s, e->sender));
		json_sv(&st->j, "queue_id", e->queue_id);
		json_sv(&st->j, "cause", store_name_text(st->s, e->cause));
		json_sv(&st->j, "rule", store_name_text(st->s, e->rule));
		json_sv(&st->j, "reply", e->reply);
		json_close(&st->j, '}');
		return true;
	}
	buf_fmt(&st->out, "  %s  %-8s  %.*s", t, kind, SV_ARG(e->queue_id));
	if (e->cause != 0) {
		buf_fmt(&st->out, "  %.*s: ", SV_ARG(store_name_text(st->s, e->cause)));
		buf_printable(&st->out, e->reply, 160);
	}
	buf_char(&st->out, '\n');
	return true;
}

static bool
decision_row(void *context, const struct stored_decision *d)
{
	struct story *st = context;
	char room[40];
	const char *t = cmd_time(d->d.t_s, room, sizeof(room));

	if (st->json) {
		json_open(&st->j, NULL, '{');
		json_int(&st->j, "id", (int64_t)d->id);
		json_str(&st->j, "time", t);
		json_str(&st->j, "kind", decision_kind_name(d->d.kind));
		json_sv(&st->j, "reason", d->reason);
		json_close(&st->j, '}');
		return true;
	}
	buf_fmt(&st->out, "  %s  %s: %.*s  (carom why %llu)\n", t, decision_kind_name(d->d.kind),
	    SV_ARG(d->reason), (unsigned long long)d->id);
	return true;
}

static void
head_json(struct story *st, const char *address, const struct memory *m, enum recipient_state state)
{
	static const char *const runs[REFUSAL_KINDS] = { "gone", "full", "soft" };

	json_open(&st->j, NULL, '{');
	json_int(&st->j, "version", 1);
	json_str(&st->j, "address", address);
	json_str(&st->j, "state", recipient_state_name(state));
	cmd_json_time(&st->j, "since", m->since_s);
	cmd_json_time(&st->j, "until", m->until_s);
	cmd_json_time(&st->j, "accepted", m->run.accepted_s);
	cmd_json_time(&st->j, "complained", m->complained_s);
	cmd_json_time(&st->j, "unsubscribed", m->unsubscribed_s);
	json_open(&st->j, "refused", '{');
	for (int i = 0; i < REFUSAL_KINDS; i++) {
		json_open(&st->j, runs[i], '{');
		json_int(&st->j, "count", m->run.counts[i]);
		cmd_json_time(&st->j, "first", m->run.runs[i].first_s);
		cmd_json_time(&st->j, "last", m->run.runs[i].last_s);
		json_close(&st->j, '}');
	}
	json_close(&st->j, '}');
}

static void
head_text(struct story *st, const char *address, const struct memory *m, enum recipient_state state)
{
	char room[40];

	buf_printable(&st->out, sv_from(address), 0);
	buf_fmt(&st->out, " is %s", recipient_state_name(state));
	if (m->since_s != 0 && state == m->state) {
		buf_fmt(&st->out, " since %s", cmd_time(m->since_s, room, sizeof(room)));
	}
	if (m->until_s != 0 && state == m->state) {
		buf_fmt(&st->out, " until %s", cmd_time(m->until_s, room, sizeof(room)));
	}
	buf_fmt(&st->out, "; it %s%s\n",
	    m->run.accepted_s == 0 ? "never accepted mail, as far as known" : "last accepted mail ",
	    cmd_time(m->run.accepted_s, room, sizeof(room)));
	if (m->complained_s != 0) {
		buf_fmt(
		    &st->out, "it complained %s\n", cmd_time(m->complained_s, room, sizeof(room)));
	}
	if (m->unsubscribed_s != 0) {
		buf_fmt(&st->out, "it unsubscribed %s\n",
		    cmd_time(m->unsubscribed_s, room, sizeof(room)));
	}
}

static void
tell(struct story *st, const char *address, const struct memory *m, enum recipient_state state)
{
	json_init(&st->j, &st->out, false);
	if (st->json) {
		head_json(st, address, m, state);
		json_open(&st->j, "decisions", '[');
		store_decisions(st->s, m->run.hash, decision_row, st);
		json_close(&st->j, ']');
		json_open(&st->j, "events", '[');
		store_events(st->s, m->run.hash, event_row, st);
		json_close(&st->j, ']');
		json_close(&st->j, '}');
		buf_char(&st->out, '\n');
		return;
	}
	head_text(st, address, m, state);
	buf_str(&st->out, "decided\n");
	store_decisions(st->s, m->run.hash, decision_row, st);
	buf_str(&st->out, "happened\n");
	store_events(st->s, m->run.hash, event_row, st);
}

int
cmd_recipient(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct story st = { .json = false };
	struct memory m;
	struct why why;
	enum recipient_state state;
	int code = cmd_store_args(help, 0, argc, argv, &args);

	if (code >= 0) {
		return code;
	}
	if (args.n_words != 1) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	st.s = cmd_store("recipient", args.store, true);
	if (st.s == NULL) {
		return EXIT_BROKEN;
	}
	st.json = args.json;
	buf_init(&st.out, 0);
	if (!store_recipient_get(st.s, store_hash(st.s, sv_from(args.words[0])), &m)) {
		cmd_complain("recipient", "%s: nothing is known of it", args.words[0]);
		code = EXIT_BROKEN;
	} else {
		state = decide_state_at(&m, (double)ctx->now_us / 1e6);
		tell(&st, args.words[0], &m, state);
		code = state == RECIPIENT_RESTING || state == RECIPIENT_SUPPRESSED ? EXIT_TROUBLE
										   : EXIT_FINE;
		code = cmd_print(&st.out) ? code : EXIT_BROKEN;
	}
	if (store_trouble(st.s, &why) != ERR_OK) {
		cmd_complain("recipient", "%s", why.text);
		code = EXIT_BROKEN;
	}
	buf_done(&st.out);
	store_close(&st.s);
	return code;
}
