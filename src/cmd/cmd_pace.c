/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "cmd/cmd_store.h"
#include "decide/pace.h"

#include <stdio.h>

static const char help[] =
    "usage: carom pace [--store FILE] [--json]\n\n"
    "How fast mail may go to each provider that ever said \"too fast\", and every step that led "
    "there.\n"
    "exit: 0 none is slowed down; 1 one is; 2 usage; 4 no store\n";

struct one {
	struct stored_decision last;
	unsigned steps;
};

struct paces {
	struct store *s;
	struct map by_provider;
};

void
cmd_level(struct buf *out, double level)
{
	unsigned connections;
	double delay_s;

	pace_limits(level, &connections, &delay_s);
	if (level == 0) {
		buf_str(out, "no limit of carom's");
	} else if (delay_s == 0) {
		buf_fmt(out, "%u connections", connections);
	} else {
		buf_fmt(out, "one delivery at a time, %.0f s between them", delay_s);
	}
}

void
cmd_json_level(struct json *j, const char *name, double level)
{
	unsigned connections;
	double delay_s;

	pace_limits(level, &connections, &delay_s);
	json_open(j, name, '{');
	if (level == 0) {
		json_nothing(j, "connections");
	} else {
		json_int(j, "connections", connections);
	}
	json_num(j, "delay_s", delay_s, 0);
	json_close(j, '}');
}

static bool
collect(void *context, const struct stored_decision *d)
{
	struct paces *p = context;
	struct stored_event e;
	struct one *o;

	if (d->d.kind < DECISION_PACE_DOWN || !store_event_get(p->s, d->event, &e)) {
		return true;
	}
	o = map_put(&p->by_provider, e.provider, NULL);
	o->last = *d;
	o->steps++;
	return true;
}

static void
tell_json(const struct paces *p, struct buf *out)
{
	struct json j;

	json_init(&j, out, false);
	json_open(&j, NULL, '{');
	json_int(&j, "version", 1);
	json_open(&j, "providers", '[');
	for (size_t i = 0; i < p->by_provider.n; i++) {
		const struct one *o = map_at(&p->by_provider, i);
		struct sv name = store_name_text(p->s, (uint32_t)p->by_provider.keys[i]);

		json_open(&j, NULL, '{');
		json_sv(&j, "provider", name);
		cmd_json_level(&j, "pace", o->last.level_after);
		json_str(&j, "last", decision_kind_name(o->last.d.kind));
		cmd_json_time(&j, "since", o->last.d.t_s);
		cmd_json_time(&j, "paused_until", o->last.d.until_s);
		json_sv(&j, "reason", o->last.reason);
		json_int(&j, "decision", (int64_t)o->last.id);
		json_int(&j, "steps", o->steps);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_char(out, '\n');
}

static void
tell_text(const struct paces *p, struct buf *out)
{
	char room[40];

	if (p->by_provider.n == 0) {
		buf_str(out, "no provider was slowed down\n");
	}
	for (size_t i = 0; i < p->by_provider.n; i++) {
		const struct one *o = map_at(&p->by_provider, i);
		struct sv name = store_name_text(p->s, (uint32_t)p->by_provider.keys[i]);

		buf_printable(out, name, 60);
		buf_str(out, "  ");
		cmd_level(out, o->last.level_after);
		buf_fmt(out, " since %s", cmd_time(o->last.d.t_s, room, sizeof(room)));
		if (o->last.d.kind == DECISION_PAUSE) {
			buf_fmt(out, ", paused until %s",
			    cmd_time(o->last.d.until_s, room, sizeof(room)));
		}
		buf_fmt(out, "\n   %.*s; %u steps so far (carom why %llu)\n",
		    SV_ARG(o->last.reason), o->steps, (unsigned long long)o->last.id);
	}
}

static bool
any_slow(const struct paces *p)
{
	for (size_t i = 0; i < p->by_provider.n; i++) {
		const struct one *o = map_at(&p->by_provider, i);

		if (o->last.level_after != 0) {
			return true;
		}
	}
	return false;
}

int
cmd_pace(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct paces p = { NULL, { 0 } };
	struct buf out;
	struct why why;
	int code = cmd_store_args(help, 0, argc, argv, &args);

	(void)ctx;
	if (code >= 0) {
		return code;
	}
	if (args.n_words != 0) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	p.s = cmd_store("pace", args.store, true);
	if (p.s == NULL) {
		return EXIT_BROKEN;
	}
	map_init(&p.by_provider, sizeof(struct one));
	buf_init(&out, 0);
	store_decisions(p.s, 0, collect, &p);
	code = EXIT_BROKEN;
	if (store_trouble(p.s, &why) != ERR_OK) {
		cmd_complain("pace", "%s", why.text);
	} else {
		if (args.json) {
			tell_json(&p, &out);
		} else {
			tell_text(&p, &out);
		}
		code = !cmd_print(&out) ? EXIT_BROKEN : any_slow(&p) ? EXIT_TROUBLE : EXIT_FINE;
	}
	buf_done(&out);
	map_done(&p.by_provider);
	store_close(&p.s);
	return code;
}
