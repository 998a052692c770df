/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/dkim_signature.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line without its end; false when nothing is left. */
static bool
take_line(struct sv *rest, struct sv *line)
{
	if (rest->n == 0) {
		return false;
	}
	if (!sv_cut(rest, '\n', line)) {
		*line = *rest;
		*rest = (struct sv){ 0 };
	}
	(void)sv_drop_tail(line, SV("\r"));
	return true;
}

/* Runs of blanks are one blank; those at the end are gone. */
static void
put_squeezed(struct sv s, struct buf *out)
{
	for (size_t i = 0; i < s.n;) {
		size_t start = i;

		while (i < s.n && !is_blank(s.p[i])) {
			i++;
		}
		buf_add(out, s.p + start, i - start);
		start = i;
		while (i < s.n && is_blank(s.p[i])) {
			i++;
		}
		if (i > start && i < s.n) {
			buf_char(out, ' ');
		}
	}
}

static void
field_simple(struct sv raw, struct buf *out)
{
	struct sv line;
	bool first = true;

	while (take_line(&raw, &line)) {
		if (!first) {
			buf_str(out, "\r\n");
		}
		buf_sv(out, line);
		first = false;
	}
}

void
dkim_canonical_field(struct sv raw, bool relaxed, struct buf *out)
{
	struct sv name;
	struct sv line;
	struct buf flat;

	if (!relaxed) {
		field_simple(raw, out);
		return;
	}
	if (!sv_cut(&raw, ':', &name)) {
		return;
	}
	name = sv_trim(name);
	for (size_t i = 0; i < name.n; i++) {
		buf_char(out, char_lower(name.p[i]));
	}
	buf_char(out, ':');
	buf_init(&flat, 0);
	while (take_line(&raw, &line)) {
		buf_sv(&flat, line);
	}
	put_squeezed(sv_trim(buf_view(&flat)), out);
	buf_done(&flat);
}

void
dkim_canonical_body(struct sv body, bool relaxed, struct buf *out)
{
	size_t empty = 0; /* empty lines held back: those at the end do not count */
	struct sv line;

	while (take_line(&body, &line)) {
		size_t before;

		if (line.n == 0) {
			empty++;
			continue;
		}
		before = out->n;
		for (size_t i = 0; i < empty; i++) {
			buf_str(out, "\r\n");
		}
		if (relaxed) {
			size_t start = out->n;

			put_squeezed(line, out);
			if (out->n == start) { /* nothing but blanks */
				out->n = before;
				empty++;
				continue;
			}
		} else {
			buf_sv(out, line);
		}
		buf_str(out, "\r\n");
		empty = 0;
	}
	if (out->n == 0 && !relaxed) {
		buf_str(out, "\r\n");
	}
}
