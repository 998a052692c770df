/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"

#include <stdarg.h>
#include <stdio.h>

#define DETAIL_MAX       1000
#define UNSEEN_SHOWN_MAX 5

static struct sv text_from(struct audit_run *run, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static struct sv
text_from(struct audit_run *run, const char *fmt, va_list ap)
{
	char text[DETAIL_MAX];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0) {
		return (struct sv){ 0 };
	}
	return arena_sv(run->arena, sv_from(text));
}

struct sv
audit_text(struct audit_run *run, const char *fmt, ...)
{
	struct sv s;
	va_list ap;

	va_start(ap, fmt);
	s = text_from(run, fmt, ap);
	va_end(ap);
	return s;
}

struct finding *
audit_find(struct audit_run *run, enum finding_id id, struct sv about, const char *detail, ...)
{
	struct audit *a = run->out;
	struct finding *f = &a->findings[a->n];
	va_list ap;

	if (a->n + 1 < AUDIT_FOUND_MAX) {
		a->n++;
	} else { /* the last place is overwritten */
		a->n_lost++;
	}
	*f = (struct finding){ .id = id, .about = about };
	if (detail != NULL) {
		va_start(ap, detail);
		f->detail = text_from(run, detail, ap);
		va_end(ap);
	}
	return f;
}

const struct dns_answer *
audit_ask(struct audit_run *run, enum dns_type type, struct sv name)
{
	const struct dns_answer *a = book_ask(run->book, type, name);

	run->out->pending |= a == NULL;
	return a;
}

const struct dns_answer *
audit_ask_below(struct audit_run *run, enum dns_type type, const char *label, struct sv domain)
{
	return audit_ask(run, type, audit_text(run, "%s.%.*s", label, SV_ARG(domain)));
}

/* Whatever could not be looked at is said, a name each up to a few: the page must not look clean. */
void
audit_note_unseen(struct audit_run *run)
{
	size_t n = book_lookups(run->book);
	size_t unseen = 0;

	for (size_t id = 0; id < n; id++) {
		const struct dns_answer *a;
		struct question_name q = book_question(run->book, id, &a);
		const char *reason;

		if (a == NULL || (!dns_is_unknown(a) && !a->cut)) {
			continue;
		}
		reason = a->cut ? "more records than an audit reads" : a->reason;
		if (unseen++ < UNSEEN_SHOWN_MAX) {
			(void)audit_find(run, FINDING_dns_unknown, q.name, "%s: %s",
			    dns_type_name(q.type),
			    reason == NULL ? dns_status_words(a->status) : reason);
		}
	}
	if (book_is_full(run->book)) {
		(void)audit_find(run, FINDING_dns_unknown, run->q->domain,
		    "more than %d look-ups: the rest was not asked", BOOK_LOOKUPS_MAX);
	}
	if (unseen > UNSEEN_SHOWN_MAX) {
		(void)audit_find(run, FINDING_dns_unknown, (struct sv){ 0 }, "%zu more look-up%s",
		    unseen - UNSEEN_SHOWN_MAX, unseen - UNSEEN_SHOWN_MAX == 1 ? "" : "s");
	}
}

void
audit_drop(struct audit *a, const enum finding_id *ids, size_t n_ids)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		bool drop = false;

		for (size_t k = 0; k < n_ids; k++) {
			drop |= a->findings[i].id == ids[k];
		}
		if (!drop) {
			a->findings[n++] = a->findings[i];
		}
	}
	a->n = n;
}

/* A domain that does not exist lacks everything: one finding says it. */
static void
check_name(struct audit_run *run)
{
	static const enum finding_id follow[] = { FINDING_spf_missing, FINDING_dkim_none,
		FINDING_dmarc_missing, FINDING_mx_missing };
	const struct dns_answer *a = audit_ask(run, DNS_MX, run->q->domain);

	if (a != NULL && a->status == DNS_NO_NAME) {
		audit_drop(run->out, follow, sizeof(follow) / sizeof(follow[0]));
		(void)audit_find(run, FINDING_name_missing, run->q->domain, NULL);
	}
}

void
audit_run(struct book *book, struct arena *arena, const struct audit_request *q, struct audit *out)
{
	struct audit_run run = { book, arena, q, out };

	memset(out, 0, sizeof(*out)); /* too large for a copy on the stack */
	out->domain = q->domain;
	audit_spf(&run);
	audit_dkim(&run);
	audit_dmarc(&run);
	audit_mx(&run);
	audit_policies(&run);
	audit_ips(&run);
	audit_spf_instead(&run);
	audit_parked(&run);
	check_name(&run);
	audit_note_unseen(&run);
}

bool
audit_needs_action(const struct audit *a, const struct audit_texts *t)
{
	for (size_t i = 0; i < a->n; i++) {
		if (t->findings[a->findings[i].id].severity <= SEVERITY_RISK) {
			return true;
		}
	}
	return false;
}

bool
audit_is_blind(const struct audit *a, const struct audit_texts *t)
{
	for (size_t i = 0; i < a->n; i++) {
		if (t->findings[a->findings[i].id].severity == SEVERITY_UNSEEN) {
			return true;
		}
	}
	return false;
}
