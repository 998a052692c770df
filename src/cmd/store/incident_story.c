/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/store/incident_story.h"

#include "cmd/cmd_store.h"
#include "detect/detect.h"
#include "fact/event.h"

#include <stdlib.h>

#define ROWS_SHOWN     5
#define SAMPLE_MAX     200
#define RECIPIENTS_MAX 1000000 /* whose decisions are looked for */
/* Bounces come for days; events are kept in the order they came. */
#define LATE_US (3 * US_PER_DAY)

struct story_row {
	uint64_t n;
	uint32_t name, host;
	uint32_t code;
	char *sample; /* owned; NULL: none */
};

/* ---- reading ---- */

/* Which classes of answers speak for a cause (engine/watch.h); 0: every refusal. */
static unsigned
classes_of(struct sv cause)
{
	static const struct {
		struct sv cause;
		unsigned classes;
	} all[] = {
		{ SV_INIT("false_unknown"), 1u << DETECT_UNKNOWN },
		{ SV_INIT("bad_list"), 1u << DETECT_UNKNOWN },
		{ SV_INIT("migration_or_purge"), 1u << DETECT_UNKNOWN },
		{ SV_INIT("outage"), 1u << DETECT_TEMP | 1u << DETECT_CONN },
		{ SV_INIT("own_fault"), 1u << DETECT_CONN | 1u << DETECT_TEMP },
		{ SV_INIT("throttle"), 1u << DETECT_THROTTLE },
		{ SV_INIT("sender_block"), 1u << DETECT_BLOCK },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (sv_eq(cause, all[i].cause)) {
			return all[i].classes;
		}
	}
	return 0;
}

static bool
is_touched(const struct incident_story *st, const struct stored_event *e)
{
	struct sv scope = store_name_text(st->s, st->i.scope);

	if (e->provider != st->i.provider) {
		return false;
	}
	if (st->i.who == 0 || st->i.retracted != 0) {
		return true;
	}
	return sv_eq(scope, SV("sender"))     ? e->sender == st->i.who
	       : sv_eq(scope, SV("campaign")) ? e->campaign == st->i.who
	       : sv_eq(scope, SV("mx"))       ? e->host == st->i.who || e->host == 0
					      : true;
}

static struct story_row *
count(struct map *m, uint64_t key, uint32_t name)
{
	bool new = false;
	struct story_row *r = map_put(m, key, &new);

	r->name = name;
	r->n++;
	return r;
}

static void
take_refusal(struct incident_story *st, const struct stored_event *e)
{
	struct story_row *r =
	    count(&st->replies, (uint64_t)e->code << 32 | (e->rule != 0 ? e->rule : e->cause),
		e->rule != 0 ? e->rule : e->cause);
	bool new = false;

	st->refused++;
	if (r->sample == NULL) {
		struct buf b;

		buf_init(&b, 0);
		addresses_mask(
		    sv_head(e->reply, e->reply.n < SAMPLE_MAX ? e->reply.n : SAMPLE_MAX), &b);
		r->sample = mem_dup(b.p, b.n);
		r->host = e->host;
		r->code = e->code;
		buf_done(&b);
	}
	(void)count(&st->senders, e->sender, e->sender);
	(void)count(&st->domains, e->domain, e->domain);
	if (st->touched.n < RECIPIENTS_MAX) {
		(void)map_put(&st->touched, e->recipient, &new);
		st->good += new && e->good_days >= 0;
	}
}

static bool
take_event(void *context, const struct stored_event *e)
{
	struct incident_story *st = context;
	int64_t end_us = st->i.closed_us == 0 ? INT64_MAX - LATE_US : st->i.ended_us;
	unsigned classes = classes_of(store_name_text(st->s, st->i.cause));

	if (e->t_us > end_us + LATE_US) {
		return false;
	}
	if (e->t_us < st->i.began_us || e->t_us > end_us || e->watched == 0 || !is_touched(st, e)) {
		return true;
	}
	st->attempts++;
	if (e->klass == DETECT_OK) {
		st->accepted++;
	} else if (classes == 0 || (e->klass < 32 && (classes >> e->klass & 1) != 0)) {
		take_refusal(st, e);
	}
	return true;
}

