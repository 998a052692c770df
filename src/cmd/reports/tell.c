/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cmd/reports/private.h"
#include "store/listing.h"

struct telling {
	const struct reports_made *m;
	int64_t now_s;
};

static void
put(void *context, const struct view_alert *a)
{
	const struct telling *t = context;
	const struct stored_alert s = {
		.t_s = t->now_s, .kind = a->kind, .subject = a->subject, .says = a->says
	};

	(void)store_alert_once(t->m->alerts, &s, t->m->policies.alerts.again_days);
}

enum err
reports_tell(const struct reports_made *m, struct why *why)
{
	int64_t today = m->ctx->now_us / US_PER_DAY;
	/* All domains and days: what is asked to be shown changes nothing about what happened. */
	const struct reports_range all = { .until = (int32_t)today + 2 };
	struct telling t = { m, m->ctx->now_us / US_PER_SECOND };
	struct view *v = NULL;
	enum err e = reports_view(m->store, m->words, &m->policies.alerts, &all, &v, why);

	if (e != ERR_OK) {
		return e;
	}
	store_begin(m->alerts);
	view_changes(v, (int32_t)today, put, &t);
	view_free(&v);
	return store_commit(m->alerts, why);
}
