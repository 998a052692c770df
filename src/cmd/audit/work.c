/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/work.h"

#include "audit/render.h"
#include "cmd/audit/keep.h"
#include "cmd/cmd_store.h"

#include <stdlib.h>

/* MTA-STS keeps its policy on the web. */
static void
fetch_sts(const struct audit_args *args, const struct audit *a, struct sts_session *sts,
    struct sts_file *out)
{
	*out = (struct sts_file){ 0 };
	if (a->wants_sts_file && !args->no_https) {
		cmd_fetch_sts(&args->https, a->domain, &a->sts_ip, sts, out);
	}
}

/* Until nothing is wanted any more. */
static void
ask(struct audit_work *w, struct audit_session *s, struct sts_session *sts, struct audit *a)
{
	struct audit_args *args = w->args;

	args->request.sts = (struct sts_file){ 0 };
	args->request.n_ages = 0;
	for (unsigned round = 0; round < AUDIT_ROUNDS_MAX; round++) {
		arena_reset(s->arena);
		audit_run(s->book, s->arena, &args->request, a);
		if (!a->pending &&
		    (args->request.sts.tried || !a->wants_sts_file || args->no_https)) {
			return;
		}
		if (!a->pending) {
			fetch_sts(args, a, sts, &args->request.sts);
		}
		dns_client_answer(s->dns, s->book);
	}
}

/* How old each key is, as far as the store knows; the audit is drawn up again with that. */
static void
put_ages(struct audit_work *w, struct audit_session *s, struct audit *a)
{
	struct audit_request *q = &w->args->request;
	struct buf name;

	buf_init(&name, 0);
	for (size_t i = 0; i < a->n_keys; i++) {
		struct audit_age *age = &q->ages[q->n_ages++];

		buf_clear(&name);
		buf_fmt(
		    &name, "%.*s._domainkey.%.*s", SV_ARG(a->keys[i].selector), SV_ARG(q->domain));
		age->selector = a->keys[i].selector;
		age->since_s = store_record_since(w->store, SV("TXT"), buf_view(&name));
		age->before = store_record_before(w->store, SV("TXT"), buf_view(&name));
	}
	buf_done(&name);
	arena_reset(s->arena);
	audit_run(s->book, s->arena, q, a);
}

/* False: said what is wrong. */
static bool
keep(struct audit_work *w, struct audit_session *s, struct audit *a)
{
	struct why why;

	if (w->store == NULL) {
		return true;
	}
	if (audit_keep(w->store, s->book, w->args->request.domain, &w->policies.alerts,
		w->ctx->now_us / US_PER_SECOND, &why) != ERR_OK) {
		cmd_complain("audit", "%s", why.text);
		return false;
	}
	put_ages(w, s, a);
	return true;
}

/* What the reports say of the policy: they name the domain whose record it is. */
static bool
show_reports(struct audit_work *w, const struct audit *a)
{
	const struct dmarc_view *v = &a->dmarc.tree;
	struct why why;

	if (w->reports != NULL &&
	    audit_reports_domain(w->reports, v->found == DMARC_RECORD ? v->domain : a->domain,
		w->args->json ? NULL : &w->out, &why) != ERR_OK) {
		cmd_complain("audit", "%s", why.text);
		return false;
	}
	return true;
}

static int
audit_and_show(struct audit_work *w, struct audit_session *s, struct audit *a)
{
	struct sts_session sts;
	int code = EXIT_BROKEN;

	buf_init(&sts.text, 0);
	ask(w, s, &sts, a);
	if (keep(w, s, a)) {
		code = audit_session_exit_code(s, a, w->texts);
	}
	if (w->args->json) {
		audit_render_json(a, w->texts, &w->j);
	} else {
		audit_render_text(a, w->texts, &w->out);
	}
	buf_done(&sts.text);
	return show_reports(w, a) ? code : EXIT_BROKEN;
}

int
audit_work_domain(struct audit_work *w)
{
	struct audit_session s;
	struct audit *a;
	struct why why;
	int code;

	if (harvest_stores(&w->harvest, w->args->request.domain, w->store, w->reports, &why) !=
	    ERR_OK) {
		cmd_complain("audit", "%s: %s", w->args->reports, why.text);
		return EXIT_BROKEN;
	}
	harvest_put(&w->harvest, &w->args->request);
	if (!audit_session_open(w->ctx, w->args, &s)) {
		return EXIT_BROKEN;
	}
	a = mem_new(1, sizeof(*a));
	code = audit_and_show(w, &s, a);
	free(a);
	audit_session_close(&s);
	return code;
}

/* ---- what all share ---- */

bool
audit_work_open(struct audit_work *w)
{
	struct why why = { "" };

	buf_init(&w->out, 0);
	json_init(&w->j, &w->out, true);
	harvest_init(&w->harvest, &w->ctx->key);
	if (w->args->json) {
		json_open(&w->j, NULL, '{');
		json_int(&w->j, "version", 1);
		json_open(&w->j, "domains", '[');
	}
	w->texts = audit_session_texts(w->ctx);
	if (w->texts == NULL || !harvest_files(&w->harvest, w->args, w->texts)) {
		return false;
	}
	if (cmd_policy(w->ctx, NULL, &w->policies, &why) != ERR_OK ||
	    (w->args->reports != NULL && audit_reports_open(w->ctx, w->args->reports,
					     &w->policies.alerts, &w->reports, &why) != ERR_OK)) {
		cmd_complain("audit", "%s", why.text);
		return false;
	}
	if (w->args->store != NULL &&
	    (w->store = cmd_store("audit", w->args->store, false)) == NULL) {
		return false;
	}
	w->args->request.texts = w->texts;
	w->args->request.now_us = w->ctx->now_us;
	w->args->request.helo = w->args->spf.helo;
	w->args->request.key_days = w->policies.alerts.key_days;
	return true;
}

static void
close_json(struct audit_work *w)
{
	json_close(&w->j, ']');
	if (w->reports != NULL) {
		audit_reports_json(w->reports, &w->j);
	}
	json_close(&w->j, '}');
	buf_char(&w->out, '\n');
}

bool
audit_work_close(struct audit_work *w)
{
	if (w->args->json) {
		close_json(w);
	}
	store_close(&w->store);
	audit_reports_close(&w->reports);
	harvest_done(&w->harvest);
	audit_texts_free(&w->texts);
	return audit_session_print(&w->out);
}
