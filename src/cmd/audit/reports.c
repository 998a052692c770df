/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/reports.h"

#include "base/civil.h"
#include "engine/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct audit_reports {
	const char *path;            /* borrowed */
	struct reports_store *store; /* owned, as all below */
	struct report_words *words;
	struct alert_policy policy;
	int32_t until;
	struct view **views;
	size_t n, room;
};

enum err
audit_reports_open(const struct cmd_context *ctx, const char *path,
    const struct alert_policy *policy, struct audit_reports **out, struct why *why)
{
	struct audit_reports *r;
	enum err e;

	if (access(path, R_OK) != 0) { /* it would be made */
		return why_set(why, ERR_NOT_FOUND, "%s: %s", path, why_errno(errno));
	}
	r = mem_new(1, sizeof(*r));
	r->path = path;
	r->policy = *policy;
	r->until = (int32_t)(ctx->now_us / US_PER_DAY) + 2;
	e = reports_open(path, &ctx->key, &r->store, why);
	e = e == ERR_OK ? report_words_load(ctx->share, &r->words, why) : e;
	if (e != ERR_OK) {
		audit_reports_close(&r);
		return e;
	}
	*out = r;
	return ERR_OK;
}

void
audit_reports_close(struct audit_reports **pr)
{
	struct audit_reports *r = *pr;

	if (r == NULL) {
		return;
	}
	for (size_t i = 0; i < r->n; i++) {
		view_free(&r->views[i]);
	}
	free(r->views);
	reports_close(&r->store);
	report_words_free(&r->words);
	free(r);
	*pr = NULL;
}

struct selectors {
	void (*row)(void *context, struct sv domain, struct sv selector);
	void *context;
};

static void
on_selector(void *context, const struct auth_selector *a)
{
	const struct selectors *to = context;

	if (a->passed > 0) { /* what only failed may be a forger's invention */
		to->row(to->context, a->domain, a->selector);
	}
}

enum err
audit_reports_selectors(struct audit_reports *r,
    void (*row)(void *context, struct sv domain, struct sv selector), void *context,
    struct why *why)
{
	/* A domain's mail is reported under the domain that has the policy, which may be above. */
	const struct reports_range all = { .until = r->until };
	struct selectors to = { row, context };

	return reports_selectors(r->store, &all, on_selector, &to, why);
}

enum err
audit_reports_domain(struct audit_reports *r, struct sv domain, struct buf *out, struct why *why)
{
	char *name = mem_dup(domain.p, domain.n);
	const struct reports_range range = { .domain = name, .until = r->until };
	struct view *v = NULL;
	enum err e = reports_view(r->store, r->words, &r->policy, &range, &v, why);

	free(name);
	if (e != ERR_OK) {
		return why_prefix(why, e, "%s", r->path);
	}
	if (out != NULL) {
		view_policy_text(v, out);
		view_free(&v);
		return ERR_OK;
	}
	LIST_ROOM(r->views, r->n, r->room);
	r->views[r->n++] = v;
	return ERR_OK;
}

void
audit_reports_json(struct audit_reports *r, struct json *j)
{
	json_open(j, "reports", '[');
	for (size_t i = 0; i < r->n; i++) {
		view_policy_json(r->views[i], j);
	}
	json_close(j, ']');
}
