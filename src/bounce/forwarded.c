/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
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

enum writer {
	WRITER_OTHER,
	WRITER_POSTMASTER, /* a person may sit there */
	WRITER_SYSTEM
};

static enum writer
writer_of(struct sv from)
{
	if (sv_ifind(from, SV("mailer-daemon")) >= 0 || sv_ifind(from, SV("mail delivery")) >= 0) {
		return WRITER_SYSTEM;
	}
	return sv_ifind(from, SV("postmaster")) >= 0 ? WRITER_POSTMASTER : WRITER_OTHER;
}

/* The headers up to an empty line, and who wrote what is below them. */
static enum writer
take_head(struct sv *rest)
{
	struct sv line;
	struct sv name;
	enum writer writer = WRITER_OTHER;

	for (int i = 0; i < 12 && sv_cut(rest, '\n', &line); i++) {
		line = sv_trim(line);
		if (line.n == 0 && i > 0) {
			break;
		}
		if (sv_cut(&line, ':', &name) && sv_ieq(name, SV("From"))) {
			writer = writer_of(line);
		}
	}
	return writer;
}

struct sv
forwarded_text(struct scene *s, struct sv text)
{
	struct sv plain = unquoted(s->arena, text);
	struct sv rest = plain;
	struct sv line;
	struct sv behind = sv_trim(plain);
	const char *head;
	enum writer writer;

	for (int i = 0; i < LOOKED_AT && sv_cut(&rest, '\n', &line); i++) {
		if (is_ruler(line)) {
			behind = rest;
			break;
		}
	}
	if (behind.p != rest.p && plain.p == text.p) {
		return plain; /* headers stand below a ruler, or first in what was quoted */
	}
	head = behind.p;
	writer = take_head(&behind);
	if (writer == WRITER_OTHER || sv_trim(behind).n == 0) {
		return plain;
	}
	s->by_system = writer == WRITER_SYSTEM;
	s->passed_on = sv_make(head, (size_t)(behind.p - head));
	return behind;
}

void
forwarded_subject(const struct scene *s, struct buf *out)
{
	struct sv rest = s->passed_on;
	struct sv line;

	while (rest.n > 0 && sv_cut(&rest, '\n', &line)) {
		line = sv_trim(line);
		if (sv_istarts(line, SV("Subject:")) ||
		    (s->by_system && sv_istarts(line, SV("From:")))) {
			buf_sv(out, sv_head(line, 1000));
			buf_str(out, " \n");
		}
	}
}
