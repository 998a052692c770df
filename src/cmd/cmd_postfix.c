/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/cmd_store.h"
#include "cmd/options.h"
#include "postfix/instance.h"
#include "postfix/trial.h"

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
    "  --status-socket PATH  default /run/carom/status\n"
    "  --policy-socket PATH  default /run/carom/policy\n"
    "  --map TYPE:PATH       default hash:/var/lib/carom/maps/transport\n"
    "  --owner USER          who keeps the map (default carom)\n"
    "  --json                check: as documented in doc/schema/postfix.md\n\n"
    "exit: 0 all is well, or done; 1 something to act on; 2 usage; 4 Postfix could not be asked\n";

struct postfix_args {
	const char *folder, *instance, *owner;
	struct postfix_places at;
	bool apply, without_door, without_ladder, json, try_it;
	struct buf found; /* owned: the folder */
};

struct session {
	const struct cmd_context *ctx;
	const struct postfix_args *args;
	struct postconf c;
	struct live live;
	struct buf out;
};

/* ---- check ---- */

static void
row_text(struct session *s, const struct finding_row *f, const struct check_text *t)
{
	buf_fmt(&s->out, "%-7s %s\n", check_severity_name(t->severity), t->says);
	buf_fmt(&s->out, "        %s: %s\n", f->about, f->detail[0] == '\0' ? "-" : f->detail);
	buf_fmt(&s->out, "        why  %s\n        do   %s\n\n", t->why, t->does);
}

static void
row_json(struct json *j, const struct finding_row *f, const struct check_text *t)
{
	json_open(j, NULL, '{');
	json_str(j, "id", check_name(f->id));
	json_str(j, "severity", check_severity_name(t->severity));
	json_str(j, "about", f->about);
	json_str(j, "detail", f->detail);
	json_str(j, "says", t->says);
	json_str(j, "why", t->why);
	json_str(j, "do", t->does);
	json_close(j, '}');
}

/* The exit code. */
static int
show_checks(struct session *s, const struct checks *found, const struct check_texts *texts)
{
	struct json j;
	size_t n[CHECK_UNSEEN + 1] = { 0 };

	json_init(&j, &s->out, true);
	if (s->args->json) {
		json_open(&j, NULL, '{');
		json_int(&j, "version", 1);
		json_sv(&j, "config_directory", postconf_value(&s->c, "config_directory"));
		json_open(&j, "findings", '[');
	}
	for (size_t i = 0; i < found->n; i++) {
		const struct check_text *t = &texts->of[found->rows[i].id];

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
		    SV_ARG(postconf_value(&s->c, "config_directory")), n[CHECK_BROKEN],
		    n[CHECK_RISK], n[CHECK_ADVICE], n[CHECK_UNSEEN]);
	}
	return n[CHECK_BROKEN] + n[CHECK_RISK] > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

/* Test messages; the exit code. */
static int
run_trial(struct session *s)
{
	struct trial t;
	struct why why;
	size_t bad = 0;

	if (trial_run(&s->c, &t, &why) != ERR_OK) {
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
run_check(struct session *s)
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

/* ---- setup, remove ---- */

static void
show_row(struct session *s, const struct wanted_row *r)
{
	if (r->value == NULL) {
		buf_fmt(&s->out, "    %s: to be removed\n", r->name);
		return;
	}
	if (r->kind == WANTED_SERVICE) {
		struct sv v = sv_from(r->value);
		struct sv head;

		(void)sv_cut_sv(&v, SV(" -o "), &head);
		buf_fmt(&s->out, "    %.*s\n", SV_ARG(head.n > 0 ? head : v));
		for (struct sv o = v; head.n > 0;) {
			bool more = sv_cut_sv(&o, SV(" -o "), &head);

			buf_fmt(&s->out, "        -o %.*s\n", SV_ARG(more ? head : o));
			head = more ? head : (struct sv){ 0 };
		}
		return;
	}
	buf_fmt(&s->out, "    %s = %s\n", r->name, r->value);
}

static void
show_file(struct session *s, const struct wanted *w, enum wanted_kind kind, const char *name)
{
	const char *last_why = "";
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct wanted_row *r = &w->rows[i];

		if (r->kind != kind || r->state != WANTED_MISSING) {
			continue;
		}
		if (n++ == 0) {
			buf_fmt(&s->out, "%s\n", name);
		}
		if (r->why[0] != '\0' && strcmp(r->why, last_why) != 0 &&
		    strchr(r->name, '-') == NULL) {
			buf_fmt(&s->out, "    # %s\n", r->why);
		}
		last_why = r->why;
		show_row(s, r);
	}
	if (n > 0) {
		buf_char(&s->out, '\n');
	}
}

static size_t
count(const struct wanted *w, enum wanted_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		n += w->rows[i].state == state;
	}
	return n;
}

