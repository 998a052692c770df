/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/private.h"

#include <jansson.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)24 * 1024 * 1024) /* of texts: 20,000 sources of 1 KB fit */

const char *
source_role_name(enum source_role r)
{
	static const char *const names[ROLES] = { "aligned", "own", "service", "forwarder",
		"unknown" };

	return names[r];
}

const char *
report_note_name(enum report_note_kind k)
{
	static const char *const names[] = { "no report", "damaged", "kept apart",
		"kept apart before" };

	return names[k];
}

/* ---- rows ---- */

static struct sv
keep(struct view *v, struct sv s)
{
	struct sv kept;

	if (s.n == 0) {
		return SV("");
	}
	kept = arena_sv(v->arena, s);
	v->full = v->full || kept.p == NULL;
	return kept;
}

/* Room for one more in an owned array. */
static void *
one_more(void *list, size_t n, size_t *room, size_t size)
{
	if (n < *room) {
		return list;
	}
	*room = *room == 0 ? 64 : 2 * *room;
	return mem_grow(list, *room, size);
}

void
view_add_domain(void *context, const struct auth_domain *d)
{
	struct view *v = context;
	struct view_domain *to;

	v->domains = one_more(v->domains, v->n_domains, &v->room_domains, sizeof(*v->domains));
	to = &v->domains[v->n_domains++];
	*to = (struct view_domain){ .sum = *d };
	to->sum.domain = keep(v, d->domain);
	to->sum.p = keep(v, d->p);
	to->sum.sp = keep(v, d->sp);
	to->sum.np = keep(v, d->np);
	to->sum.testing = keep(v, d->testing);
}

/* Domains come in byte order. */
static struct view_domain *
find_domain(struct view *v, struct sv domain)
{
	size_t low = 0;
	size_t high = v->n_domains;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int c = sv_cmp(domain, v->domains[at].sum.domain);

		if (c == 0) {
			return &v->domains[at];
		}
		if (c < 0) {
			high = at;
		} else {
			low = at + 1;
		}
	}
	return NULL;
}

void
view_add_source(void *context, const struct auth_source *s)
{
	struct view *v = context;
	struct view_domain *d = find_domain(v, s->domain);
	struct view_source *to;

	if (d == NULL) {
		return;
	}
	d->sources = one_more(d->sources, d->n_sources, &d->room, sizeof(*d->sources));
	to = &d->sources[d->n_sources++];
	*to = (struct view_source){ .sum = *s };
	to->sum.domain = d->sum.domain;
	to->sum.header_from = keep(v, s->header_from);
	to->sum.auth = keep(v, s->auth);
	to->sum.reasons = keep(v, s->reasons);
	judge_source(v, d, to);
}

void
view_add_reporter(void *context, const struct auth_reporter *r)
{
	struct view *v = context;

	v->reporters =
	    one_more(v->reporters, v->n_reporters, &v->room_reporters, sizeof(*v->reporters));
	v->reporters[v->n_reporters] = *r;
	v->reporters[v->n_reporters++].org = keep(v, r->org);
}

void
view_add_selector(void *context, const struct auth_selector *s)
{
	struct view *v = context;
	struct auth_selector *to;

	v->selectors =
	    one_more(v->selectors, v->n_selectors, &v->room_selectors, sizeof(*v->selectors));
	to = &v->selectors[v->n_selectors++];
	*to = *s;
	to->domain = keep(v, s->domain);
	to->selector = keep(v, s->selector);
}

void
view_add_tls(void *context, const struct tls_domain *d)
{
	struct view *v = context;
	struct tls_domain *to;

	v->tls = one_more(v->tls, v->n_tls, &v->room_tls, sizeof(*v->tls));
	to = &v->tls[v->n_tls++];
	*to = *d;
	to->domain = keep(v, d->domain);
	to->type = keep(v, d->type);
}

