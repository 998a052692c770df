/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/file.h"
#include "bounce/private.h"
#include "knowledge/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FORM_FILE_MAX  ((size_t)1024 * 1024)
#define FORM_BYTES_MAX ((size_t)16 * 1024 * 1024)

const char *
bounce_kind_name(enum bounce_kind k)
{
	static const char *const names[] = { "other", "bounce", "complaint", "auto_reply", "delay",
		"report" };

	return names[k];
}

/* ---- reading one file ---- */

struct loading {
	struct bounce_forms *f;
	struct yaml *y;
	struct form *form;
};

static bool
read_text(void *context, struct fy_node *n, void *field)
{
	return yaml_string(((struct loading *)context)->y, n, field);
}

static bool
read_remark(void *context, struct fy_node *n, void *field)
{
	const char *remark;

	(void)field;
	return yaml_string(((struct loading *)context)->y, n, &remark);
}

static bool
read_sources(void *context, struct fy_node *n, void *field)
{
	const char **list;
	size_t count;

	(void)field;
	return yaml_strings(((struct loading *)context)->y, n, 1, &list, &count);
}

static bool
read_flag(void *context, struct fy_node *n, void *field)
{
	return yaml_bool(((struct loading *)context)->y, n, field);
}

static bool
read_kind(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	for (enum bounce_kind k = BOUNCE_OTHER; k <= BOUNCE_REPORT; k++) {
		if (sv_eq(s, sv_from(bounce_kind_name(k)))) {
			*(enum bounce_kind *)field = k;
			return true;
		}
	}
	return yaml_fail(l->y, n, "expected bounce, complaint, auto_reply, delay, report or other");
}

static bool
add_phrases(struct loading *l, struct fy_node *n, enum phrase_use use)
{
	struct bounce_forms *f = l->f;
	const char **list;
	size_t count;

	if (!yaml_strings(l->y, n, 1, &list, &count)) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct match_error error;
		struct sv text = sv_from(list[i]);

		if (!match_set_add_literal(f->set, text, false, &error)) {
			return yaml_fail(l->y, n, "%s", error.text);
		}
		if (f->n_phrases == f->room_phrases) {
			f->room_phrases = f->room_phrases == 0 ? 256 : f->room_phrases * 2;
			f->phrases = mem_grow(f->phrases, f->room_phrases, sizeof(*f->phrases));
		}
		f->phrases[f->n_phrases++] = (struct phrase){ l->form->index, use, text.n };
	}
	return true;
}

static bool
read_when(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return add_phrases(context, n, PHRASE_WHEN);
}

static bool
read_delay(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return add_phrases(context, n, PHRASE_DELAY);
}

static bool
read_daemon(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return add_phrases(context, n, PHRASE_DAEMON);
}

static bool
read_lines(void *context, struct fy_node *n, void *object)
{
	struct form *form = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &form->lines, &form->n_lines);
}

static bool
read_end(void *context, struct fy_node *n, void *object)
{
	struct form *form = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &form->end, &form->n_end);
}

static bool
read_begin(void *context, struct fy_node *n, void *object)
{
	struct form *form = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &form->begin, &form->n_begin);
}

static bool
read_until(void *context, struct fy_node *n, void *object)
{
	struct form *form = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &form->until, &form->n_until);
}

static bool
read_answer(void *context, struct fy_node *n, void *object)
{
	struct form *form = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &form->answer, &form->n_answer);
}

static const struct yaml_key form_keys[] = {
	{ "form", read_text, true, offsetof(struct form, id) },
	{ "about", read_remark, true, 0 },
	{ "sources", read_sources, false, 0 },
	{ "kind", read_kind, false, offsetof(struct form, kind) },
	{ "when", read_when, false, 0 },
	{ "delay", read_delay, false, 0 },
	{ "daemon", read_daemon, false, 0 },
	{ "lines", read_lines, false, 0 },
	{ "begin", read_begin, false, 0 },
	{ "end", read_end, false, 0 },
	{ "until", read_until, false, 0 },
	{ "answer", read_answer, false, 0 },
	{ "before", read_flag, false, offsetof(struct form, before) },
	{ "quote", read_flag, false, offsetof(struct form, quote) },
	{ "fallback", read_flag, false, offsetof(struct form, fallback) },
	{ "cause", read_text, false, offsetof(struct form, cause) },
	{ "domain", read_text, false, offsetof(struct form, domain) },
};

