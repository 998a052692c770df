/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/num.h"
#include "cmd/cmd_store.h"
#include "cmd/store/incident_story.h"

#include <math.h>
#include <stdio.h>

#define MARGIN_MOST 1e6 /* stores of before have more, for "nothing else explains it" */

static const char help[] =
    "usage: carom incidents [--store FILE] [--json] [ID]\n\n"
    "What was noticed: since when, at which provider, the cause, how sure, and who was pardoned;\n"
    "of the incident ID also the evidence, whose mail it touches, and what was done.\n"
    "exit: 0 nothing is open; 1 an incident is open; 2 usage; 4 no store, or no such incident\n";

struct list {
	struct store *s;
	struct buf out;
	struct json j;
	bool json;
	uint64_t only; /* 0: all */
	size_t n, n_open;
	struct stored_incident found; /* the one that was asked for */
};

static int64_t
seconds(int64_t us)
{
	return us / US_PER_SECOND;
}

static void
row_json(struct list *l, const struct stored_incident *i, const struct incident_story *story)
{
	struct json *j = &l->j;

	json_open(j, NULL, '{');
	json_int(j, "id", (int64_t)i->id);
	json_sv(j, "provider", store_name_text(l->s, i->provider));
	json_sv(j, "cause", store_name_text(l->s, i->cause));
	json_sv(j, "scope", store_name_text(l->s, i->scope));
	if (i->who == 0) {
		json_nothing(j, "who");
	} else {
		json_sv(j, "who", store_name_text(l->s, i->who));
	}
	cmd_json_time(j, "began", seconds(i->began_us));
	cmd_json_time(j, "noticed", seconds(i->opened_us));
	cmd_json_time(j, "ended", seconds(i->ended_us));
	cmd_json_time(j, "closed", seconds(i->closed_us));
	json_num(j, "severity", i->severity, 3);
	json_num(j, "margin", fmin(i->margin, MARGIN_MOST), 1);
	json_bool(j, "held", i->held != 0);
	json_bool(j, "retracted", i->retracted != 0);
	json_int(j, "refusals", i->refusals);
	json_int(j, "pardoned", i->pardoned);
	if (story != NULL) {
		incident_story_json(story, j);
	}
	json_close(j, '}');
}

