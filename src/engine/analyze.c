/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/analyze.h"

#define PROGRESS_EVERY 8192

static void
one_event(struct classifier *c, struct tally *t, struct tie *tie, const struct event *e)
{
	struct group *g = tally_group(t, e);
	struct verdict v;
	struct question q;

	if (tie != NULL) {
		tie_event(tie, e, g);
	}

	if (e->kind == EVENT_ACCEPTED || e->kind == EVENT_EXPIRED || e->suspended) {
		tally_add(t, g, e, NULL);
		return;
	}
	q = (struct question){
		.reply = e->reply,
		.host = e->host,
		.domain = address_domain(e->recipient),
		.stage = e->stage,
		.saw = e->saw,
		.time_us = e->time_us,
		.provider = g->provider,
	};
	classify(c, &q, &v);
	tally_add(t, g, e, &v);
}

void
analyze_run(struct postfix_log *log, struct classifier *c, struct tally *t, struct tie *tie,
    analyze_progress *progress, void *context)
{
	struct event e;
	uint64_t n = 0;

	while (postfix_log_next(log, &e)) {
		one_event(c, t, tie, &e);
		if (progress != NULL && ++n % PROGRESS_EVERY == 0) {
			uint64_t done;
			uint64_t total;

			postfix_log_progress(log, &done, &total);
			progress(context, done, total);
		}
	}
}