static enum err
read_file(struct bounce_forms *f, const char *path, struct sv text, struct why *why)
{
	struct yaml y;
	struct loading l = { f, &y, NULL };
	bool ok;

	if (f->n_forms == FORMS_MAX) {
		return why_set(why, ERR_TOO_BIG, "%s: more than %d forms", path, FORMS_MAX);
	}
	l.form = &f->forms[f->n_forms];
	*l.form = (struct form){ .kind = BOUNCE_BOUNCE, .index = (unsigned)f->n_forms };
	ok = yaml_open(&y, path, text, f->arena, why);
	ok = ok && yaml_mapping(
		       &y, y.root, form_keys, sizeof(form_keys) / sizeof(form_keys[0]), &l, l.form);
	yaml_close(&y);
	f->n_forms += ok;
	return ok ? ERR_OK : ERR_DATA;
}

/* ---- the folder ---- */

static enum err
load_one(struct bounce_forms *f, const char *path, struct why *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, FORM_FILE_MAX);
	e = file_read(path, &text, why);
	e = e == ERR_OK ? read_file(f, path, buf_view(&text), why) : e;
	buf_done(&text);
	return e;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_yaml(const struct dirent *e)
{
	return e->d_name[0] != '.' && sv_ends(sv_from(e->d_name), SV(".yaml"));
}

enum err
bounce_forms_load(
    const char *share, const char *complaints, struct bounce_forms **out, struct why *why)
{
	struct bounce_forms *f = mem_new(1, sizeof(*f));
	struct dirent **names = NULL;
	struct buf path;
	enum err e = ERR_OK;
	int n;

	f->arena = arena_new(FORM_BYTES_MAX);
	f->set = match_set_new();
	buf_init(&path, 8192);
	buf_fmt(&path, "%s/bounces", share);
	n = scandir(path.p, &names, is_yaml, by_name);
	if (n <= 0) {
		e = why_set(why, ERR_NOT_FOUND, "%s: no forms of bounces there", path.p);
	}
	for (int i = 0; i < n; i++) {
		buf_clear(&path);
		buf_fmt(&path, "%s/bounces/%s", share, names[i]->d_name);
		if (e == ERR_OK) {
			e = load_one(f, path.p, why);
		}
		free(names[i]);
	}
	free(names);
	buf_clear(&path);
	buf_fmt(&path, "%s/complaints.yaml", share);
	e = e == ERR_OK ? complaint_headers_load(f, complaints == NULL ? path.p : complaints, why)
			: e;
	buf_done(&path);
	if (e != ERR_OK) {
		bounce_forms_free(&f);
		return e;
	}
	match_set_finish(f->set);
	*out = f;
	return ERR_OK;
}

void
bounce_forms_free(struct bounce_forms **pf)
{
	struct bounce_forms *f = *pf;

	if (f != NULL) {
		match_set_free(&f->set);
		arena_free(&f->arena);
		free(f->phrases);
		free(f);
		*pf = NULL;
	}
}

size_t
bounce_forms_count(const struct bounce_forms *f)
{
	return f->n_forms;
}

/* ---- searching ---- */

static void
on_hit(void *context, unsigned pattern, size_t end)
{
	struct bounce_reader *r = context;
	const struct phrase *p = &r->forms->phrases[pattern];

	r->delay = r->delay || p->use == PHRASE_DELAY;
	/* Anybody may write about mail that came back: only who writes and the subject count. */
	r->daemon = r->daemon || (p->use == PHRASE_DAEMON && end <= r->n_head);
	if (p->use == PHRASE_WHEN && p->length > r->best[p->form]) {
		r->best[p->form] = p->length;
	}
}

void
forms_search(struct bounce_reader *r, struct sv text, size_t n_head)
{
	r->n_head = n_head;
	memset(r->best, 0, sizeof(r->best));
	r->delay = false;
	r->daemon = false;
	match_scan_run(r->scan, text, on_hit, r);
}

struct bounce_reader *
bounce_reader_new(const struct bounce_forms *f)
{
	struct bounce_reader *r = mem_new(1, sizeof(*r));

	r->forms = f;
	r->scan = match_scan_new(f->set, (size_t)8 << 20);
	r->charsets = charsets_new();
	return r;
}

void
bounce_reader_free(struct bounce_reader **pr)
{
	if (*pr != NULL) {
		match_scan_free(&(*pr)->scan);
		charsets_free(&(*pr)->charsets);
		free(*pr);
		*pr = NULL;
	}
}
