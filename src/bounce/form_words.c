/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/* Lines of a free-form bounce: what decorates them, and which words are a program's manners. */

/* Decoration of rulers and quotes in front of a line. */
struct sv
form_bare(struct sv line)
{
	while (line.n > 0 && strchr(" \t-=*_>|#+", line.p[0]) != NULL) {
		line = sv_from_at(line, 1);
	}
	return line;
}

bool
form_starts(const char **list, size_t n, struct sv line)
{
	char first;

	if (line.n == 0) {
		return false;
	}
	first = char_lower(line.p[0]);
	for (size_t i = 0; i < n; i++) {
		if (char_lower(list[i][0]) == first && sv_istarts(line, sv_from(list[i]))) {
			return true;
		}
	}
	return false;
}

/* Cuts off what programs add behind the words: "Giving up on ...", if something is left. */
static struct sv
without_tail(const struct form *form, const struct form *common, struct sv text)
{
	struct sv rest = text;
	struct sv line;

	while (sv_cut(&rest, '\n', &line)) {
		struct sv before = sv_make(text.p, (size_t)(rest.p - text.p));

		if (rest.n > 0 &&
		    (form_starts(common->until, common->n_until, form_bare(rest)) ||
			form_starts(form->until, form->n_until, form_bare(rest))) &&
		    sv_trim(before).n > 8) {
			return sv_trim(before);
		}
	}
	return text;
}

/* What the other server said, where the form says which line stands above it. */
static struct sv
answer_of(const struct form *form, struct sv text)
{
	struct sv rest = text;
	struct sv line;

	while (form->n_answer > 0 && sv_cut(&rest, '\n', &line)) {
		if (form_starts(form->answer, form->n_answer, form_bare(line)) &&
		    sv_trim(rest).n > 0) {
			return sv_trim(rest);
		}
	}
	return text;
}

/* More than a ruler. */
static bool
has_words(struct sv text)
{
	size_t letters = 0;

	for (size_t i = 0; i < text.n && letters < 2; i++) {
		letters += char_is_alnum(text.p[i]) || (unsigned char)text.p[i] >= 0x80;
	}
	return letters >= 2;
}

struct sv
form_words(const struct form *form, const struct form *common, struct sv text)
{
	text = answer_of(form, text);
	text = without_tail(form, common, sv_head(text, BOUNCE_REPLY_MAX));
	return has_words(text) ? text : (struct sv){ 0 };
}

/* What led to the line, from where the last session began: "While talking to ...". */
const char *
form_session(const char *from, struct sv line)
{
	struct sv before = sv_make(from, (size_t)(line.p - from));
	struct sv rest = before;
	ptrdiff_t at;

	while ((at = sv_ifind(rest, SV("while talking to "))) >= 0) {
		from = rest.p + at;
		rest = sv_from_at(rest, (size_t)at + 1);
	}
	return from;
}

/* The lines of the session (">>> RCPT To:<u>", "<<< 550 5.1.1 no") right in front of one. */
const char *
form_transcript(const char *from, const char *line)
{
	while (line > from) {
		const char *above = line - 1; /* the end of the line in front */

		while (above > from && above[-1] != '\n') {
			above--;
		}
		if (line - above < 5 ||
		    (memcmp(above, "<<< ", 4) != 0 && memcmp(above, ">>> ", 4) != 0)) {
			break;
		}
		line = above;
	}
	return line;
}

/* Where the headers of the returned mail begin; empty: they do not. */
struct sv
returned_head(struct sv text)
{
	static const struct sv names[] = { SV_INIT("Return-Path:"), SV_INIT("Received:"),
		SV_INIT("Message-ID:"), SV_INIT("From:"), SV_INIT("Date:"), SV_INIT("Subject:"),
		SV_INIT("To:"), SV_INIT("MIME-Version:"), SV_INIT("DKIM-Signature:"),
		SV_INIT("X-") };
	struct sv rest = text;

	for (int lines = 0; lines < 60 && rest.n > 0; lines++) {
		struct sv line;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (sv_istarts(rest, names[i])) {
				return rest;
			}
		}
		if (!sv_cut(&rest, '\n', &line)) {
			break;
		}
	}
	return (struct sv){ 0 };
}