static void
show_wanted(struct session *s, const struct wanted *w)
{
	show_file(s, w, WANTED_PARAMETER, "main.cf");
	show_file(s, w, WANTED_SERVICE, "master.cf");
	for (size_t i = 0; i < w->n; i++) {
		if (w->rows[i].state == WANTED_CONFLICT) {
			buf_fmt(&s->out, "left alone: %s is %s; carom wants %s\n\n",
			    w->rows[i].name, w->rows[i].present, w->rows[i].value);
		}
	}
}

/* Services in a chroot see another /run: carom has to be told, not Postfix. */
static void
show_chroot(struct session *s)
{
	static const struct sv commands[] = { SV_INIT("smtp"), SV_INIT("smtpd") };
	bool any = false;

	for (size_t i = 0; i < s->c.n_services; i++) {
		for (size_t k = 0; k < 2; k++) {
			any |= sv_eq(s->c.services[i].command, commands[k]) &&
			       s->c.services[i].chroot == 'y';
		}
	}
	if (any) {
		buf_fmt(&s->out,
		    "/etc/carom/carom.yaml\n    postfix_chroot: %.*s\n    # services of this "
		    "Postfix run in a chroot there: carom makes its sockets a second time in "
		    "it\n\n",
		    SV_ARG(postconf_value(&s->c, "queue_directory")));
	}
}

static bool
apply(struct session *s, const struct wanted *w, bool needs_map)
{
	struct buf folder;
	struct buf tag;
	struct why why;
	bool reloaded = false;
	enum err e;

	buf_init(&folder, 8192);
	buf_init(&tag, 64);
	buf_sv(&folder, postconf_value(&s->c, "config_directory"));
	buf_fmt(&tag, "before-carom-%lld", (long long)(s->ctx->now_us / 1000000));
	e = needs_map ? instance_map(folder.p, s->args->at.map, s->args->owner, &why) : ERR_OK;
	if (e == ERR_OK) {
		e = instance_change(folder.p, w, tag.p, &why);
	}
	if (e == ERR_OK) {
		buf_fmt(&s->out, "done; the files as they were: %s/main.cf.%s, master.cf.%s\n",
		    folder.p, tag.p, tag.p);
		e = instance_reload(folder.p, &reloaded, &why);
	}
	if (e == ERR_OK) {
		buf_str(&s->out, reloaded
				     ? "Postfix has read them\n"
				     : "Postfix does not run here; it reads them when it starts\n");
	} else {
		cmd_complain("postfix", "%s", why.text);
	}
	buf_done(&folder);
	buf_done(&tag);
	return e == ERR_OK;
}

static int
finish(struct session *s, const struct wanted *w, bool needs_map, const char *verb)
{
	size_t missing = count(w, WANTED_MISSING);
	size_t conflicts = count(w, WANTED_CONFLICT);
	int code = conflicts > 0 ? EXIT_TROUBLE : EXIT_FINE;

	show_wanted(s, w);
	if (missing == 0) {
		buf_fmt(&s->out, "nothing to change%s\n",
		    conflicts > 0 ? " but what is left alone" : "");
	} else if (s->args->apply) {
		code = apply(s, w, needs_map) ? code : EXIT_BROKEN;
	} else {
		buf_fmt(&s->out, "%zu changes; to make them: carom postfix %s --apply\n", missing,
		    verb);
		code = EXIT_TROUBLE;
	}
	return code;
}

static int
run_setup(struct session *s)
{
	const struct wanted_parts parts = { !s->args->without_door, !s->args->without_ladder };
	struct wanted w;
	int code;

	wanted_setup(&s->c, &s->args->at, &parts, &w);
	show_chroot(s);
	code = finish(s, &w, parts.ladder, "setup");
	wanted_done(&w);
	return code;
}

static int
run_remove(struct session *s)
{
	struct wanted w;
	int code;

	wanted_remove(&s->c, &s->args->at, &w);
	code = finish(s, &w, false, "remove");
	wanted_done(&w);
	return code;
}

/* ---- the command ---- */

static const struct {
	const char *name;
	int (*run)(struct session *);
} verbs[] = { { "check", run_check }, { "setup", run_setup }, { "remove", run_remove } };

static int
run_verb(const struct cmd_context *ctx, struct postfix_args *args, size_t verb)
{
	struct session s = { .ctx = ctx, .args = args };
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

int
cmd_postfix(const struct cmd_context *ctx, int argc, char **argv)
{
	struct postfix_args args = { .owner = "carom",
		.at = { "/run/carom/status", "/run/carom/policy",
		    "hash:/var/lib/carom/maps/transport" } };
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
	buf_init(&args.found, 8192);
	code = run_verb(ctx, &args, verb);
	buf_done(&args.found);
	return code;
}