static bool
take_decision(void *context, const struct stored_decision *d)
{
	struct incident_story *st = context;
	int64_t t_us = (int64_t)d->d.t_s * US_PER_SECOND;
	bool within = t_us >= st->i.began_us && (st->i.closed_us == 0 || t_us <= st->i.closed_us);

	if ((within || d->incident == st->i.id) && d->d.kind <= DECISION_UNSUPPRESS) {
		st->decisions[d->d.kind]++;
	}
	return true;
}

static bool
take_pace(void *context, const struct stored_pace *p)
{
	struct incident_story *st = context;
	int64_t t_us = (int64_t)p->d.t_s * US_PER_SECOND;

	if (p->provider == st->i.provider && t_us >= st->i.began_us &&
	    (st->i.closed_us == 0 || t_us <= st->i.closed_us) && p->d.kind <= PACE_RESTORED) {
		st->paces[p->d.kind]++;
	}
	return true;
}

void
incident_story_read(struct store *s, const struct stored_incident *i, struct incident_story *out)
{
	*out = (struct incident_story){ .s = s, .i = *i };
	map_init(&out->replies, sizeof(struct story_row));
	map_init(&out->senders, sizeof(struct story_row));
	map_init(&out->domains, sizeof(struct story_row));
	map_init(&out->touched, 1);
	store_events_since(s, i->began_us, take_event, out);
	out->recipients = out->touched.n;
	for (size_t k = 0; k < out->touched.n; k++) {
		store_decisions(s, out->touched.keys[k], take_decision, out);
	}
	store_paces(s, take_pace, out);
}

void
incident_story_done(struct incident_story *st)
{
	for (size_t k = 0; k < st->replies.n; k++) {
		free(((struct story_row *)map_at(&st->replies, k))->sample);
	}
	map_done(&st->replies);
	map_done(&st->senders);
	map_done(&st->domains);
	map_done(&st->touched);
}

/* ---- telling ---- */

/* The next most frequent one after `last`; NULL: there is none.  In the order they came where alike. */
static const struct story_row *
next_row(const struct map *m, const struct story_row *last)
{
	const struct story_row *best = NULL;

	for (size_t k = 0; k < m->n; k++) {
		const struct story_row *r = map_at(m, k);
		bool after = last == NULL || r->n < last->n || (r->n == last->n && r > last);

		if (after && (best == NULL || r->n > best->n)) {
			best = r;
		}
	}
	return best;
}

static void
text_names(const struct incident_story *st, struct buf *out, const char *what, const struct map *m)
{
	size_t shown = 0;

	for (const struct story_row *r = next_row(m, NULL); r != NULL; r = next_row(m, r)) {
		if (shown == ROWS_SHOWN) {
			buf_fmt(out, " and %zu more", m->n - shown);
			break;
		}
		buf_fmt(out, "%s", shown++ == 0 ? what : ", ");
		if (r->name == 0) {
			buf_str(out, "(not known)");
		} else {
			buf_printable(out, store_name_text(st->s, r->name), 60);
		}
		buf_fmt(out, " %llu", (unsigned long long)r->n);
	}
	buf_str(out, shown > 0 ? "\n" : "");
}

static void
text_replies(const struct incident_story *st, struct buf *out)
{
	size_t shown = 0;

	for (const struct story_row *r = next_row(&st->replies, NULL); r != NULL;
	     r = next_row(&st->replies, r)) {
		if (shown++ == ROWS_SHOWN) {
			buf_fmt(out, "     and %zu other answers\n", st->replies.n - ROWS_SHOWN);
			break;
		}
		buf_fmt(out, "   %6llu times  ", (unsigned long long)r->n);
		buf_printable(out, sv_from(r->sample), 0);
		buf_fmt(out, "\n                 (%.*s%s", SV_ARG(store_name_text(st->s, r->name)),
		    r->host == 0 ? "" : ", first by ");
		buf_printable(out, store_name_text(st->s, r->host), 100);
		buf_str(out, ")\n");
	}
}

