/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/live/postfix_session.h"
#include "cmd/options.h"
#include "postfix/trial.h"
#include "settings/settings.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: carom postfix check   [OPTIONS]   what is missing or wrong, why, and what to do\n"
    "       carom postfix setup   [OPTIONS]   the settings that Postfix needs; --apply makes them\n"
    "       carom postfix remove  [OPTIONS]   what would be taken out; --apply does it\n\n"
    "  --config-dir DIR      the configuration folder (default: Postfix's own)\n"
    "  --instance NAME       the instance of that name, of postmulti -l\n"
    "  --apply               change main.cf and master.cf, with copies, and reload Postfix\n"
    "  --without-policy      setup: nothing at the door\n"
    "  --without-pacing      setup: no map and no ladder\n"
    "  --try                 check: send test messages through a private queue (needs root)\n"
    "  --config FILE         where carom's sockets and its map are (default "
    "/etc/carom/carom.yaml)\n"
    "  --status-socket PATH  --policy-socket PATH  --map TYPE:PATH   in place of what stands "
    "there\n"
    "  --owner USER          who keeps the map (default carom)\n"
    "  --json                check: as documented in doc/schema/postfix.md\n\n"
    "exit: 0 all is well, or done; 1 something to act on; 2 usage; 4 Postfix could not be asked\n";

/* ---- check ---- */

static void
row_text(struct postfix_session *s, const struct finding_row *f, const struct finding_text *t)
{
	buf_fmt(&s->out, "%-7s %s\n", severity_name(t->severity), t->says);
	buf_fmt(&s->out, "        %s: %s\n", f->about, f->detail[0] == '\0' ? "-" : f->detail);
	buf_fmt(&s->out, "        why  %s\n        do   %s\n\n", t->why, t->does);
}

static void
row_json(struct json *j, const struct finding_row *f, const struct finding_text *t)
{
	json_open(j, NULL, '{');
	json_str(j, "id", check_name(f->id));
	json_str(j, "severity", severity_name(t->severity));
	json_str(j, "about", f->about);
	json_str(j, "detail", f->detail);
	json_str(j, "says", t->says);
	json_str(j, "why", t->why);
	json_str(j, "do", t->does);
	json_close(j, '}');
}

