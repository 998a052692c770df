/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/watch.h"

#include "base/err.h"
#include "base/map.h"
#include "engine/platform.h"
#include "remember/recipients.h"

#include <stdlib.h>

#define AHEAD 32 /* known recipients that are hashed before the first of them is looked up */

struct watch {
	struct classifier *classifier; /* borrowed */
	const struct cause *undetermined;
	struct detector *detector;    /* owned */
	struct recipients recipients; /* owned */
	struct names names;           /* owned */
	struct platforms platforms;
	uint32_t other; /* the name "*" */
	struct watch_stats stats;
	struct {
		uint64_t hash;
		double accepted;
	} ahead[AHEAD];
	size_t n_ahead;
};

struct watch *
watch_new(const struct knowledge *k, struct classifier *c, const struct watch_options *opt)
{
	struct watch *w = mem_new(1, sizeof(*w));

	w->classifier = c;
	w->undetermined = knowledge_cause_find(k, SV("undetermined"));
	w->detector = detector_new(opt->settings, opt->sink, opt->context);
	recipients_init(&w->recipients, &opt->key, opt->recipients_max);
	names_init(&w->names, &opt->key);
	platforms_init(&w->platforms, k);
	w->other = names_put(&w->names, SV("*"));
	return w;
}

void
watch_free(struct watch **pw)
{
	struct watch *w = *pw;

	if (w != NULL) {
		detector_free(&w->detector);
		recipients_done(&w->recipients);
		names_done(&w->names);
		platforms_done(&w->platforms);
		free(w);
		*pw = NULL;
	}
}

struct sv
watch_name(const struct watch *w, uint32_t id)
{
	return names_text(&w->names, id);
}

void
watch_stats(const struct watch *w, struct watch_stats *out)
{
	*out = w->stats;
	out->recipients = w->recipients.n;
	out->recipient_bytes = recipients_bytes(&w->recipients);
	out->forgotten = w->recipients.forgotten;
}

static uint32_t
name(struct watch *w, struct sv s)
{
	uint32_t id =
	    w->names.n < WATCH_NAMES_MAX ? names_put(&w->names, s) : names_get(&w->names, s);

	return id == NAME_NONE ? w->other : id;
}

void
watch_expect(struct watch *w, size_t n)
{
	recipients_expect(&w->recipients, n);
}

static void
take_ahead(struct watch *w)
{
	for (size_t i = 0; i < w->n_ahead; i++) {
		uint32_t r = recipients_put_hash(&w->recipients, w->ahead[i].hash);

		recipient_accepted(recipients_at(&w->recipients, r), w->ahead[i].accepted);
	}
	w->n_ahead = 0;
}

void
watch_known(struct watch *w, const struct known_recipient *known)
{
	if (w->n_ahead == AHEAD) {
		take_ahead(w);
	}
	w->ahead[w->n_ahead].hash = recipients_hint(&w->recipients, known->recipient);
	w->ahead[w->n_ahead].accepted = known->accepted;
	w->n_ahead++;
}

/* The reply as a question; where no host answered, the words may name the one that was tried. */
static struct question
question_of(const struct delivery *d)
{
	struct question q = {
		.reply = { d->code, d->status, d->text },
		.host = d->mx,
		.domain = d->domain,
		.stage = d->stage,
		.time_us = (int64_t)(d->t * 1e6),
	};

	if (d->code == 0) {
		struct postfix_reason r;

		postfix_reason_read(d->text, &r);
		q.saw = r.saw;
		q.host = q.host.n == 0 ? r.host : q.host;
		q.stage = r.stage == STAGE_NONE ? q.stage : r.stage;
	}
	return q;
}

static void
remember(struct recipient *r, enum detect_class klass, const struct cause *cause, double t)
{
	if (klass == DETECT_OK) {
		recipient_accepted(r, t);
	} else if (klass == DETECT_UNKNOWN) {
		recipient_refused(r, REFUSAL_GONE, t);
	} else if (klass == DETECT_FULL) {
		recipient_refused(r, REFUSAL_FULL, t);
	} else if (sv_eq(sv_from(cause->name), SV("recipient_refused"))) {
		recipient_refused(r, REFUSAL_SOFT, t);
	}
}

static enum detect_class
read_reply(struct watch *w, const struct question *q, double good_days, const struct cause **out)
{
	struct verdict v;

	*out = w->undetermined;
	if (q->reply.code >= 200 && q->reply.code < 300) {
		return DETECT_OK;
	}
	classify(w->classifier, q, &v);
	w->stats.refusals++;
	w->stats.undetermined += v.cause == w->undetermined;
	*out = v.cause;
	return watch_class(&v, q->reply.code, good_days);
}

static uint32_t
recipient_of(struct watch *w, struct sv address)
{
	take_ahead(w);
	return recipients_put(&w->recipients, address);
}

void
watch_event(struct watch *w, const struct delivery *d)
{
	uint32_t number = recipient_of(w, d->recipient);
	struct recipient *r = recipients_at(&w->recipients, number);
	struct question q = question_of(d);
	const struct cause *cause;
	struct detect_event e = {
		.id = d->id,
		.t = d->t,
		.provider = name(w, d->provider),
		.domain = name(w, d->domain),
		.mx = q.host.n == 0 ? NAME_NONE : name(w, q.host),
		.sender = name(w, d->sender),
		.campaign = name(w, d->campaign),
		.recipient = number,
		.transactional = sv_ends(d->campaign, SV("-tx")),
		.attempt = d->attempt,
		.good_days = recipient_good_days(r, d->t),
		.since_unknown_s = recipient_since_gone_s(r, d->t),
	};

	e.platform = e.mx == NAME_NONE ? NAME_NONE : platform_of(&w->platforms, e.mx, q.host);
	e.klass = read_reply(w, &q, e.good_days, &cause);
	detector_event(w->detector, &e);
	remember(r, e.klass, cause, d->t);
	w->stats.events++;
}