static void
text_done(const struct incident_story *st, struct buf *out)
{
	const char *comma = "   done      ";

	for (int k = 0; k <= DECISION_UNSUPPRESS; k++) {
		if (st->decisions[k] > 0) {
			buf_fmt(out, "%s%s %llu", comma, decision_kind_name((enum decision_kind)k),
			    (unsigned long long)st->decisions[k]);
			comma = ", ";
		}
	}
	for (int k = 0; k <= PACE_RESTORED; k++) {
		if (st->paces[k] > 0) {
			buf_fmt(out, "%s%s %llu", comma, pace_kind_name((enum pace_kind)k),
			    (unsigned long long)st->paces[k]);
			comma = ", ";
		}
	}
	buf_str(out, comma[0] == ',' ? "\n" : "");
}

void
incident_story_text(const struct incident_story *st, struct buf *out)
{
	char room[40];

	buf_fmt(out, "   noticed   %s\n",
	    cmd_time(st->i.opened_us / US_PER_SECOND, room, sizeof(room)));
	if (st->i.closed_us != 0) {
		buf_fmt(out, "   closed    %s, when a test showed that it had ended\n",
		    cmd_time(st->i.closed_us / US_PER_SECOND, room, sizeof(room)));
	}
	if (st->attempts == 0) {
		buf_str(out, "   evidence  the events of that time are not kept any more\n");
		return;
	}
	buf_fmt(out,
	    "   evidence  %llu attempts: %llu accepted, %llu refused like this; of %llu recipients "
	    "so "
	    "refused %llu had accepted mail before\n",
	    (unsigned long long)st->attempts, (unsigned long long)st->accepted,
	    (unsigned long long)st->refused, (unsigned long long)st->recipients,
	    (unsigned long long)st->good);
	text_replies(st, out);
	text_names(st, out, "   touches   mail of ", &st->senders);
	text_names(st, out, "             to ", &st->domains);
	text_done(st, out);
	buf_str(out, "             carom recipient ADDRESS tells the story of one of them\n");
}

static void
json_names(const struct incident_story *st, struct json *j, const char *key, const struct map *m)
{
	json_open(j, key, '[');
	for (const struct story_row *r = next_row(m, NULL); r != NULL; r = next_row(m, r)) {
		json_open(j, NULL, '{');
		json_sv(j, "name", store_name_text(st->s, r->name));
		json_int(j, "refusals", (int64_t)r->n);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
json_replies(const struct incident_story *st, struct json *j)
{
	json_open(j, "replies", '[');
	for (const struct story_row *r = next_row(&st->replies, NULL); r != NULL;
	     r = next_row(&st->replies, r)) {
		json_open(j, NULL, '{');
		json_int(j, "n", (int64_t)r->n);
		json_int(j, "code", r->code);
		json_sv(j, "rule", store_name_text(st->s, r->name));
		json_str(j, "reply", r->sample);
		json_sv(j, "host", store_name_text(st->s, r->host));
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
incident_story_json(const struct incident_story *st, struct json *j)
{
	json_open(j, "story", '{');
	json_int(j, "attempts", (int64_t)st->attempts);
	json_int(j, "accepted", (int64_t)st->accepted);
	json_int(j, "refused", (int64_t)st->refused);
	json_int(j, "recipients", (int64_t)st->recipients);
	json_int(j, "accepted_before", (int64_t)st->good);
	json_replies(st, j);
	json_names(st, j, "senders", &st->senders);
	json_names(st, j, "domains", &st->domains);
	json_open(j, "decisions", '{');
	for (int k = DECISION_NONE + 1; k <= DECISION_UNSUPPRESS; k++) {
		json_int(j, decision_kind_name((enum decision_kind)k), (int64_t)st->decisions[k]);
	}
	for (int k = PACE_NOTHING + 1; k <= PACE_RESTORED; k++) {
		json_int(j, pace_kind_name((enum pace_kind)k), (int64_t)st->paces[k]);
	}
	json_close(j, '}');
	json_close(j, '}');
}
