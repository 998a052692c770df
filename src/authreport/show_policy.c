/* SPDX-License-Identifier: Apache-2.0 */

/* What reports say of a policy: for an audit of the domain. */

#include "authreport/private.h"
#include "base/json.h"

#include <stdio.h>

#define SOURCES_SHOWN 10

static bool
would_lose(const struct view_source *s)
{
	return s->sum.spans[AUTH_ALL].failed > 0;
}

static void
show_source(struct page *p, const struct view_source *s)
{
	const struct auth_counts *c = &s->sum.spans[AUTH_ALL];
	char address[64];

	buf_fmt(p->out, "    %9llu %9llu %9llu   %-39s %s: ", (page_count)c->all,
	    (page_count)loss_of(c, STEP_QUARANTINE), (page_count)loss_of(c, STEP_REJECT),
	    source_address(s, address, sizeof(address)), source_role_name(s->role));
	page_service(p, s);
	buf_char(p->out, '\n');
}

static void
show_sources(struct page *p, const struct view_domain *d)
{
	size_t shown = 0;
	size_t more = 0;

	for (size_t i = 0; i < d->n_sources; i++) {
		if (!would_lose(&d->sources[i])) {
			continue;
		}
		if (shown == SOURCES_SHOWN) {
			more++;
			continue;
		}
		if (shown++ == 0) {
			buf_fmt(p->out, "\n    %9s %9s %9s   %s\n", "messages", "to spam",
			    "refused", "source (at p=quarantine, at p=reject)");
		}
		show_source(p, &d->sources[i]);
	}
	if (more > 0) {
		buf_fmt(p->out, "    and %zu more (carom reports)\n", more);
	}
}

void
view_policy_text(const struct view *v, struct buf *out)
{
	const struct view_show show = { .view = v };
	struct page p = { &show, v, out };

	buf_str(out, "\nREPORTS");
	if (v->n_domains == 0) {
		buf_str(
		    out, "   none that counts: nobody knows what a stricter policy would cost\n");
		return;
	}
	for (size_t i = 0; i < v->n_domains; i++) {
		const struct view_domain *d = &v->domains[i];

		buf_str(out, "   ");
		page_name(&p, d->sum.domain);
		buf_fmt(out, ": %llu report%s of %d days, ", (page_count)d->sum.reports,
		    page_plural(d->sum.reports), (int)d->sum.days);
		page_days(&p, d->sum.first_day, d->sum.last_day);
		buf_fmt(out, ", %llu messages, %llu fail", (page_count)d->sum.spans[AUTH_ALL].all,
		    (page_count)d->sum.spans[AUTH_ALL].failed);
		page_readiness(&p, d);
		page_remedies(&p, d);
		show_sources(&p, d);
	}
}

void
json_u64(struct json *j, const char *key, uint64_t n)
{
	json_int(j, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

static void
json_source(struct json *j, const struct view_source *s)
{
	const struct auth_counts *c = &s->sum.spans[AUTH_ALL];
	char text[64];

	json_open(j, NULL, '{');
	json_str(j, "ip", s->sum.ip_bytes == 0 ? NULL : source_address(s, text, sizeof(text)));
	json_str(j, "role", source_role_name(s->role));
	json_str(j, "service", s->service == NULL ? NULL : s->service->id);
	json_u64(j, "messages", c->all);
	json_u64(j, "would_be_lost", loss_of(c, STEP_QUARANTINE));
	json_u64(j, "would_be_refused", loss_of(c, STEP_REJECT));
	json_u64(j, "failed", c->failed);
	json_close(j, '}');
}

static void
json_step(struct json *j, const char *name, const uint64_t losing[ROLES])
{
	json_open(j, name, '{');
	for (int r = ROLE_OWN; r < ROLES; r++) {
		json_u64(j, source_role_name((enum source_role)r), losing[r]);
	}
	json_close(j, '}');
}

void
json_policy_advice(struct json *j, const struct view_domain *d)
{
	json_step(j, "would_be_lost", d->losing[STEP_QUARANTINE]);
	json_step(j, "would_be_refused", d->losing[STEP_REJECT]);
	json_str(j, "readiness", readiness_name(d->readiness));
	json_str(j, "advice", d->advice);
}

void
view_policy_json(const struct view *v, struct json *j)
{
	for (size_t i = 0; i < v->n_domains; i++) {
		const struct view_domain *d = &v->domains[i];

		json_open(j, NULL, '{');
		json_sv(j, "domain", d->sum.domain);
		json_u64(j, "reports", d->sum.reports);
		json_int(j, "days", d->sum.days);
		json_u64(j, "messages", d->sum.spans[AUTH_ALL].all);
		json_u64(j, "failed", d->sum.spans[AUTH_ALL].failed);
		json_policy_advice(j, d);
		json_open(j, "sources", '[');
		for (size_t k = 0; k < d->n_sources; k++) {
			if (would_lose(&d->sources[k])) {
				json_source(j, &d->sources[k]);
			}
		}
		json_close(j, ']');
		json_close(j, '}');
	}
}