static const char *
in_words(struct sv cause)
{
	static const struct {
		struct sv cause;
		const char *words;
	} all[] = {
		{ SV_INIT("false_unknown"),
		    "good recipients are called unknown; do not believe it" },
		{ SV_INIT("outage"), "the provider has trouble of its own; let the queue retry" },
		{ SV_INIT("own_fault"), "no network at many providers at once: look at our own "
					"lines, DNS and firewall" },
		{ SV_INIT("throttle"), "slow down at this provider" },
		{ SV_INIT("sender_block"),
		    "this sender is blocked; see who and why in carom analyze" },
		{ SV_INIT("authentication"), "the provider does not believe who sends: see SPF, "
					     "DKIM and DMARC with carom audit" },
		{ SV_INIT("sender_temp"), "temporary refusals for one sender only" },
		{ SV_INIT("bad_list"), "a list of bad addresses is being mailed" },
		{ SV_INIT("migration_or_purge"),
		    "a provider migration or purge: who is refused is gone for good" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (sv_eq(cause, all[i].cause)) {
			return all[i].words;
		}
	}
	return "";
}

static void
row_text(struct list *l, const struct stored_incident *i, const struct incident_story *story)
{
	char began[40];
	char ended[40];
	struct sv cause = store_name_text(l->s, i->cause);

	buf_fmt(&l->out, "%llu  ", (unsigned long long)i->id);
	buf_printable(&l->out, store_name_text(l->s, i->provider), 60);
	buf_fmt(&l->out, "  %.*s  %s to %s%s\n", SV_ARG(cause),
	    cmd_time(seconds(i->began_us), began, sizeof(began)),
	    i->closed_us == 0 ? "now" : cmd_time(seconds(i->ended_us), ended, sizeof(ended)),
	    i->retracted == 0                        ? ""
	    : sv_eq(cause, SV("migration_or_purge")) ? "  (its refusals are true)"
						     : "  (taken back: it was none)");
	buf_fmt(&l->out, "   %s\n", in_words(cause));
	if (i->who != 0) {
		buf_fmt(&l->out, "   %s %.*s ",
		    sv_eq(cause, SV("migration_or_purge")) ? "moved to" : "only",
		    SV_ARG(store_name_text(l->s, i->scope)));
		buf_printable(&l->out, store_name_text(l->s, i->who), 100);
		buf_char(&l->out, '\n');
	}
	buf_fmt(&l->out, "   %.0f %% of the attempts failed; the cause leads the next by %.1f nats",
	    100.0 * i->severity, fmin(i->margin, MARGIN_MOST));
	if (i->refusals > 0) {
		buf_fmt(&l->out, "\n   %u refusals of recipients, %u of them pardoned", i->refusals,
		    i->pardoned);
	}
	buf_char(&l->out, '\n');
	if (story != NULL) {
		incident_story_text(story, &l->out);
	}
	buf_char(&l->out, '\n');
}

static bool
row(void *context, const struct stored_incident *i)
{
	struct list *l = context;

	if (l->only != 0 && i->id != l->only) {
		return true;
	}
	l->n++;
	l->n_open += i->closed_us == 0;
	if (l->only != 0) {
		l->found = *i;
	} else if (l->json) {
		row_json(l, i, NULL);
	} else {
		row_text(l, i, NULL);
	}
	return true;
}

static void
show_one(struct list *l)
{
	struct incident_story story;

	incident_story_read(l->s, &l->found, &story);
	if (l->json) {
		row_json(l, &l->found, &story);
	} else {
		row_text(l, &l->found, &story);
	}
	incident_story_done(&story);
}

static int
show(const struct store_args *args, struct list *l)
{
	struct why why;
	int code = EXIT_BROKEN;

	json_init(&l->j, &l->out, false);
	if (l->json) {
		json_open(&l->j, NULL, '{');
		json_int(&l->j, "version", 1);
		json_open(&l->j, "incidents", '[');
	}
	store_incidents(l->s, row, l);
	if (l->only != 0 && l->n > 0) {
		show_one(l);
	}
	if (l->json) {
		json_close(&l->j, ']');
		json_open(&l->j, "pace", '[');
		cmd_paces(l->s, &l->out, &l->j);
		json_close(&l->j, ']');
		json_close(&l->j, '}');
		buf_char(&l->out, '\n');
	} else {
		if (l->n == 0 && l->only == 0) {
			buf_str(&l->out, "no incident was noticed\n");
		}
		cmd_paces(l->s, &l->out, NULL);
	}
	if (store_trouble(l->s, &why) != ERR_OK) {
		cmd_complain("incidents", "%s", why.text);
	} else if (l->only != 0 && l->n == 0) {
		cmd_complain("incidents", "there is no incident %s", args->words[0]);
	} else if (cmd_print(&l->out)) {
		code = l->n_open > 0 ? EXIT_TROUBLE : EXIT_FINE;
	}
	return code;
}

int
cmd_incidents(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct list l = { .n = 0 };
	int code = cmd_store_args(help, 0, argc, argv, &args);

	(void)ctx;
	if (code >= 0) {
		return code;
	}
	if (args.n_words > 1 ||
	    (args.n_words == 1 &&
		(!num_u64(sv_from(args.words[0]), INT64_MAX, &l.only) || l.only == 0))) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	l.s = cmd_store("incidents", args.store, true);
	if (l.s == NULL) {
		return EXIT_BROKEN;
	}
	l.json = args.json;
	buf_init(&l.out, 0);
	code = show(&args, &l);
	buf_done(&l.out);
	store_close(&l.s);
	return code;
}
