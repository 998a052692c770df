/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/reply.h"

#include "base/num.h"

/* ---- reading ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct sv *s)
{
	while (s->n > 0 && is_blank(s->p[0])) {
		*s = sv_from_at(*s, 1);
	}
}

bool
reply_code_take(struct sv *s, unsigned *out)
{
	uint32_t code;

	if (s->n < 3 || s->p[0] < '2' || s->p[0] > '5' || !num_u32(sv_head(*s, 3), 599, &code)) {
		return false;
	}
	if (s->n > 3 && !is_blank(s->p[3]) && s->p[3] != '-' && s->p[3] != ';' && s->p[3] != ':') {
		return false;
	}
	*out = code;
	*s = sv_from_at(*s, s->n > 3 ? 4 : 3);
	return true;
}

/* "5.1.1", "#5.1.1", "(5.1.1)", "[5.1.1]:" and what separates it from the text. */
static bool
take_status(struct sv *s, struct status *out)
{
	struct sv t = *s;

	skip_blanks(&t);
	if (t.n > 0 && (t.p[0] == '#' || t.p[0] == '(' || t.p[0] == '[')) {
		t = sv_from_at(t, 1);
		(void)sv_take(&t, SV("#"));
	}
	if (!status_take(&t, out)) {
		return false;
	}
	while (t.n > 0 && (t.p[0] == ')' || t.p[0] == ']' || t.p[0] == ':' || t.p[0] == ';' ||
			      t.p[0] == '-')) {
		t = sv_from_at(t, 1);
	}
	*s = t;
	return true;
}

bool
reply_begins(struct sv s)
{
	unsigned code;

	return reply_code_take(&s, &code);
}

static bool
read_at(struct sv s, struct reply *out)
{
	skip_blanks(&s);
	if (!reply_code_take(&s, &out->code)) {
		return false;
	}
	(void)take_status(&s, &out->status);
	out->text = sv_trim(s);
	return true;
}

/* Behind these words another program quotes the answer. */
static bool
read_quoted(struct sv s, struct reply *out)
{
	static const struct sv marks[] = { SV_INIT("said: "), SV_INIT("<<< "), SV_INIT("to me: "),
		SV_INIT("smtp;"), SV_INIT("SMTP; "), SV_INIT("\n"), SV_INIT(": "), SV_INIT("(") };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct sv rest = s;
		struct sv head;

		while (sv_cut_sv(&rest, marks[i], &head)) {
			if (read_at(rest, out)) {
				return true;
			}
		}
	}
	return false;
}

/* "text (#5.1.1)", "... #5.7.1 ...": qmail and its kin put the code behind. */
static void
find_status(struct sv s, struct status *out)
{
	for (size_t i = 2; i < s.n; i++) { /* at each dot behind one digit */
		const char *dot = memchr(s.p + i, '.', s.n - i);
		struct sv t;

		if (dot == NULL) {
			return;
		}
		i = (size_t)(dot - s.p);
		if (!char_is_digit(dot[-1]) ||
		    (dot[-2] != '#' && dot[-2] != '(' && !is_blank(dot[-2]))) {
			continue;
		}
		t = sv_from_at(s, i - 1);
		if (status_take(&t, out)) {
			return;
		}
	}
}

void
reply_read(struct sv s, struct reply *out)
{
	*out = (struct reply){ 0 };
	s = sv_trim(s);
	if (read_at(s, out)) {
		if (out->status.klass == 0) {
			find_status(sv_head(s, REPLY_TEXT_MAX), &out->status);
		}
		return;
	}
	if (take_status(&s, &out->status)) {
		out->text = sv_trim(s);
		return;
	}
	(void)read_quoted(sv_head(s, REPLY_TEXT_MAX), out);
	out->text = s; /* the words in front may matter as much as the quoted ones */
	if (out->status.klass == 0) {
		find_status(sv_head(s, REPLY_TEXT_MAX), &out->status);
	}
}
