/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/store/suppression_list.h"

#include "base/civil.h"
#include "base/num.h"
#include "fact/event.h"
#include "mail/mime.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* As the exports call them, without regard to case; of two for one thing, the first in this table. */
static const struct {
	struct sv name;
	enum list_column column;
} names[] = {
	{ SV_INIT("address"), COLUMN_ADDRESS },
	{ SV_INIT("email"), COLUMN_ADDRESS },
	{ SV_INIT("email address"), COLUMN_ADDRESS },
	{ SV_INIT("emailaddress"), COLUMN_ADDRESS },
	{ SV_INIT("email_address"), COLUMN_ADDRESS },
	{ SV_INIT("recipient"), COLUMN_ADDRESS },
	{ SV_INIT("suppressionreason"), COLUMN_REASON },
	{ SV_INIT("suppression reason"), COLUMN_REASON },
	{ SV_INIT("reason"), COLUMN_REASON },
	{ SV_INIT("type"), COLUMN_REASON },
	{ SV_INIT("created"), COLUMN_DATE },
	{ SV_INIT("created_at"), COLUMN_DATE },
	{ SV_INIT("createdat"), COLUMN_DATE },
	{ SV_INIT("bouncedat"), COLUMN_DATE },
	{ SV_INIT("date"), COLUMN_DATE },
	{ SV_INIT("lastupdatetime"), COLUMN_DATE },
	{ SV_INIT("last update time"), COLUMN_DATE },
	{ SV_INIT("unsub_time"), COLUMN_DATE },
	{ SV_INIT("clean_time"), COLUMN_DATE },
	{ SV_INIT("origin"), COLUMN_ORIGIN },
};

/* What only lists of one kind have; the first in this table that is there counts. */
static const struct {
	struct sv name;
	enum happening_kind kind;
} marks[] = {
	{ SV_INIT("unsub_time"), HAPPENED_UNSUBSCRIBED }, /* Mailchimp, unsubscribed */
	{ SV_INIT("clean_time"), HAPPENED_GONE },         /* Mailchimp, cleaned */
	{ SV_INIT("tags"), HAPPENED_UNSUBSCRIBED },       /* Mailgun, unsubscribes */
	{ SV_INIT("error"), HAPPENED_GONE },              /* Mailgun, bounces */
	{ SV_INIT("status"), HAPPENED_GONE },             /* SendGrid, bounces */
	{ SV_INIT("ip"), HAPPENED_COMPLAINT },            /* SendGrid, spam reports */
};

static int
column_of(const struct csv *csv, struct sv name)
{
	for (size_t i = 0; i < csv->n; i++) {
		if (sv_ieq(csv->fields[i], name)) {
			return (int)i;
		}
	}
	return -1;
}

bool
list_is_address(struct sv s)
{
	return address_domain(s).n > 0 && s.n <= 320;
}

bool
list_head_read(const struct csv *csv, struct list_head *out)
{
	*out = (struct list_head){ .at = { -1, -1, -1, -1 } };
	for (size_t i = 0; i < COUNT(names); i++) {
		int *at = &out->at[names[i].column];

		*at = *at >= 0 ? *at : column_of(csv, names[i].name);
	}
	for (size_t i = 0; i < COUNT(marks) && !out->says_why; i++) {
		out->says_why = column_of(csv, marks[i].name) >= 0;
		out->kind = marks[i].kind;
	}
	if (!out->says_why) {
		out->kind = HAPPENED_GONE;
		out->says_why = out->at[COLUMN_REASON] >= 0;
	}
	return out->at[COLUMN_ADDRESS] >= 0;
}

struct sv
list_field(const struct list_head *h, const struct csv *csv, enum list_column c)
{
	return h->at[c] >= 0 && (size_t)h->at[c] < csv->n ? csv->fields[h->at[c]]
							  : (struct sv){ 0 };
}

/* "550 5.1.1 ...", "5.7.1 ...": what a host answered, whatever words are in it. */
static bool
is_reply(struct sv s)
{
	return s.n >= 3 && (s.p[0] == '4' || s.p[0] == '5') &&
	       (s.p[1] == '.' || (s.p[1] >= '0' && s.p[1] <= '9'));
}

enum happening_kind
list_kind(const struct list_head *h, const struct csv *csv)
{
	static const struct {
		struct sv part;
		enum happening_kind kind;
	} words[] = {
		{ SV_INIT("complain"), HAPPENED_COMPLAINT },
		{ SV_INIT("spam"), HAPPENED_COMPLAINT },
		{ SV_INIT("abuse"), HAPPENED_COMPLAINT },
		{ SV_INIT("unsub"), HAPPENED_UNSUBSCRIBED },
		{ SV_INIT("optout"), HAPPENED_UNSUBSCRIBED },
		{ SV_INIT("manual"), HAPPENED_BY_HAND },
	};
	struct sv reason = list_field(h, csv, COLUMN_REASON);

	for (size_t i = 0; i < COUNT(words) && !is_reply(reason); i++) {
		if (sv_ifind(reason, words[i].part) >= 0) {
			/* Postmark: the recipient's own wish by the link in the mail. */
			return words[i].kind == HAPPENED_BY_HAND &&
				       sv_ieq(list_field(h, csv, COLUMN_ORIGIN), SV("Recipient"))
				   ? HAPPENED_UNSUBSCRIBED
				   : words[i].kind;
		}
	}
	return h->kind;
}

bool
list_reason_word(struct sv word, enum happening_kind *out)
{
	static const struct {
		struct sv word;
		enum happening_kind kind;
	} words[] = {
		{ SV_INIT("bounce"), HAPPENED_GONE },
		{ SV_INIT("complaint"), HAPPENED_COMPLAINT },
		{ SV_INIT("unsubscribe"), HAPPENED_UNSUBSCRIBED },
		{ SV_INIT("manual"), HAPPENED_BY_HAND },
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (sv_eq(word, words[i].word)) {
			*out = words[i].kind;
			return true;
		}
	}
	return false;
}

/* ---- dates ---- */

bool
list_date(struct sv s, int64_t *us_out)
{
	char room[40];
	uint64_t seconds;

	if (s.n >= 9 && num_u64(s, UINT32_MAX, &seconds)) {
		*us_out = (int64_t)seconds * US_PER_SECOND;
		return true;
	}
	if (sv_ifind(s, SV(",")) >= 0) {
		return mime_date(s, us_out);
	}
	(void)sv_drop_tail(&s, SV(" UTC"));
	if (s.n == 0 || s.n >= sizeof(room)) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		room[i] = s.p[i] == ' ' ? 'T' : s.p[i];
	}
	return civil_take_iso(sv_make(room, s.n), us_out);
}
