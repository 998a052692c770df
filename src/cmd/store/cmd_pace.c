/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/map.h"
#include "base/num.h"
#include "cmd/cmd_store.h"

#include <math.h>
#include <stdio.h>

static const char help[] =
    "usage: carom pace [--store FILE] [--json]                how fast providers are mailed\n"
    "       carom pace [--store FILE] [--json] free PROVIDER  at its ceiling again, by hand\n"
    "       carom pace [--store FILE] [--json] undo ID        the pace before that decision\n\n"
    "A running carom serve obeys within a minute; from there the provider's answers decide as "
    "before.\n"
    "`undo` takes back what `free` did; ID is the number that it printed.\n"
    "exit: 0 done; 1 there is nothing to free or to undo; 2 usage; 4 nothing could be done\n";

/* ---- show ---- */

static bool
keep_pace(void *context, const struct stored_pace *p)
{
	*(struct stored_pace *)map_put(context, p->provider, NULL) = *p;
	return true;
}

static void
pace_text(struct store *s, struct buf *out, const struct stored_pace *p)
{
	char room[40];

	buf_str(out, "   ");
	buf_printable(out, store_name_text(s, p->provider), 60);
	buf_fmt(out, "  %s since %s: ", pace_kind_name(p->d.kind),
	    cmd_time((int64_t)p->d.t_s, room, sizeof(room)));
	cmd_pace_speed(out, &p->d.after);
	if (p->d.until_s > 0) {
		buf_fmt(out, " after a pause until %s",
		    cmd_time((int64_t)p->d.until_s, room, sizeof(room)));
	}
	buf_fmt(out, "  (carom why %llu)\n", (unsigned long long)p->id);
}

void
cmd_paces(struct store *s, struct buf *out, struct json *j)
{
	struct map last;

	map_init(&last, sizeof(struct stored_pace));
	store_paces(s, keep_pace, &last);
	if (j == NULL && last.n > 0) {
		buf_str(out, "pace\n");
	}
	for (size_t i = 0; i < last.n; i++) {
		if (j == NULL) {
			pace_text(s, out, map_at(&last, i));
			continue;
		}
		json_open(j, NULL, '{');
		cmd_json_pace(j, s, map_at(&last, i));
		json_close(j, '}');
	}
	map_done(&last);
}

/* ---- by hand ---- */

struct wish {
	struct sv provider; /* to free; or */
	uint64_t undo;      /* a decision */
	bool found;
	struct stored_pace last; /* of the provider */
	struct store *s;
};

static bool
see_last(void *context, const struct stored_pace *p)
{
	struct wish *w = context;

	if (sv_ieq(store_name_text(w->s, p->provider), w->provider)) {
		w->found = true;
		w->last = *p;
	}
	return true;
}

/* The most connections that the provider states, else those of the policy. */
static double
ceiling(const struct knowledge *k, const struct policies *p, struct sv provider)
{
	const struct provider *known = knowledge_provider_by_id(k, provider);
	double stated = known == NULL ? 0 : (double)knowledge_connections(known);

	return stated >= 1 ? stated : p->pace.ceiling_connections;
}

/* False: what was wished for cannot be, and that is said. */
static bool
decide(struct wish *w, double most, struct stored_pace *out)
{
	bool freed;

	store_paces(w->s, see_last, w);
	freed = w->found && w->last.d.kind == PACE_FREED;
	if (!w->found || (w->undo == 0 && w->last.d.after.connections >= most)) {
		cmd_complain("pace", "%.*s is mailed at its ceiling: there is nothing to free",
		    SV_ARG(w->provider));
		return false;
	}
	if (w->undo != 0 && (!freed || w->last.id != w->undo)) {
		cmd_complain("pace",
		    "decision %llu is not the last one about %.*s, or no person's: only what "
		    "`carom pace free` did last can be undone",
		    (unsigned long long)w->undo, SV_ARG(w->provider));
		return false;
	}
	*out = (struct stored_pace){ .provider = w->last.provider,
		.event = store_last_event(w->s),
		.d = { .kind = w->undo == 0 ? PACE_FREED : PACE_RESTORED,
		    .reason = w->undo == 0 ? "a person freed it" : "a person took that back",
		    .before = w->last.d.after,
		    .after = w->undo == 0 ? (struct pace_speed){ most, 0 } : w->last.d.before } };
	return true;
}

