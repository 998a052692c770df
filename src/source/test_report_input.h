/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_TEST_REPORT_INPUT_H
#define CAROM_SOURCE_TEST_REPORT_INPUT_H

/* Reading what is named and noting what came of it, for the tests of that. */

#include "base/buf.h"
#include "base/civil.h"
#include "source/report_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

/* What came, in the words that both readers have. */
struct got {
	struct buf org, head, records, tls, nothing;
	uint64_t reports, messages, n_records;
	bool damaged;
};

static inline void
got_init(struct got *g)
{
	*g = (struct got){ .reports = 0 };
	buf_init(&g->org, 0);
	buf_init(&g->head, 0);
	buf_init(&g->records, 0);
	buf_init(&g->tls, 0);
	buf_init(&g->nothing, 0);
	buf_str(&g->org, "");
	buf_str(&g->head, "");
	buf_str(&g->records, "");
	buf_str(&g->tls, "");
	buf_str(&g->nothing, "");
}

static inline void
got_done(struct got *g)
{
	buf_done(&g->org);
	buf_done(&g->head);
	buf_done(&g->records);
	buf_done(&g->tls);
	buf_done(&g->nothing);
}

static inline bool
on_record(void *context, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	struct got *g = context;
	struct buf *b = &g->records;

	(void)r;
	g->n_records++;
	buf_fmt(b, "%.*s x%llu dkim=%s spf=%s from=%.*s env=%.*s to=%.*s", SV_ARG(rec->source),
	    (unsigned long long)rec->count, rec->dkim_aligned ? "pass" : "fail",
	    rec->spf_aligned ? "pass" : "fail", SV_ARG(rec->header_from),
	    SV_ARG(rec->envelope_from), SV_ARG(rec->envelope_to));
	for (int kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < rec->n_auth; i++) {
			const struct dmarc_auth *a = &rec->auth[i];

			if ((int)a->kind == kind && a->domain.n > 0) {
				struct sv second = kind == 0 ? a->selector : a->scope;

				/* The other reader's words for what is not said. */
				second = second.n > 0 ? second
					 : kind == 0  ? SV("none")
						      : SV("mfrom");
				buf_fmt(b, " %s:%.*s/%.*s=%.*s", kind == 0 ? "dkim" : "spf",
				    SV_ARG(a->domain), SV_ARG(second), SV_ARG(a->result));
			}
		}
	}
	buf_char(b, '\n');
	return true;
}

static inline void
on_dmarc(void *context, struct sv where, const struct dmarc_report *r)
{
	struct got *g = context;
	const struct dmarc_policy *p = &r->policy;

	(void)where;
	g->reports++;
	g->messages += r->messages;
	g->damaged = g->damaged || r->damaged;
	buf_sv(&g->org, r->org);
	buf_fmt(&g->head, "%.*s %lld-%lld %.*s p=%.*s np=%.*s\n", SV_ARG(r->email),
	    (long long)r->begin_s, (long long)r->end_s, SV_ARG(p->domain), SV_ARG(p->p),
	    SV_ARG(p->np));
}

static inline void
on_tls(void *context, struct sv where, const struct tlsrpt *t)
{
	struct got *g = context;

	(void)where;
	g->reports++;
	buf_fmt(&g->tls, "%.*s %.*s %lld-%lld\n", SV_ARG(t->org), SV_ARG(t->id),
	    (long long)t->begin_s, (long long)t->end_s);
	for (size_t i = 0; i < t->n_policies; i++) {
		const struct tlsrpt_policy *p = &t->policies[i];

		buf_fmt(&g->tls, "%.*s %.*s +%llu -%llu\n", SV_ARG(p->domain), SV_ARG(p->type),
		    (unsigned long long)p->succeeded, (unsigned long long)p->failed);
		for (size_t k = 0; k < p->n_details; k++) {
			buf_fmt(&g->tls, "  %.*s %.*s %llu\n", SV_ARG(p->details[k].result),
			    SV_ARG(p->details[k].mx), (unsigned long long)p->details[k].count);
		}
	}
}

static inline void
on_failure(void *context, struct sv where, const struct auth_failure *f)
{
	struct got *g = context;

	(void)where;
	g->reports++;
	buf_fmt(&g->head, "failure of %.*s: %.*s\n", SV_ARG(f->domain), SV_ARG(f->failure));
}

static inline void
on_nothing(void *context, struct sv where, const char *why)
{
	struct got *g = context;

	(void)where;
	buf_fmt(&g->nothing, "%s\n", why);
}

static inline void
read_path(struct got *g, const char *path)
{
	const struct report_sink sink = { on_record, on_dmarc, on_tls, on_failure, on_nothing, g };
	struct report_input *in = report_input_new(&sink);

	report_input_path(in, path);
	report_input_free(&in);
}

#endif