/* The exit code. */
static int
show_checks(struct postfix_session *s, const struct checks *found, const struct check_texts *texts)
{
	struct json j;
	size_t n[SEVERITIES] = { 0 };

	json_init(&j, &s->out, true);
	if (s->args->json) {
		json_open(&j, NULL, '{');
		json_int(&j, "version", 1);
		json_sv(&j, "config_directory", postconf_value(&s->c, "config_directory"));
		json_open(&j, "findings", '[');
	}
	for (size_t i = 0; i < found->n; i++) {
		const struct finding_text *t = &texts->of[found->rows[i].id];

		n[t->severity]++;
		if (s->args->json) {
			row_json(&j, &found->rows[i], t);
		} else {
			row_text(s, &found->rows[i], t);
		}
	}
	if (s->args->json) {
		json_close(&j, ']');
		json_close(&j, '}');
		buf_char(&s->out, '\n');
	} else {
		buf_fmt(&s->out, "%.*s: %zu broken, %zu at risk, %zu to consider, %zu not seen\n",
		    SV_ARG(postconf_value(&s->c, "config_directory")), n[SEVERITY_BROKEN],
		    n[SEVERITY_RISK], n[SEVERITY_ADVICE], n[SEVERITY_UNSEEN]);
	}
	return n[SEVERITY_BROKEN] + n[SEVERITY_RISK] > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

/* Test messages; the exit code. */
static int
run_trial(struct postfix_session *s)
{
	struct trial t;
	struct why why;
	size_t bad = 0;

	if (trial_run(&s->c, &s->args->at, &t, &why) != ERR_OK) {
		cmd_complain("postfix", "%s", why.text);
		return EXIT_BROKEN;
	}
	buf_str(&s->out, "\ntest messages through a private queue:\n");
	for (size_t i = 0; i < t.n; i++) {
		bad += !t.rows[i].fine;
		buf_fmt(&s->out, "%-7s %s%s%s\n", t.rows[i].fine ? "fine" : "broken",
		    t.rows[i].what, t.rows[i].detail[0] == '\0' ? "" : ": ", t.rows[i].detail);
	}
	return bad > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

static int
run_check(struct postfix_session *s)
{
	struct check_texts *texts = NULL;
	struct checks found;
	struct buf path;
	struct why why;
	int code = EXIT_BROKEN;

	buf_init(&path, 8192);
	buf_fmt(&path, "%s/postfix.yaml", s->ctx->share);
	if (check_texts_load(path.p, &texts, &why) != ERR_OK) {
		cmd_complain("postfix", "%s", why.text);
	} else {
		postfix_check(&s->c, &s->args->at, &s->live, &found);
		code = show_checks(s, &found, texts);
		if (s->args->try_it && !s->args->json) {
			int tried = run_trial(s);

			code = tried > code ? tried : code;
		}
		checks_done(&found);
	}
	check_texts_free(&texts);
	buf_done(&path);
	return code;
}

/* ---- the command ---- */

static const struct {
	const char *name;
	int (*run)(struct postfix_session *);
} verbs[] = { { "check", run_check }, { "setup", postfix_setup }, { "remove", postfix_remove } };

static int
run_verb(const struct cmd_context *ctx, struct postfix_args *args, size_t verb)
{
	struct postfix_session s = { .ctx = ctx, .args = args };
	struct why why;
	int code = EXIT_BROKEN;

	buf_init(&s.out, 0);
	live_look(args->at.status_socket, args->at.policy_socket, &s.live);
	if ((args->instance != NULL &&
		instance_find(args->instance, &args->found, &why) != ERR_OK) ||
	    instance_read(args->instance != NULL ? args->found.p : args->folder, &s.c,
		&s.live.map_types, &why) != ERR_OK) {
		cmd_complain("postfix", "%s", why.text);
	} else {
		code = verbs[verb].run(&s);
		if (!cmd_print(&s.out)) {
			code = EXIT_BROKEN;
		}
		postconf_done(&s.c);
	}
	live_done(&s.live);
	buf_done(&s.out);
	return code;
}

/* What no option said is as in carom's settings.  map: holds the text. */
static void
fill_places(struct postfix_args *args, const struct settings *s, struct buf *map)
{
	struct postfix_places *at = &args->at;

	buf_fmt(map, "%s:%s/transport", s->map_type, s->map_dir);
	at->status_socket = at->status_socket == NULL ? s->status_socket : at->status_socket;
	at->policy_socket = at->policy_socket == NULL ? s->policy_socket : at->policy_socket;
	at->map = at->map == NULL ? map->p : at->map;
	args->without_ladder |= !s->pacing;
	if (args->folder == NULL && args->instance == NULL &&
	    strcmp(s->postfix_config, "/etc/postfix") != 0) {
		args->folder = s->postfix_config; /* else Postfix's own default */
	}
}

static int
run_with_settings(const struct cmd_context *ctx, struct postfix_args *args, size_t verb)
{
	struct settings s;
	struct buf map;
	struct why why;
	int code;

	if (settings_load(args->config, &s, &why) != ERR_OK) {
		cmd_complain("postfix", "%s", why.text);
		return EXIT_BROKEN;
	}
	buf_init(&map, 8192);
	buf_init(&args->found, 8192);
	fill_places(args, &s, &map);
	code = run_verb(ctx, args, verb);
	buf_done(&args->found);
	buf_done(&map);
	settings_done(&s);
	return code;
}

int
cmd_postfix(const struct cmd_context *ctx, int argc, char **argv)
{
	struct postfix_args args = { .owner = "carom" };
	const struct cmd_option options[] = {
		{ "config-dir", OPTION_TEXT, &args.folder },
		{ "instance", OPTION_TEXT, &args.instance },
		{ "apply", OPTION_FLAG, &args.apply },
		{ "without-policy", OPTION_FLAG, &args.without_door },
		{ "without-pacing", OPTION_FLAG, &args.without_ladder },
		{ "status-socket", OPTION_TEXT, &args.at.status_socket },
		{ "policy-socket", OPTION_TEXT, &args.at.policy_socket },
		{ "map", OPTION_TEXT, &args.at.map },
		{ "owner", OPTION_TEXT, &args.owner },
		{ "config", OPTION_TEXT, &args.config },
		{ "json", OPTION_FLAG, &args.json },
		{ "try", OPTION_FLAG, &args.try_it },
	};
	struct cmd_words words;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);
	size_t verb = 0;

	if (code >= 0) {
		return code;
	}
	while (words.n == 1 && verb < 3 && strcmp(words.word[0], verbs[verb].name) != 0) {
		verb++;
	}
	if (words.n != 1 || verb == 3 || (args.folder != NULL && args.instance != NULL)) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	return run_with_settings(ctx, &args, verb);
}