void
view_add_failure(void *context, const struct tls_failure *f)
{
	struct view *v = context;
	struct tls_failure *to;

	v->failures = one_more(v->failures, v->n_failures, &v->room_failures, sizeof(*v->failures));
	to = &v->failures[v->n_failures++];
	*to = *f;
	to->domain = keep(v, f->domain);
	to->type = keep(v, f->type);
	to->result = keep(v, f->result);
	to->mx = keep(v, f->mx);
	to->reason = keep(v, f->reason);
}

void
view_add_failed(void *context, const struct auth_failed *f)
{
	struct view *v = context;
	struct auth_failed *to;

	LIST_ROOM(v->failed, v->n_failed, v->room_failed);
	to = &v->failed[v->n_failed++];
	*to = *f;
	to->domain = keep(v, f->domain);
	to->source = keep(v, f->source);
	to->failure = keep(v, f->failure);
	to->alignment = keep(v, f->alignment);
	to->result = keep(v, f->result);
	to->reporter = keep(v, f->reporter);
}

void
view_add_proof(void *context, const struct auth_proof *p)
{
	struct view *v = context;

	v->proofs[p->proof] += p->reports;
	v->by_server += p->proof == REPORT_PROOF_PASS && !sv_eq(p->by, SV("dkim")) ? p->reports : 0;
}

void
view_add_apart(void *context, const struct auth_apart *a)
{
	struct view *v = context;
	struct auth_apart *to;

	LIST_ROOM(v->apart, v->n_apart, v->room_apart);
	to = &v->apart[v->n_apart++];
	*to = *a;
	to->author = keep(v, a->author);
	to->org = keep(v, a->org);
	to->domain = keep(v, a->domain);
	to->why = keep(v, a->why);
}

/* ---- life ---- */

struct view *
view_new(const struct report_words *words, const struct alert_policy *policy, int32_t newest_day,
    int32_t week)
{
	struct view *v = mem_new(1, sizeof(*v));

	v->arena = arena_new(ARENA_MAX);
	v->words = words;
	v->policy = *policy;
	v->newest_day = newest_day;
	v->week = week;
	return v;
}

void
view_free(struct view **pv)
{
	struct view *v = *pv;

	if (v == NULL) {
		return;
	}
	for (size_t i = 0; i < v->n_domains; i++) {
		free(v->domains[i].sources);
	}
	free(v->domains);
	free(v->reporters);
	free(v->selectors);
	free(v->tls);
	free(v->failures);
	free(v->failed);
	free(v->apart);
	arena_free(&v->arena);
	free(v);
	*pv = NULL;
}

bool
reporter_is_silent(const struct view *v, const struct auth_reporter *r, int32_t day)
{
	int32_t days = r->last_day - r->first_day + 1;

	return days >= v->policy.daily_days && (double)r->reports >= v->policy.daily_share * days &&
	       r->last_day + v->policy.silent_days <= day;
}

bool
view_has_trouble(const struct view *v)
{
	for (size_t i = 0; i < v->n_domains; i++) {
		const struct view_domain *d = &v->domains[i];

		if (d->losing[STEP_QUARANTINE][ROLE_OWN] +
			d->losing[STEP_QUARANTINE][ROLE_SERVICE] >
		    0) {
			return true;
		}
		for (size_t k = 0; k < d->n_sources; k++) {
			if (d->sources[k].is_new && d->sources[k].sum.spans[AUTH_WEEK].failed > 0) {
				return true;
			}
		}
	}
	for (size_t i = 0; i < v->n_tls; i++) {
		if (v->tls[i].week_failed > 0) {
			return true;
		}
	}
	for (size_t i = 0; i < v->n_apart; i++) {
		if (v->apart[i].last_day >= v->week) {
			return true;
		}
	}
	for (size_t i = 0; i < v->n_reporters; i++) {
		if (reporter_is_silent(v, &v->reporters[i], v->newest_day)) {
			return true;
		}
	}
	return false;
}
