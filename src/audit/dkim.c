/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"
#include "auth/tags.h"
#include "base/civil.h"

#define RSA_BITS_LEAST 1024
#define RSA_BITS_GOOD  2048
#define RSA_BITS_MOST  4096

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

/* The record as it should be; nothing where it is not the domain's own, or cannot be told. */
static struct sv
tidy_key(struct audit_run *run, const struct audit_key *k)
{
	const struct dkim_key *key = &k->lookup.key;
	struct sv rest = key->text;
	struct sv out;
	struct tag t;
	struct buf b;

	if (k->lookup.aliases > 0 || k->lookup.n > 1 ||
	    (key->flaws & (DKIM_KEY_TWICE | DKIM_KEY_RSA_BARE | DKIM_KEY_ED_WRAPPED)) != 0) {
		return (struct sv){ 0 };
	}
	buf_init(&b, 0);
	buf_str(&b, "v=DKIM1");
	while (tags_next(&rest, &t)) {
		bool goes = t.name.n == 0 || sv_eq(t.name, SV("v")) || sv_eq(t.name, SV("g")) ||
			    sv_eq(t.name, SV("t")) ||
			    (sv_eq(t.name, SV("h")) && (key->flaws & DKIM_KEY_SHA1_ONLY) != 0) ||
			    (sv_eq(t.name, SV("s")) && (key->flaws & DKIM_KEY_NOT_EMAIL) != 0);

		if (!goes) {
			buf_fmt(&b, "; %.*s=%.*s", SV_ARG(t.name), SV_ARG(t.value));
		}
	}
	buf_str(&b, key->strict ? "; t=s" : "");
	out = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

static void
publish(struct audit_run *run, const struct audit_key *k, struct finding *f)
{
	if (k->lookup.aliases > 0) {
		f->note = SV("the name is an alias (CNAME): whoever it leads to has to change it");
		return;
	}
	f->value = tidy_key(run, k);
	if (f->value.n > 0) {
		f->name = audit_text(
		    run, "%.*s._domainkey.%.*s", SV_ARG(k->selector), SV_ARG(run->q->domain));
	}
}

static void
check_flaws(struct audit_run *run, const struct audit_key *k)
{
	for (size_t i = 0; i < sizeof(flaw_words) / sizeof(flaw_words[0]); i++) {
		if ((k->lookup.key.flaws & flaw_words[i].flaw) != 0) {
			publish(run, k,
			    audit_find(
				run, FINDING_dkim_untidy, k->selector, "%s", flaw_words[i].words));
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

static void
unusable(struct audit_run *run, const struct audit_key *k)
{
	const struct dkim_key *key = &k->lookup.key;
	bool is_short = key->type == DKIM_RSA && key->bits > 0 && key->bits < RSA_BITS_LEAST;

	if (!is_short && (key->flaws & (DKIM_KEY_SHA1_ONLY | DKIM_KEY_NOT_EMAIL)) != 0) {
		publish(run, k,
		    audit_find(run, FINDING_dkim_restricted, k->selector, "%s", key->fault));
	} else if (is_short) {
		(void)audit_find(run, FINDING_dkim_short, k->selector, "RSA %u bits", key->bits);
	} else {
		(void)audit_find(run, FINDING_dkim_unusable, k->selector, "%s", key->fault);
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
		unusable(run, k);
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
		publish(run, k, audit_find(run, FINDING_dkim_testing, k->selector, NULL));
	}
	check_flaws(run, k);
	check_age(run, k);
	return true;
}

/* Looks one selector up; keeps it when there is something to show.  True: nobody could say. */
static bool
look_up(struct audit_run *run, struct sv selector, bool given, bool seen)
{
	struct audit *a = run->out;
	struct audit_key *k = &a->keys[a->n_keys];

	if (a->n_keys == AUDIT_KEYS_MAX || a->n_keys_tried == AUDIT_KEYS_MAX) {
		return false;
	}
	for (size_t i = 0; i < a->n_keys; i++) {
		if (sv_ieq(a->keys[i].selector, selector)) {
			return false;
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
	return k->lookup.found == DKIM_KEY_UNKNOWN;
}

void
audit_dkim(struct audit_run *run)
{
	const struct audit_texts *t = run->q->texts;
	struct audit *a = run->out;
	struct dkim_lookup any;
	size_t usable = 0;
	size_t unseen = 0;

	dkim_key_find(run->book, run->arena, run->q->domain, SV("no-such-selector-7f3a"), &any);
	a->any_selector = any.n > 0; /* a wildcard: then usual names prove nothing */
	a->pending |= any.found == DKIM_KEY_PENDING;
	for (size_t i = 0; i < run->q->n_selectors; i++) {
		unseen += look_up(run, run->q->selectors[i], true, false);
	}
	for (size_t i = 0; i < run->q->n_seen; i++) {
		unseen += look_up(run, run->q->seen[i], false, true);
	}
	for (size_t i = 0; i < t->n_selectors; i++) {
		unseen += look_up(run, sv_from(t->selectors[i]), false, false);
	}
	for (size_t i = 0; i < a->n_keys; i++) {
		usable += check_key(run, &a->keys[i]);
	}
	/* Where some could not be seen there may be keys: dns_unknown says so. */
	if (usable == 0 && unseen == 0 && !a->pending) {
		(void)audit_find(run, FINDING_dkim_none, run->q->domain, "%zu selectors tried%s",
		    a->n_keys_tried, a->any_selector ? "; a wildcard answers for all others" : "");
	}
}
