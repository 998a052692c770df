/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "mail/mime.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes one header with its folded lines off the front of *head. */
static struct sv
take_folded(struct sv *head)
{
	size_t n = 0;

	while (n < head->n) {
		const char *nl = memchr(head->p + n, '\n', head->n - n);

		n = nl == NULL ? head->n : (size_t)(nl - head->p) + 1;
		if (n >= head->n || !is_blank(head->p[n])) {
			break;
		}
	}
	{
		struct sv one = sv_head(*head, n);

		*head = sv_from_at(*head, n);
		return one;
	}
}

bool
mime_header_next(struct sv *head, struct sv *name_out, struct sv *value_out)
{
	while (head->n > 0) {
		struct sv one = take_folded(head);
		struct sv name;

		if (one.n > MIME_VALUE_MAX) {
			one.n = MIME_VALUE_MAX;
		}
		if (!is_blank(one.p[0]) && sv_cut(&one, ':', &name)) {
			*name_out = sv_trim(name);
			*value_out = sv_trim(one);
			return true;
		}
	}
	return false;
}

bool
mime_header(struct sv head, struct sv name, struct sv *value_out)
{
	char first = char_lower(name.p[0]);

	while (head.n > 0) {
		struct sv one;
		const char *nl;

		/* Most lines are told apart by their first byte. */
		if (char_lower(head.p[0]) == first && sv_istarts(head, name)) {
			struct sv n;

			one = take_folded(&head);
			if (one.n > MIME_VALUE_MAX) {
				one.n = MIME_VALUE_MAX;
			}
			if (sv_cut(&one, ':', &n) && sv_ieq(sv_trim(n), name)) {
				*value_out = sv_trim(one);
				return true;
			}
			continue;
		}
		nl = memchr(head.p, '\n', head.n);
		head = nl == NULL ? sv_from_at(head, head.n)
				  : sv_from_at(head, (size_t)(nl - head.p) + 1);
	}
	return false;
}

struct sv
mime_unfold(struct sv value, struct arena *arena)
{
	char *p;
	size_t n = 0;
	bool blank = false;

	value = sv_trim(sv_head(value, MIME_VALUE_MAX));
	if (value.n == 0 || memchr(value.p, '\n', value.n) == NULL) {
		return value;
	}
	p = arena_alloc(arena, value.n);
	if (p == NULL) {
		return value;
	}
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n' || (blank && is_blank(value.p[i]))) {
			if (!blank) {
				p[n++] = ' ';
			}
			blank = true;
			continue;
		}
		blank = false;
		p[n++] = value.p[i];
	}
	return sv_make(p, n);
}

struct sv
mime_param(struct sv value, struct sv name)
{
	struct sv piece;

	while (sv_cut(&value, ';', &piece)) {
		struct sv v = sv_trim(value);

		if (!sv_istarts(v, name)) {
			continue;
		}
		v = sv_trim(sv_from_at(v, name.n));
		if (v.n == 0 || v.p[0] != '=') {
			continue;
		}
		v = sv_trim(sv_from_at(v, 1));
		if (v.n > 0 && v.p[0] == '"') {
			v = sv_from_at(v, 1);
			return sv_cut(&v, '"', &piece) ? piece : sv_trim(v);
		}
		for (size_t i = 0; i < v.n; i++) {
			if (v.p[i] == ';' || v.p[i] == '\n' || is_blank(v.p[i])) {
				v.n = i;
			}
		}
		return v;
	}
	return (struct sv){ 0 };
}

struct sv
mime_address(struct sv value)
{
	struct sv rest = value;
	struct sv head;
	struct sv word;

	while (sv_cut(&rest, '<', &head)) {
		if (sv_cut(&rest, '>', &word) && sv_chr(word, '@') >= 0) {
			return sv_trim(word);
		}
	}
	rest = value;
	while (rest.n > 0) {
		size_t n = 0;

		while (n < rest.n && (unsigned char)rest.p[n] > ' ' &&
		       strchr(",;<>()\"", rest.p[n]) == NULL) {
			n++;
		}
		word = sv_head(rest, n);
		if (n > 2 && sv_chr(word, '@') > 0) {
			return word;
		}
		rest = sv_from_at(rest, n + 1);
	}
	return (struct sv){ 0 };
}

/* ---- encoded words, RFC 2047 ---- */

/* "=?charset?Q?text?=" at the front of *s. */
static bool
take_word(struct mime *m, struct sv *s, struct sv *out)
{
	struct sv t = *s;
	struct sv charset;
	struct sv how;
	struct sv text;
	char *p;

	if (!sv_take(&t, SV("=?")) || !sv_cut(&t, '?', &charset) || !sv_cut(&t, '?', &how) ||
	    how.n != 1 || charset.n == 0 || charset.n > 40) {
		return false;
	}
	if (!sv_cut_sv(&t, SV("?="), &text)) {
		return false;
	}
	if (text.n > 0 && char_lower(how.p[0]) == 'q') {
		/* "?=" may be the end of the text "...=?=": the first wins, as everywhere. */
		p = arena_alloc(m->arena, text.n);
		if (p == NULL) {
			return false;
		}
		for (size_t i = 0; i < text.n; i++) {
			p[i] = text.p[i] == '_' ? ' ' : text.p[i];
		}
		text = sv_make(p, text.n);
	}
	if (char_lower(how.p[0]) != 'q' && char_lower(how.p[0]) != 'b') {
		return false;
	}
	*out = mime_decode(
	    m, text, char_lower(how.p[0]) == 'q' ? MIME_QUOTED_PRINTABLE : MIME_BASE64, charset);
	*s = t;
	return true;
}

struct sv
mime_words(struct mime *m, struct sv value)
{
	struct buf b;
	struct sv out;
	bool after_word = false;

	value = mime_unfold(value, m->arena);
	if (sv_find(value, SV("=?")) < 0) {
		return value;
	}
	buf_init(&b, MIME_VALUE_MAX * 4);
	while (value.n > 0) {
		struct sv word;
		size_t blanks = 0;

		while (after_word && blanks < value.n && is_blank(value.p[blanks])) {
			blanks++;
		}
		{
			struct sv t = sv_from_at(value, blanks);

			if (take_word(m, &t, &word)) {
				buf_sv(&b, word);
				value = t;
				after_word = true;
				continue;
			}
		}
		after_word = false;
		buf_char(&b, value.p[0]);
		value = sv_from_at(value, 1);
	}
	out = arena_sv(m->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

struct sv
mime_header_text(struct mime *m, struct sv head, struct sv name)
{
	struct sv v;

	return mime_header(head, name, &v) ? mime_words(m, v) : (struct sv){ 0 };
}
