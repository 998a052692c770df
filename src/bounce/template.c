/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\xa0';
}

static struct sv
skip_blanks(struct sv s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s = sv_from_at(s, 1);
	}
	return s;
}

/* Full-width punctuation ends an address as its narrow kin does: colon, brackets, comma, stop, blank. */
static bool
is_wide_mark(struct sv s)
{
	static const char marks[][4] = { "\uff1a", "\uff08", "\uff09", "\uff1c", "\uff1e", "\uff0c",
		"\u3001", "\u3002", "\u3000", "\u300c", "\u300d", "\u3010", "\u3011" };

	for (size_t i = 0; s.n >= 3 && i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (memcmp(s.p, marks[i], 3) == 0) {
			return true;
		}
	}
	return false;
}

/* A local part and a domain; the local part may be quoted and may hold what people use. */
bool
address_take(struct sv *s, struct sv *out)
{
	struct sv t = *s;
	size_t n = 0;
	ptrdiff_t at;
	char close = '\0';

	if (t.n > 0 && (t.p[0] == '<' || t.p[0] == '"' || t.p[0] == '\'' || t.p[0] == '[')) {
		close = t.p[0] == '<' ? '>' : t.p[0] == '[' ? ']' : t.p[0];
		t = sv_from_at(t, 1);
	}
	(void)sv_take(&t, SV("mailto:"));
	while (n < t.n && (unsigned char)t.p[n] > ' ' && strchr("<>()[]\",;:|", t.p[n]) == NULL &&
	       !is_wide_mark(sv_from_at(t, n))) {
		n++;
	}
	while (n > 0 && strchr(".'!?*", t.p[n - 1]) != NULL) {
		n--;
	}
	at = sv_rfind(sv_head(t, n), SV("@"));
	if (at <= 0 || (size_t)at + 1 >= n || n > 320 || sv_chr(sv_head(t, (size_t)at), '=') == 0) {
		return false;
	}
	*out = sv_head(t, n);
	t = sv_from_at(t, n);
	if (close != '\0' && t.n > 0 && t.p[0] == close) {
		t = sv_from_at(t, 1);
	}
	*s = t;
	return true;
}

/* The literal up to the next '{' or the end. */
static struct sv
literal_of(struct sv t)
{
	ptrdiff_t brace = sv_chr(t, '{');

	return brace < 0 ? t : sv_head(t, (size_t)brace);
}

/* The literal at the front of *line; a blank in it stands for any run of blanks. */
static bool
take_literal(struct sv *line, struct sv literal)
{
	struct sv s = *line;

	for (size_t i = 0; i < literal.n; i++) {
		if (literal.p[i] == ' ') {
			if (s.n > 0 && !is_blank(s.p[0])) {
				return false;
			}
			s = skip_blanks(s);
			continue;
		}
		if (s.n == 0 || char_lower(s.p[0]) != char_lower(literal.p[i])) {
			return false;
		}
		s = sv_from_at(s, 1);
	}
	*line = s;
	return true;
}

/* {any}: moves *line to where the literal that follows it (or an address) stands. */
static bool
skip_to(struct sv *line, struct sv template)
{
	struct sv literal = literal_of(template);
	struct sv address;

	for (size_t i = 0; i <= line->n; i++) {
		struct sv s = sv_from_at(*line, i);
		struct sv t = s;

		if (literal.n > 0 ? take_literal(&t, literal)
				  : template.n == 0 || (sv_starts(template, SV("{address}")) &&
							   address_take(&t, &address))) {
			*line = s;
			return literal.n > 0 || template.n > 0;
		}
	}
	return false;
}

/* Three digits and a blank or '-'. */
static bool
take_code(struct sv *line)
{
	if (line->n < 4 || (line->p[0] != '4' && line->p[0] != '5') || !char_is_digit(line->p[1]) ||
	    !char_is_digit(line->p[2]) || (line->p[3] != ' ' && line->p[3] != '-')) {
		return false;
	}
	*line = sv_from_at(*line, 3);
	return true;
}

/* A local part alone. */
static bool
take_user(struct sv *line, struct sv *out)
{
	size_t n = 0;

	while (n < line->n && n < 64 &&
	       (char_is_alnum(line->p[n]) || strchr("._-+", line->p[n]) != NULL)) {
		n++;
	}
	*out = sv_head(*line, n);
	*line = sv_from_at(*line, n);
	return n > 0;
}

bool
template_match(const char *template, struct sv line, struct template_match *out)
{
	struct sv t = sv_from(template);

	*out = (struct template_match){ 0 };
	line = sv_trim(line);
	while (t.n > 0) {
		struct sv literal = literal_of(t);

		if (literal.n > 0) {
			if (!take_literal(&line, literal)) {
				return false;
			}
			t = sv_from_at(t, literal.n);
		} else if (sv_take(&t, SV("{address}"))) {
			if (!address_take(&line, &out->address)) {
				return false;
			}
		} else if (sv_take(&t, SV("{original}"))) {
			if (!address_take(&line, &out->original)) {
				return false;
			}
		} else if (sv_take(&t, SV("{user}"))) {
			if (!take_user(&line, &out->user)) {
				return false;
			}
		} else if (sv_take(&t, SV("{code}"))) {
			out->code = line.p;
			if (!take_code(&line)) {
				return false;
			}
		} else if (sv_take(&t, SV("{reply}"))) {
			out->reply = sv_trim(line);
			return true;
		} else if (sv_take(&t, SV("{any}"))) {
			if (t.n == 0) {
				return true;
			}
			if (!skip_to(&line, t)) {
				return false;
			}
		} else {
			return false;
		}
	}
	line = sv_trim(line);
	while (line.n > 0 && strchr(".:;,*", line.p[0]) != NULL) {
		line = sv_from_at(line, 1);
	}
	return sv_trim(line).n == 0;
}
