/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/num.h"
#include "cmd/cmd_store.h"
#include "fact/event.h"

#include <stdio.h>

static const char help[] = "usage: carom why [--store FILE] [--json] DECISION-ID\n\n"
			   "The reason of a decision, the evidence, and how to undo it. carom "
			   "recipient ADDRESS lists the ids.\niN, as in [carom:iN] of a log line: "
			   "the incident of a held message.\n"
			   "exit: 0 told; 2 usage; 4 no store, or no such decision\n";

struct evidence {
	struct store *s;
	const struct stored_decision *d;
	struct buf *out;
	struct json *j; /* NULL: text */
};

/* The events of the recipient up to the decision's own: the last few, with their replies. */
static bool
event_row(void *context, const struct stored_event *e)
{
	struct evidence *ev = context;
	char room[40];

	if ((ev->d->event != 0 && e->id > ev->d->event) ||
	    e->t_us / US_PER_SECOND > (int64_t)ev->d->d.t_s) {
		return false;
	}
	(void)cmd_time(e->t_us / US_PER_SECOND, room, sizeof(room));
	if (ev->j != NULL) {
		json_open(ev->j, NULL, '{');
		json_int(ev->j, "event", (int64_t)e->id);
		json_str(ev->j, "time", room);
		json_str(ev->j, "kind", event_kind_name((enum event_kind)e->kind));
		json_sv(ev->j, "rule", store_name_text(ev->s, e->rule));
		json_sv(ev->j, "reply", e->reply);
		json_close(ev->j, '}');
		return true;
	}
	buf_fmt(ev->out, "  %s  %s", room, event_kind_name((enum event_kind)e->kind));
	if (e->rule != 0) {
		buf_fmt(ev->out, "  rule %.*s: ", SV_ARG(store_name_text(ev->s, e->rule)));
		buf_printable(ev->out, e->reply, 200);
	}
	buf_char(ev->out, '\n');
	return true;
}

static void
tell_text(struct store *s, const struct stored_decision *d, struct buf *out)
{
	struct evidence ev = { s, d, out, NULL };
	char room[40];

	buf_fmt(out, "%s  %s: %.*s\n", cmd_time(d->d.t_s, room, sizeof(room)),
	    decision_kind_name(d->d.kind), SV_ARG(d->reason));
	buf_fmt(out, "from %s to %s", recipient_state_name(d->d.before),
	    recipient_state_name(d->d.after));
	if (d->d.until_s != 0) {
		buf_fmt(out, " until %s", cmd_time(d->d.until_s, room, sizeof(room)));
	}
	buf_str(out, "\nbecause of\n");
	store_events(s, d->recipient, event_row, &ev);
	if (d->incident != 0) {
		buf_fmt(out, "  incident %llu (carom incidents %llu)\n",
		    (unsigned long long)d->incident, (unsigned long long)d->incident);
	}
	buf_fmt(out, "undo it with: %s ADDRESS\n", decision_undo(d->d.kind));
}

static void
tell_json(struct store *s, const struct stored_decision *d, struct buf *out)
{
	struct json j;
	struct evidence ev = { s, d, out, &j };

	json_init(&j, out, false);
	json_open(&j, NULL, '{');
	json_int(&j, "version", 1);
	json_int(&j, "id", (int64_t)d->id);
	cmd_json_time(&j, "time", d->d.t_s);
	json_str(&j, "kind", decision_kind_name(d->d.kind));
	json_sv(&j, "reason", d->reason);
	json_str(&j, "before", recipient_state_name(d->d.before));
	json_str(&j, "after", recipient_state_name(d->d.after));
	cmd_json_time(&j, "until", d->d.until_s);
	json_int(&j, "incident", (int64_t)d->incident);
	json_str(&j, "undo", decision_undo(d->d.kind));
	json_open(&j, "evidence", '[');
	store_events(s, d->recipient, event_row, &ev);
	json_close(&j, ']');
	json_close(&j, '}');
	buf_char(out, '\n');
}

/* "[carom:i12]" in a log line: a refusal that was turned into a deferral. */
static int
tell_hold(const struct cmd_context *ctx, const struct store_args *args, uint64_t incident)
{
	char command[] = "incidents";
	char store[] = "--store";
	char json[] = "--json";
	char *argv[] = { command, store, (char *)(uintptr_t)args->store, args->words[0] + 1,
		args->json ? json : NULL, NULL };

	if (incident == 0) {
		(void)printf("held as a precaution: good recipients were called unknown, and the "
			     "cause was not "
			     "clear yet; carom incidents tells what became of it\n");
		return EXIT_FINE;
	}
	if (!args->json) {
		(void)printf(
		    "a refusal of this provider was turned into a deferral during incident %llu:\n",
		    (unsigned long long)incident);
		(void)fflush(stdout);
	}
	return cmd_incidents(ctx, args->json ? 5 : 4, argv);
}

int
cmd_why(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct stored_decision d;
	struct store *s;
	struct buf out;
	struct why why;
	uint64_t id = 0;
	int code = cmd_store_args(help, 0, argc, argv, &args);

	if (code >= 0) {
		return code;
	}
	if (args.n_words == 1 && args.words[0][0] == 'i' &&
	    num_u64(sv_from(args.words[0] + 1), INT64_MAX, &id)) {
		return tell_hold(ctx, &args, id);
	}
	if (args.n_words != 1 || !num_u64(sv_from(args.words[0]), INT64_MAX, &id)) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	s = cmd_store("why", args.store, true);
	if (s == NULL) {
		return EXIT_BROKEN;
	}
	buf_init(&out, 0);
	code = EXIT_BROKEN;
	if (store_decision_get(s, id, &d)) {
		if (args.json) {
			tell_json(s, &d, &out);
		} else {
			tell_text(s, &d, &out);
		}
		code = cmd_print(&out) ? EXIT_FINE : EXIT_BROKEN;
	} else if (store_trouble(s, NULL) == ERR_OK) {
		cmd_complain("why", "there is no decision %s", args.words[0]);
	}
	if (store_trouble(s, &why) != ERR_OK) {
		cmd_complain("why", "%s", why.text);
		code = EXIT_BROKEN;
	}
	buf_done(&out);
	store_close(&s);
	return code;
}
