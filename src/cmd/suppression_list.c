/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/suppression_list.h"

#include "base/civil.h"
#include "base/num.h"
#include "fact/event.h"

#include <stdio.h>

/* As the exports call them, without regard to case. */
static const struct {
	struct sv name;
	enum list_column column;
} names[] = {
	{ SV_INIT("address"), LIST_ADDRESS },
	{ SV_INIT("email"), LIST_ADDRESS },
	{ SV_INIT("email address"), LIST_ADDRESS },
	{ SV_INIT("emailaddress"), LIST_ADDRESS },
	{ SV_INIT("email_address"), LIST_ADDRESS },
	{ SV_INIT("recipient"), LIST_ADDRESS },
	{ SV_INIT("reason"), LIST_REASON },
	{ SV_INIT("suppressionreason"), LIST_REASON },
	{ SV_INIT("suppression reason"), LIST_REASON },
	{ SV_INIT("type"), LIST_REASON },
	{ SV_INIT("status"), LIST_REASON },
	{ SV_INIT("unsub_reason"), LIST_UNSUBSCRIBED },
	{ SV_INIT("unsub_time"), LIST_DATE },
	{ SV_INIT("clean_time"), LIST_DATE },
	{ SV_INIT("origin"), LIST_ORIGIN },
	{ SV_INIT("created"), LIST_DATE },
	{ SV_INIT("created_at"), LIST_DATE },
	{ SV_INIT("createdat"), LIST_DATE },
	{ SV_INIT("date"), LIST_DATE },
	{ SV_INIT("lastupdatetime"), LIST_DATE },
	{ SV_INIT("last update time"), LIST_DATE },
};

bool
list_open(struct suppression_list *l, struct sv text)
{
	*l = (struct suppression_list){ .head_is_row = false };
	csv_init(&l->csv, text);
	for (int i = 0; i < LIST_COLUMNS; i++) {
		l->at[i] = -1;
	}
	if (!csv_next(&l->csv)) {
		return false;
	}
	for (size_t i = 0; i < l->csv.n; i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (sv_ieq(l->csv.fields[i], names[k].name) && l->at[names[k].column] < 0) {
				l->at[names[k].column] = (int)i;
			}
		}
	}
	if (l->at[LIST_ADDRESS] < 0 && address_domain(l->csv.fields[0]).n > 0) {
		l->at[LIST_ADDRESS] = 0;
		l->at[LIST_REASON] = 1;
		l->head_is_row = true;
	}
	return l->at[LIST_ADDRESS] >= 0;
}

void
list_close(struct suppression_list *l)
{
	csv_done(&l->csv);
}

static struct sv
field(const struct suppression_list *l, enum list_column c)
{
	return l->at[c] >= 0 && (size_t)l->at[c] < l->csv.n ? l->csv.fields[l->at[c]]
							    : (struct sv){ 0 };
}

/* ---- why ---- */

static bool
says(struct sv s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_ifind(s, sv_from(words[i])) >= 0) {
			return true;
		}
	}
	return false;
}

static enum happening_kind
kind_of(const struct suppression_list *l, enum happening_kind kind)
{
	static const char *const complaint[] = { "complain", "spam", "abuse" };
	static const char *const unsubscribed[] = { "unsub", "optout", "opt-out" };
	struct sv reason = field(l, LIST_REASON);
	struct sv mailchimp = field(l, LIST_UNSUBSCRIBED);

	if (l->at[LIST_UNSUBSCRIBED] >= 0) { /* its reasons: NORMAL, NOSIGNUP, SPAM ... */
		return says(mailchimp, complaint, 3) ? HAPPENED_COMPLAINT : HAPPENED_UNSUBSCRIBED;
	}
	if (reason.n == 0) {
		return kind;
	}
	if (char_is_digit(reason.p[0])) { /* words of a server, whatever else is in them */
		return HAPPENED_GONE;
	}
	if (says(reason, complaint, 3)) {
		return HAPPENED_COMPLAINT;
	}
	if (says(reason, unsubscribed, 3)) {
		return HAPPENED_UNSUBSCRIBED;
	}
	if (sv_ifind(reason, SV("manual")) >= 0) {
		return sv_ieq(field(l, LIST_ORIGIN), SV("recipient")) ? HAPPENED_UNSUBSCRIBED
								      : HAPPENED_BY_HAND;
	}
	return HAPPENED_GONE;
}

/* ---- since when ---- */

/* RFC 5322 section 3.3, as Mailgun has it: "Fri, 18 Oct 2013 18:28:14 GMT". */
static bool
read_mail_date(struct sv s, int64_t *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct sv rest = s;
	struct sv word[5];
	char iso[64];
	ptrdiff_t comma = sv_find(s, SV(","));
	uint32_t day;
	ptrdiff_t month;

	rest = comma >= 0 ? sv_trim(sv_from_at(s, (size_t)comma + 1)) : s;
	for (int i = 0; i < 4; i++) {
		if (!sv_cut(&rest, ' ', &word[i])) {
			return false;
		}
	}
	word[4] = rest;
	month = word[1].n == 3 ? sv_find(sv_from(months), word[1]) : -1;
	if (!num_u32(word[0], 31, &day) || month < 0 || month % 3 != 0 || word[2].n != 4) {
		return false;
	}
	if (sv_eq(word[4], SV("GMT")) || sv_eq(word[4], SV("UTC"))) {
		word[4] = SV("Z");
	}
	(void)snprintf(iso, sizeof(iso), "%.*s-%02d-%02uT%.*s%.*s", SV_ARG(word[2]),
	    (int)(month / 3) + 1, day, SV_ARG(sv_head(word[3], 16)), SV_ARG(sv_head(word[4], 8)));
	return civil_take_iso(sv_from(iso), out);
}

/* Seconds since 1970; "2020-12-14 22:16:00 UTC" and the like; the date of a mail. */
static bool
read_date(struct sv s, int64_t *out)
{
	uint64_t seconds;

	if (s.n >= 9 && num_u64(s, UINT32_MAX, &seconds)) {
		*out = (int64_t)seconds * US_PER_SECOND;
		return true;
	}
	if (read_mail_date(s, out)) {
		return true;
	}
	(void)sv_drop_tail(&s, SV(" UTC"));
	return civil_take_iso(s, out);
}

bool
list_next(struct suppression_list *l, enum happening_kind kind, struct list_row *out)
{
	if (!l->head_is_row && !csv_next(&l->csv)) {
		return false;
	}
	l->head_is_row = false;
	*out = (struct list_row){ .address = field(l, LIST_ADDRESS), .kind = kind_of(l, kind) };
	out->dated = read_date(field(l, LIST_DATE), &out->t_us);
	return true;
}
