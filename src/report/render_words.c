/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render_private.h"

/* What the parts of the text share. */

void
text_tint(const struct render *r, struct buf *b, const char *code, const char *text)
{
	if (r->colour) {
		buf_fmt(b, "\x1b[%sm%s\x1b[0m", code, text);
	} else {
		buf_str(b, text);
	}
}

void
text_wrapped(const struct render *r, struct buf *b, unsigned indent, const char *text)
{
	struct sv rest = sv_from(text);
	size_t column = indent;
	struct sv word;

	while (rest.n > 0) {
		size_t n;

		if (!sv_cut(&rest, ' ', &word)) {
			word = rest;
			rest = (struct sv){ 0 };
		}
		n = utf8_columns(word);
		if (column > indent && column + 1 + n > r->width) {
			buf_fmt(b, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_char(b, ' ');
			column++;
		}
		buf_sv(b, word);
		column += n;
	}
	buf_char(b, '\n');
}

void
text_when(struct buf *b, int64_t us)
{
	struct civil c = civil_from_us(us);

	buf_fmt(b, "%04d-%02u-%02u %02u:%02u", c.year, c.month, c.day, c.hour, c.minute);
}

void
text_percent(struct buf *b, const struct share *s)
{
	buf_fmt(b, "%.1f %% (%.1f-%.1f)", 100 * s->value, 100 * s->low, 100 * s->high);
}
