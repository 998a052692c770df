/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/* Bounces that a person passes on in the text of a mail: with '>' in front of every line, or below a
 * ruler and the headers of the bounce. */

#define LOOKED_AT 40 /* lines with words, for how many of them are quoted */

static bool
is_quoted(struct sv text)
{
	struct sv line;
	int quoted = 0;
	int lines = 0;

	while (lines < LOOKED_AT && sv_cut(&text, '\n', &line)) {
		lines += sv_trim(line).n > 0;
		quoted += line.n > 0 && line.p[0] == '>';
	}
	return lines >= 5 && quoted * 10 >= lines * 6;
}

/* One level is taken off, and what the person wrote in front of it. */
static struct sv
unquoted(struct arena *arena, struct sv text)
{
	struct sv line;
	char *p = is_quoted(text) ? arena_alloc(arena, text.n + 1) : NULL;
	bool begun = false;
	size_t n = 0;

	if (p == NULL) {
		return text;
	}
	while (sv_cut(&text, '\n', &line)) {
		if (sv_take(&line, SV(">"))) {
			(void)sv_take(&line, SV(" "));
			begun = true;
		}
		if (begun) {
			memcpy(p + n, line.p, line.n);
			n += line.n;
			p[n++] = '\n';
		}
	}
	return sv_make(p, n);
}

/* "---------- Forwarded message ---------", "-----Original Message-----", "Begin forwarded message:". */
static bool
is_ruler(struct sv line)
{
	struct sv b = form_bare(sv_trim(line));

	return sv_istarts(b, SV("forwarded message")) ||
	       sv_istarts(b, SV("begin forwarded message")) ||
	       (sv_istarts(b, SV("original message")) && sv_ends(sv_trim(line), SV("-")));
}

/* The headers below the ruler up to an empty line; whether a mail system wrote them. */
static bool
take_head(struct sv *rest)
{
	struct sv line;
	struct sv name;
	bool system = false;

	for (int i = 0; i < 12 && sv_cut(rest, '\n', &line); i++) {
		line = sv_trim(line);
		if (line.n == 0 && i > 0) {
			break;
		}
		if (sv_cut(&line, ':', &name) && sv_ieq(name, SV("From"))) {
			system = sv_ifind(line, SV("mailer-daemon")) >= 0 ||
				 sv_ifind(line, SV("postmaster")) >= 0 ||
				 sv_ifind(line, SV("mail delivery")) >= 0;
		}
	}
	return system;
}

struct sv
forwarded_text(struct arena *arena, struct sv text)
{
	struct sv rest;
	struct sv line;

	text = unquoted(arena, text);
	rest = text;
	for (int i = 0; i < LOOKED_AT && sv_cut(&rest, '\n', &line); i++) {
		struct sv behind = rest;

		if (is_ruler(line)) {
			return take_head(&behind) && sv_trim(behind).n > 0 ? behind : text;
		}
	}
	return text;
}
