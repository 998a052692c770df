/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/num.h"
#include "cmd/cmd_store.h"
#include "fact/event.h"

#include <stdio.h>

static const char help[] =
    "usage: carom why [--store FILE] [--json] DECISION-ID\n\n"
    "The reason of a decision, the evidence, and how to undo it. carom "
    "recipient ADDRESS and carom incidents list the ids.\niN, as in [carom:iN] of a "
    "log line: the incident of a held message.\n"
    "exit: 0 told; 2 usage; 4 no store, or no such decision\n";

struct evidence {
	struct store *s;
	const struct stored_decision *d;
	struct buf *out;
	struct json *j; /* NULL: text */
};

/* An event with its reply. */
static void
tell_event(struct evidence *ev, const struct stored_event *e)
{
	char room[40];

	(void)cmd_time(e->t_us / US_PER_SECOND, room, sizeof(room));
	if (ev->j != NULL) {
		json_open(ev->j, NULL, '{');
		json_int(ev->j, "event", (int64_t)e->id);
		json_str(ev->j, "time", room);
		json_str(ev->j, "kind", event_kind_name((enum event_kind)e->kind));
		json_sv(ev->j, "rule", store_name_text(ev->s, e->rule));
		json_sv(ev->j, "reply", e->reply);
		json_close(ev->j, '}');
		return;
	}
	buf_fmt(ev->out, "  %s  %s", room, event_kind_name((enum event_kind)e->kind));
	if (e->rule != 0) {
		buf_fmt(ev->out, "  rule %.*s: ", SV_ARG(store_name_text(ev->s, e->rule)));
		buf_printable(ev->out, e->reply, 200);
	}
	buf_char(ev->out, '\n');
}

/* The events of the recipient up to the decision's own. */
static bool
event_row(void *context, const struct stored_event *e)
{
	struct evidence *ev = context;

	if ((ev->d->event != 0 && e->id > ev->d->event) ||
	    e->t_us / US_PER_SECOND > (int64_t)ev->d->d.t_s) {
		return false;
	}
	tell_event(ev, e);
	return true;
}

/* A store of hashes does not know the address. */
static void
tell_undo(struct store *s, const struct stored_decision *d, struct buf *out)
{
	struct buf address;

	buf_init(&address, 0);
	buf_fmt(out, "undo it with: %s ", decision_undo(d->d.kind));
	if (store_recipient_address(s, d->recipient, &address)) {
		buf_printable(out, buf_view(&address), 320);
	} else {
		buf_str(out, "ADDRESS");
	}
	buf_char(out, '\n');
	buf_done(&address);
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
	tell_undo(s, d, out);
}

static void
json_address(struct json *j, struct store *s, uint64_t recipient)
{
	struct buf address;

	buf_init(&address, 0);
	if (store_recipient_address(s, recipient, &address)) {
		json_sv(j, "address", buf_view(&address));
	} else {
		json_nothing(j, "address");
	}
	buf_done(&address);
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
	json_address(&j, s, d->recipient);
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

/* ---- of a pace ---- */

/* The last answer that counted, with its reply. */
static bool
pace_event_row(void *context, const struct stored_event *e)
{
	struct evidence *ev = context;

	if (e->id != ev->d->event) {
		return true;
	}
	tell_event(ev, e);
	return false;
}

static void
pace_evidence(struct evidence *ev, uint64_t event)
{
	struct stored_event e;

	if (event != 0 && store_event_get(ev->s, event, &e)) { /* its texts live in a row only */
		store_events(ev->s, e.recipient, pace_event_row, ev);
	}
}

static void
pace_text(struct store *s, const struct stored_pace *p, struct buf *out)
{
	struct evidence ev = { s, &(struct stored_decision){ .event = p->event }, out, NULL };
	char room[40];

	buf_fmt(out, "%s  %s at ", cmd_time((int64_t)p->d.t_s, room, sizeof(room)),
	    pace_kind_name(p->d.kind));
	buf_printable(out, store_name_text(s, p->provider), 60);
	buf_fmt(out, ": %.*s\nfrom ", SV_ARG(p->reason));
	cmd_pace_speed(out, &p->d.before);
	buf_str(out, " to ");
	cmd_pace_speed(out, &p->d.after);
	if (p->d.until_s > 0) {
		buf_fmt(out, ", nothing at all until %s",
		    cmd_time((int64_t)p->d.until_s, room, sizeof(room)));
	}
	buf_str(out, "\nbecause of\n");
	if (p->d.kind == PACE_UP || p->d.kind == PACE_RESUME) {
		buf_fmt(
		    out, "  %.0f mails that were accepted since the last change\n", p->d.attempts);
	} else {
		buf_fmt(
		    out, "  %.0f attempts, %.0f of them refused\n", p->d.attempts, p->d.throttled);
	}
	pace_evidence(&ev, stored_pace_by_hand(p) ? 0 : p->event);
	if (p->d.incident != 0) {
		buf_fmt(out, "  incident %llu (carom incidents %llu)\n",
		    (unsigned long long)p->d.incident, (unsigned long long)p->d.incident);
	}
	buf_fmt(out, "undo: %s\n", pace_undo(p->d.kind));
}

static void
pace_json(struct store *s, const struct stored_pace *p, struct buf *out)
{
	struct json j;
	struct evidence ev = { s, &(struct stored_decision){ .event = p->event }, out, &j };

	json_init(&j, out, false);
	json_open(&j, NULL, '{');
	json_int(&j, "version", 1);
	cmd_json_pace(&j, s, p);
	json_open(&j, "evidence", '[');
	pace_evidence(&ev, stored_pace_by_hand(p) ? 0 : p->event);
	json_close(&j, ']');
	json_close(&j, '}');
	buf_char(out, '\n');
}

/* False: there is no such decision. */
static bool
tell(struct store *s, uint64_t id, bool as_json, struct buf *out)
{
	struct stored_decision d;
	struct stored_pace p;

	if (store_decision_get(s, id, &d)) {
		if (as_json) {
			tell_json(s, &d, out);
		} else {
			tell_text(s, &d, out);
		}
		return true;
	}
	if (store_pace_get(s, id, &p)) {
		if (as_json) {
			pace_json(s, &p, out);
		} else {
			pace_text(s, &p, out);
		}
		return true;
	}
	return false;
}

int
cmd_why(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
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
	if (tell(s, id, args.json, &out)) {
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
