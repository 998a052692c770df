/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/num.h"
#include "mail/postfix.h"

/* "Jan".."Dec" to 1-12 by their letters; 0: no month. */
static unsigned
month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned m = 0; m < 12; m++) {
		const char *name = names + (size_t)m * 3;

		if (name[0] == p[0] && name[1] == p[1] && name[2] == p[2]) {
			return m + 1;
		}
	}
	return 0;
}

static unsigned
two_digits(const char *p)
{
	return char_is_digit(p[0]) && char_is_digit(p[1])
		   ? (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0')
		   : 99;
}

/* "Sep  1 10:00:00 " or "Sep 01 10:00:00 ": 16 bytes. */
static bool
take_classic(struct sv *s, struct syslog_head *out)
{
	static const uint16_t before[] = { 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335 };
	const int64_t start =
	    INT64_C(730) * 86400; /* 1972-01-01: a leap year, so that 29 February fits */
	const char *p = s->p;
	unsigned month;
	unsigned day;
	unsigned h;
	unsigned m;
	unsigned sec;

	if (s->n < 17 || p[3] != ' ' || p[6] != ' ' || p[9] != ':' || p[12] != ':' ||
	    p[15] != ' ') {
		return false;
	}
	month = month_of(p);
	day = p[4] == ' ' && char_is_digit(p[5]) ? (unsigned)(p[5] - '0') : two_digits(p + 4);
	h = two_digits(p + 7);
	m = two_digits(p + 10);
	sec = two_digits(p + 13);
	if (month == 0 || day == 0 || day > 31 || h > 23 || m > 59 || sec > 60) {
		return false;
	}
	out->date = SYSLOG_DATE_CLASSIC;
	out->month = month;
	out->time_us = (start + (int64_t)(before[month - 1] + day - 1) * 86400 + (int64_t)h * 3600 +
			   (int64_t)m * 60 + (int64_t)sec) *
		       US_PER_SECOND;
	*s = sv_from_at(*s, SYSLOG_CLASSIC_N);
	return true;
}

static bool
take_iso(struct sv *s, struct syslog_head *out)
{
	struct sv t = *s;
	struct sv date;

	if (t.n < 20 || t.p[4] != '-' || t.p[7] != '-' || !sv_cut(&t, ' ', &date) || date.n > 40 ||
	    !civil_take_iso(date, &out->time_us)) {
		return false;
	}
	out->date = SYSLOG_DATE_ISO;
	out->month = two_digits(date.p + 5);
	*s = t;
	return true;
}

static void
skip_priority(struct sv *s)
{
	struct sv t = *s;
	uint32_t pri;

	if (sv_take(&t, SV("<")) && num_take_u32(&t, 191, &pri) && sv_take(&t, SV(">"))) {
		*s = t;
		if (sv_take(&t, SV("1 "))) { /* RFC 5424 */
			*s = t;
		}
	}
}

/* "postfix/smtp[123]: message"; with RFC 5424 "postfix/smtp 123 - - message". */
static bool
take_tag(struct sv *s, struct syslog_head *out)
{
	size_t n = 0;
	struct sv t;
	struct sv pid;

	while (n < s->n && s->p[n] != '[' && s->p[n] != ':' && s->p[n] != ' ') {
		n++;
	}
	if (n == 0 || n >= s->n) {
		return false;
	}
	out->tag = sv_head(*s, n);
	out->pid = 0;
	t = sv_from_at(*s, n);
	if (t.p[0] == '[') {
		t = sv_from_at(t, 1);
		if (!sv_cut(&t, ']', &pid) || pid.n > 10) {
			return false;
		}
		(void)num_u32(pid, UINT32_MAX, &out->pid);
	}
	if (sv_take(&t, SV(": "))) {
		*s = t;
		return true;
	}
	if (sv_take(&t, SV(":"))) { /* an empty message */
		*s = t;
		return true;
	}
	if (sv_take(&t, SV(" ")) && sv_cut(&t, ' ', &pid) && num_u32(pid, UINT32_MAX, &out->pid) &&
	    sv_take(&t, SV("- - "))) {
		*s = t;
		return true;
	}
	return false;
}

bool
syslog_head_rest(struct sv s, struct syslog_head *out)
{
	if (!sv_cut(&s, ' ', &out->host) || out->host.n == 0 || !take_tag(&s, out)) {
		return false;
	}
	out->message = s;
	return true;
}

bool
syslog_head_take(struct sv line, struct syslog_head *out)
{
	struct sv s = line;

	if (s.n > 0 && s.p[0] == '<') {
		skip_priority(&s);
	}
	if (!take_classic(&s, out) && !take_iso(&s, out)) {
		return false;
	}
	return syslog_head_rest(s, out);
}
