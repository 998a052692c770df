/* SPDX-License-Identifier: Apache-2.0 */

/* The sending addresses: what they are called, whether that leads back, what SPF says of them. */

#include "audit/private.h"

#define ADDRESSES_BYTES 200 /* shown of the addresses of a name */

static bool
holds(struct sv name, const unsigned char *b, char s, const int *order, bool padded)
{
	struct buf text;
	bool found;

	buf_init(&text, 0);
	for (int i = 0; i < 4; i++) {
		if (i > 0) {
			buf_char(&text, s);
		}
		buf_fmt(&text, padded ? "%03u" : "%u", b[order[i]]);
	}
	found = sv_find(name, buf_view(&text)) >= 0;
	buf_done(&text);
	return found;
}

/* Does the name hold the address, as names do that a provider made for all its customers? */
static bool
is_generic(const struct ip *ip, struct sv name)
{
	static const int orders[2][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 } };
	static const char separators[] = "-._";

	for (size_t k = 0; ip->n == 4 && k < sizeof(separators) - 1; k++) {
		for (int order = 0; order < 2; order++) {
			if (holds(name, ip->b, separators[k], orders[order], false) ||
			    holds(name, ip->b, separators[k], orders[order], true)) {
				return true;
			}
		}
	}
	return false;
}

/* The first name that has the address again; section 3 of RFC 8601 calls it iprev. */
static void
confirm(struct audit_run *run, struct audit_ip *row)
{
	for (size_t i = 0; i < row->ptr->n && i < SPF_HOSTS_MAX; i++) {
		struct sv name = row->ptr->records[i].data;
		const struct dns_answer *a =
		    audit_ask(run, row->ip.n == 4 ? DNS_A : DNS_AAAA, name);

		row->name = row->name.n == 0 ? name : row->name;
		for (size_t k = 0; a != NULL && k < a->n; k++) {
			if (a->records[k].data.n == row->ip.n &&
			    memcmp(a->records[k].data.p, row->ip.b, row->ip.n) == 0) {
				row->name = name;
				row->confirmed = true;
				return;
			}
		}
	}
}

/* "has no address", "has 192.0.2.1 192.0.2.2". */
static struct sv
addresses_of(struct audit_run *run, const struct audit_ip *row, struct sv name)
{
	const struct dns_answer *a = audit_ask(run, row->ip.n == 4 ? DNS_A : DNS_AAAA, name);
	struct sv out;
	struct buf b;

	if (a == NULL || a->n == 0) {
		return a == NULL || dns_is_void(a) ? SV("has no address") : SV("was not seen");
	}
	buf_init(&b, ADDRESSES_BYTES);
	buf_str(&b, "has");
	for (size_t i = 0; i < a->n; i++) {
		struct ip ip = { .n = (unsigned)a->records[i].data.n };

		memcpy(ip.b, a->records[i].data.p, ip.n);
		buf_char(&b, ' ');
		ip_print(&ip, &b);
	}
	out = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

static void
publish_address(const struct audit_ip *row, struct finding *f, struct sv name, struct sv address)
{
	f->type = row->ip.n == 4 ? "A" : "AAAA";
	f->name = name;
	f->value = address;
}

static void
check_name(struct audit_run *run, struct audit_ip *row, struct sv about)
{
	struct sv reverse;
	struct finding *f;
	struct buf b;

	buf_init(&b, 0);
	ip_reverse_name(&row->ip, &b);
	reverse = arena_sv(run->arena, buf_view(&b));
	row->ptr = audit_ask(run, DNS_PTR, reverse);
	buf_done(&b);
	if (row->ptr == NULL || dns_is_unknown(row->ptr)) {
		return;
	}
	if (row->ptr->n == 0) {
		f = audit_find(run, FINDING_ptr_missing, about, NULL);
		if (run->q->helo.n > 0) {
			f->type = "PTR";
			f->name = reverse;
			f->value = audit_text(run, "%.*s.", SV_ARG(run->q->helo));
		}
		return;
	}
	confirm(run, row);
	if (!row->confirmed) {
		publish_address(row,
		    audit_find(run, FINDING_ptr_unconfirmed, about, "its name %.*s %.*s",
			SV_ARG(row->name), SV_ARG(addresses_of(run, row, row->name))),
		    row->name, about);
	} else if (is_generic(&row->ip, row->name)) {
		(void)audit_find(run, FINDING_ptr_generic, about, "%.*s", SV_ARG(row->name));
	}
}

static void
check_helo(struct audit_run *run, const struct audit_ip *row, struct sv about)
{
	const struct dns_answer *a;

	if (run->q->helo.n == 0) {
		return;
	}
	a = audit_ask(run, row->ip.n == 4 ? DNS_A : DNS_AAAA, run->q->helo);
	if (a == NULL || dns_is_unknown(a)) {
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (a->records[i].data.n == row->ip.n &&
		    memcmp(a->records[i].data.p, row->ip.b, row->ip.n) == 0) {
			return;
		}
	}
	publish_address(row,
	    audit_find(run, FINDING_helo_unconfirmed, about, "%.*s %.*s", SV_ARG(run->q->helo),
		SV_ARG(addresses_of(run, row, run->q->helo))),
	    run->q->helo, about);
}

static void
not_passed(struct audit_run *run, const struct audit_ip *row, struct sv about)
{
	const struct spf_node *top = run->out->spf.n > 0 ? &run->out->spf.nodes[0] : NULL;
	const char *result = spf_result_name(row->spf.result);

	if (top == NULL || top->found != SPF_PASS) {
		return; /* there is no record to pass by: that is said, and one is shown */
	}
	if (row->spf.result == SPF_PERMERROR) {
		(void)audit_find(run, FINDING_spf_ip_not_passed, about,
		    "permerror at %.*s: mend the record first", SV_ARG(row->spf.mechanism));
		return;
	}
	audit_find(run, FINDING_spf_ip_not_passed, about, "%s by %.*s", result,
	    SV_ARG(row->spf.mechanism.n > 0 ? row->spf.mechanism : SV("default: nothing matches")))
	    ->name = run->q->domain;
}

static void
check_spf(struct audit_run *run, struct audit_ip *row, struct sv about)
{
	struct spf_question q = {
		.ip = row->ip,
		.from = audit_text(run, "postmaster@%.*s", SV_ARG(run->q->domain)),
		.helo = run->q->helo.n > 0 ? run->q->helo
			: row->name.n > 0  ? row->name
					   : run->q->domain,
		.now_us = run->q->now_us,
	};

	spf_check(run->book, run->arena, &q, &row->spf);
	if (row->spf.result == SPF_PENDING) {
		run->out->pending = true;
	} else if (row->spf.result != SPF_PASS && row->spf.result != SPF_TEMPERROR) {
		not_passed(run, row, about);
	}
}

void
audit_ips(struct audit_run *run)
{
	struct audit *out = run->out;

	for (size_t i = 0; i < run->q->n_ips; i++) {
		struct audit_ip *row = &out->ips[out->n_ips++];
		struct sv about;
		struct buf b;

		*row = (struct audit_ip){ .ip = run->q->ips[i] };
		buf_init(&b, 0);
		ip_print(&row->ip, &b);
		about = arena_sv(run->arena, buf_view(&b));
		buf_done(&b);
		check_name(run, row, about);
		check_helo(run, row, about);
		check_spf(run, row, about);
	}
}
