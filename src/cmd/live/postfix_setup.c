/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/live/postfix_session.h"

static void
show_row(struct postfix_session *s, const struct wanted_row *r)
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
show_file(
    struct postfix_session *s, const struct wanted *w, enum wanted_kind kind, const char *name)
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
show_wanted(struct postfix_session *s, const struct wanted *w)
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
show_chroot(struct postfix_session *s)
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
apply(struct postfix_session *s, const struct wanted *w, bool needs_map)
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
finish(struct postfix_session *s, const struct wanted *w, bool needs_map, const char *verb)
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

int
postfix_setup(struct postfix_session *s)
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

int
postfix_remove(struct postfix_session *s)
{
	struct wanted w;
	int code;

	wanted_remove(&s->c, &s->args->at, &w);
	code = finish(s, &w, false, "remove");
	wanted_done(&w);
	return code;
}
