/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"
#include "base/civil.h"

#define RSA_BITS_GOOD 2048
#define RSA_BITS_MOST 4096

static const struct {
	unsigned flaw;
	const char *words;
} flaw_words[] = {
	{ DKIM_KEY_NO_V, "v=DKIM1 is not there" },
	{ DKIM_KEY_RSA_BARE, "the key is in a form (RSAPublicKey) that not all receivers read" },
	{ DKIM_KEY_OLD_G, "g= is gone since RFC 6376" },
	{ DKIM_KEY_TWICE, "p= stands twice" },
	{ DKIM_KEY_NO_TAG,
	    "a part without \"=\": often a record that was split or quoted wrongly" },
};

static void
check_flaws(struct audit_run *run, const struct audit_key *k)
{
	for (size_t i = 0; i < sizeof(flaw_words) / sizeof(flaw_words[0]); i++) {
		if ((k->lookup.key.flaws & flaw_words[i].flaw) != 0) {
			(void)audit_find(
			    run, FINDING_dkim_untidy, k->selector, "%s", flaw_words[i].words);
		}
	}
}

static void
check_age(struct audit_run *run, const struct audit_key *k)
{
	int64_t age_s = run->q->now_us / US_PER_SECOND - k->since_s;
	double days = (double)age_s / 86400;
	char day[40];

	if (k->since_s == 0 || run->q->key_days <= 0 || days < run->q->key_days) {
		return;
	}
	civil_print(k->since_s * US_PER_SECOND, day, sizeof(day));
	(void)audit_find(run, FINDING_dkim_old, k->selector, "seen since %.10s, %.0f days%s", day,
	    days, k->before == 0 ? ", and never changed" : "");
}

static void
put_age(const struct audit_request *q, struct audit_key *k)
{
	for (size_t i = 0; i < q->n_ages; i++) {
		if (sv_ieq(q->ages[i].selector, k->selector)) {
			k->since_s = q->ages[i].since_s;
			k->before = q->ages[i].before;
		}
	}
}

/* True: mail can be signed with it. */
static bool
check_key(struct audit_run *run, const struct audit_key *k)
{
	const struct dkim_key *key = &k->lookup.key;

	if (k->lookup.found == DKIM_NO_KEY) {
		(void)audit_find(run, FINDING_dkim_selector_missing, k->selector,
		    "%.*s._domainkey.%.*s holds no key", SV_ARG(k->selector),
		    SV_ARG(run->q->domain));
		return false;
	}
	if (k->lookup.found == DKIM_KEY_UNKNOWN) {
		return false;
	}
	if (k->lookup.found == DKIM_SEVERAL_KEYS) {
		(void)audit_find(
		    run, FINDING_dkim_several, k->selector, "%zu records", k->lookup.n);
	}
	if (key->fault != NULL) {
		(void)audit_find(run, FINDING_dkim_unusable, k->selector, "%s", key->fault);
		return false;
	}
	if (key->revoked) {
		(void)audit_find(run, FINDING_dkim_revoked, k->selector, NULL);
		return false;
	}
	if (key->type == DKIM_RSA && key->bits < RSA_BITS_GOOD) {
		(void)audit_find(run, FINDING_dkim_weak, k->selector, "RSA %u bits", key->bits);
	}
	if (key->type == DKIM_RSA && key->bits > RSA_BITS_MOST) {
		(void)audit_find(run, FINDING_dkim_untidy, k->selector,
		    "RSA %u bits: receivers need not verify more than %d (RFC 8301)", key->bits,
		    RSA_BITS_MOST);
	}
	if (key->testing) {
		(void)audit_find(run, FINDING_dkim_testing, k->selector, NULL);
	}
	check_flaws(run, k);
	check_age(run, k);
	return true;
}

/* Looks one selector up; keeps it when there is something to show. */
static void
look_up(struct audit_run *run, struct sv selector, bool given, bool seen)
{
	struct audit *a = run->out;
	struct audit_key *k = &a->keys[a->n_keys];

	if (a->n_keys == AUDIT_KEYS_MAX || a->n_keys_tried == AUDIT_KEYS_MAX) {
		return;
	}
	for (size_t i = 0; i < a->n_keys; i++) {
		if (sv_ieq(a->keys[i].selector, selector)) {
			return;
		}
	}
	*k = (struct audit_key){ .selector = selector, .given = given, .seen = seen };
	put_age(run->q, k);
	dkim_key_find(run->book, run->arena, run->q->domain, selector, &k->lookup);
	a->n_keys_tried++;
	if (k->lookup.found == DKIM_KEY_PENDING) {
		a->pending = true;
	} else if (given || (k->lookup.n > 0 && !a->any_selector)) {
		a->n_keys++;
	}
}

void
audit_dkim(struct audit_run *run)
{
	const struct audit_texts *t = run->q->texts;
	struct audit *a = run->out;
	struct dkim_lookup any;
	size_t usable = 0;

	dkim_key_find(run->book, run->arena, run->q->domain, SV("no-such-selector-7f3a"), &any);
	a->any_selector = any.n > 0; /* a wildcard: then usual names prove nothing */
	a->pending |= any.found == DKIM_KEY_PENDING;
	for (size_t i = 0; i < run->q->n_selectors; i++) {
		look_up(run, run->q->selectors[i], true, false);
	}
	for (size_t i = 0; i < run->q->n_seen; i++) {
		look_up(run, run->q->seen[i], false, true);
	}
	for (size_t i = 0; i < t->n_selectors; i++) {
		look_up(run, sv_from(t->selectors[i]), false, false);
	}
	for (size_t i = 0; i < a->n_keys; i++) {
		usable += check_key(run, &a->keys[i]);
	}
	if (usable == 0 && !a->pending) {
		(void)audit_find(run, FINDING_dkim_none, run->q->domain, "%zu selectors tried%s",
		    a->n_keys_tried, a->any_selector ? "; a wildcard answers for all others" : "");
	}
}