static int
by_hand(const struct cmd_context *ctx, const struct store_args *args, struct wish *w)
{
	struct knowledge *k = cmd_knowledge(ctx);
	struct policies policies;
	struct stored_pace row = { .id = 0 };
	struct stored_pace old;
	struct why why;
	struct buf out;
	struct json j;
	enum err e = k == NULL ? ERR_DATA : cmd_policy(ctx, NULL, &policies, &why);
	bool may = false;

	if (e == ERR_OK) {
		store_begin(w->s);
		if (w->undo != 0 && store_pace_get(w->s, w->undo, &old)) {
			w->provider = store_name_text(w->s, old.provider);
		}
		may = decide(w, ceiling(k, &policies, w->provider), &row);
		row.d.t_s = floor((double)ctx->now_us / 1e6);
		if (may) {
			store_pace_put(w->s, &row);
		}
		e = store_commit(w->s, &why);
	}
	if (e != ERR_OK && k != NULL) {
		cmd_complain("pace", "%s", why.text);
	}
	knowledge_free(&k);
	if (e != ERR_OK || !may) {
		return e != ERR_OK ? EXIT_BROKEN : EXIT_TROUBLE;
	}
	buf_init(&out, 0);
	row.reason = sv_from(row.d.reason);
	if (args->json) {
		json_init(&j, &out, false);
		json_open(&j, NULL, '{');
		cmd_json_pace(&j, w->s, &row);
		json_close(&j, '}');
		buf_char(&out, '\n');
	} else {
		pace_text(w->s, &out, &row);
	}
	e = cmd_print(&out) ? ERR_OK : ERR_IO;
	buf_done(&out);
	return e == ERR_OK ? EXIT_FINE : EXIT_BROKEN;
}

static int
show(const struct store_args *args, struct store *s)
{
	struct buf out;
	struct json j;
	struct why why;
	int code = EXIT_BROKEN;

	buf_init(&out, 0);
	if (args->json) {
		json_init(&j, &out, false);
		json_open(&j, NULL, '{');
		json_int(&j, "version", 1);
		json_open(&j, "pace", '[');
		cmd_paces(s, &out, &j);
		json_close(&j, ']');
		json_close(&j, '}');
		buf_char(&out, '\n');
	} else {
		cmd_paces(s, &out, NULL);
		if (out.n == 0) {
			buf_str(&out, "every provider is mailed at its ceiling\n");
		}
	}
	if (store_trouble(s, &why) != ERR_OK) {
		cmd_complain("pace", "%s", why.text);
	} else if (cmd_print(&out)) {
		code = EXIT_FINE;
	}
	buf_done(&out);
	return code;
}

/* False: the words are none of ours. */
static bool
read_wish(const struct store_args *args, struct wish *w)
{
	struct sv verb = args->n_words == 2 ? sv_from(args->words[0]) : SV("");

	if (sv_eq(verb, SV("free"))) {
		w->provider = sv_from(args->words[1]);
		return w->provider.n > 0;
	}
	if (sv_eq(verb, SV("undo"))) {
		return num_u64(sv_from(args->words[1]), INT64_MAX, &w->undo) && w->undo != 0;
	}
	return args->n_words == 0 ||
	       (args->n_words == 1 && sv_eq(sv_from(args->words[0]), SV("show")));
}

int
cmd_pace(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct wish w = { .undo = 0 };
	int code = cmd_store_args(help, 0, argc, argv, &args);
	bool reads;

	if (code >= 0) {
		return code;
	}
	if (!read_wish(&args, &w)) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	reads = w.provider.n == 0 && w.undo == 0;
	w.s = cmd_store("pace", args.store, reads);
	if (w.s == NULL) {
		return EXIT_BROKEN;
	}
	code = reads ? show(&args, w.s) : by_hand(ctx, &args, &w);
	store_close(&w.s);
	return code;
}
