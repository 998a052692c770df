/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/keep.h"

#include "auth/dkim_key.h"

#include <stdlib.h>

#define VALUES_MAX 64

/* The name itself has records of everybody's: only policies that we know are kept. */
static const struct sv policies[] = { SV_INIT("v=spf1"), SV_INIT("v=DMARC1"), SV_INIT("v=DKIM1"),
	SV_INIT("v=STSv1"), SV_INIT("v=TLSRPTv1"), SV_INIT("v=BIMI1") };

static bool
is_watched(const struct question_name *q, struct sv domain)
{
	return name_is_within(q->name, domain) && (q->type == DNS_TXT || q->type == DNS_MX);
}

static bool
is_policy(struct sv name, struct sv text)
{
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		if (sv_istarts(text, policies[i])) {
			return true;
		}
	}
	return sv_find(name, SV("._domainkey.")) > 0; /* a key needs no v= */
}

static int
by_bytes(const void *a, const void *b)
{
	return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* All records of the answer as one text, whatever order they came in. */
static void
value_of(
    const struct question_name *q, const struct dns_answer *a, struct arena *arena, struct buf *out)
{
	struct sv values[VALUES_MAX];
	size_t n = 0;
	struct buf one;

	buf_init(&one, 0);
	for (size_t i = 0; i < a->n && n < VALUES_MAX; i++) {
		if (q->type == DNS_TXT && !is_policy(q->name, a->records[i].data)) {
			continue;
		}
		buf_clear(&one);
		if (q->type == DNS_MX) {
			buf_fmt(&one, "%u ", a->records[i].preference);
		}
		buf_printable(&one, a->records[i].data, 4096);
		values[n++] = arena_sv(arena, buf_view(&one));
	}
	qsort(values, n, sizeof(values[0]), by_bytes);
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i == 0 ? "" : " | ");
		buf_sv(out, values[i]);
	}
	buf_done(&one);
}

static void
alert_change(struct store *s, const struct stored_record *r, struct sv old)
{
	struct stored_alert a = { .t_s = r->last_s, .kind = SV_INIT("record changed") };
	struct buf says;
	struct buf subject;

	buf_init(&says, 0);
	buf_init(&subject, 0);
	buf_fmt(&subject, "%.*s %.*s", SV_ARG(r->name), SV_ARG(r->kind));
	buf_fmt(&says, "was: %.*s; is: %.*s", SV_ARG(old.n == 0 ? SV("nothing") : old),
	    SV_ARG(r->value.n == 0 ? SV("nothing") : r->value));
	a.subject = buf_view(&subject);
	a.says = buf_view(&says);
	store_alert_put(s, &a);
	buf_done(&says);
	buf_done(&subject);
}

/* A key is as old as it was seen, at least. */
static void
alert_age(struct store *s, const struct stored_record *r, const struct alert_policy *policy)
{
	struct stored_alert a = { .t_s = r->last_s, .kind = SV_INIT("key too old") };
	int64_t since = store_record_since(s, r->kind, r->name);
	double days = (double)(r->last_s - since) / 86400;
	struct buf says;

	if (since == 0 || days < policy->key_days || sv_find(r->name, SV("._domainkey.")) <= 0) {
		return;
	}
	buf_init(&says, 0);
	buf_fmt(&says,
	    "this DKIM key has been in place for %.0f days at least, which is more than %.0f: sign "
	    "with a new key at another selector, then take this one out",
	    days, policy->key_days);
	a.subject = r->name;
	a.says = buf_view(&says);
	(void)store_alert_once(s, &a, policy->again_days);
	buf_done(&says);
}

/* "v=DKIM1; p=": the key was taken back. */
static bool
is_revoked(struct sv value, struct arena *arena)
{
	struct dkim_key k;

	return dkim_key_read(value, arena, &k) && k.revoked;
}

static void
keep_one(struct store *s, const struct stored_record *r, const struct alert_policy *policy,
    struct arena *arena)
{
	struct buf old;

	/* Selectors that are only tried are not there, and never were. */
	if (r->value.n == 0 && store_record_since(s, r->kind, r->name) == 0) {
		return;
	}
	buf_init(&old, 0);
	if (store_record_seen(s, r, &old)) {
		alert_change(s, r, buf_view(&old));
	} else if (r->value.n > 0 && !is_revoked(r->value, arena)) {
		alert_age(s, r, policy);
	}
	buf_done(&old);
}

enum err
audit_keep(struct store *s, const struct book *b, struct sv domain,
    const struct alert_policy *policy, int64_t now_s, struct why *why)
{
	struct arena *arena = arena_new((size_t)4 * 1024 * 1024);
	struct buf value;

	buf_init(&value, 0);
	store_begin(s);
	for (size_t id = 0; id < book_lookups(b); id++) {
		const struct dns_answer *a = NULL;
		struct question_name q = book_question(b, id, &a);
		struct stored_record r = { .domain = domain, .last_s = now_s };

		/* What nobody answered says nothing about the record. */
		if (a == NULL || dns_is_unknown(a) || a->cut || !is_watched(&q, domain)) {
			continue;
		}
		arena_reset(arena);
		buf_clear(&value);
		value_of(&q, a, arena, &value);
		r.kind = sv_from(dns_type_name(q.type));
		r.name = q.name;
		r.value = buf_view(&value);
		keep_one(s, &r, policy, arena);
	}
	buf_done(&value);
	arena_free(&arena);
	return store_commit(s, why);
}
