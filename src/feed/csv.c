/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/csv.h"

void
csv_init(struct csv *c, struct sv text)
{
	struct sv first;

	*c = (struct csv){ .next_line = 1, .separator = ',' };
	(void)sv_take(&text, SV("\xef\xbb\xbf"));
	c->rest = text;
	buf_init(&c->unquoted, 0);
	if (!sv_cut(&text, '\n', &first)) {
		first = text;
	}
	if (sv_chr(first, ',') < 0) {
		c->separator = sv_chr(first, ';') >= 0    ? ';'
			       : sv_chr(first, '\t') >= 0 ? '\t'
							  : ',';
	}
}

void
csv_done(struct csv *c)
{
	buf_done(&c->unquoted);
}

struct field { /* in the text, or in `unquoted` where quotes were taken out */
	struct sv view;
	size_t at, n;
	bool quoted;
};

/* Up to the separator or the end of the line. */
static struct field
take_plain(struct csv *c)
{
	size_t n = 0;
	struct field f = { .quoted = false };

	while (n < c->rest.n && c->rest.p[n] != c->separator && c->rest.p[n] != '\n') {
		n++;
	}
	f.view = sv_head(c->rest, n);
	c->rest = sv_from_at(c->rest, n);
	f.view = sv_trim(f.view);
	return f;
}

/* Behind the opening quote; what stands between the closing one and the separator is dropped. */
static struct field
take_quoted(struct csv *c)
{
	struct field f = { .at = c->unquoted.n, .quoted = true };
	size_t i = 0;

	while (i < c->rest.n) {
		char x = c->rest.p[i++];

		if (x == '"' && (i == c->rest.n || c->rest.p[i] != '"')) {
			break;
		}
		i += x == '"';
		c->next_line += x == '\n';
		buf_char(&c->unquoted, x);
	}
	c->rest = sv_from_at(c->rest, i);
	(void)take_plain(c);
	f.n = c->unquoted.n - f.at;
	return f;
}

static bool
take_row(struct csv *c)
{
	struct field fields[CSV_FIELDS_MAX] = { { .quoted = false } };
	bool any = false;

	c->line = c->next_line;
	c->n = 0;
	buf_clear(&c->unquoted);
	for (;;) {
		struct field f = sv_take(&c->rest, SV("\"")) ? take_quoted(c) : take_plain(c);

		any = any || f.quoted || f.view.n > 0;
		if (c->n < CSV_FIELDS_MAX) {
			fields[c->n++] = f;
		}
		if (c->rest.n == 0 || c->rest.p[0] == '\n') {
			break;
		}
		any = true; /* a separator */
		c->rest = sv_from_at(c->rest, 1);
	}
	c->next_line += sv_take(&c->rest, SV("\n"));
	for (size_t i = 0; i < c->n; i++) {
		c->fields[i] = fields[i].quoted
				   ? sv_trim(sv_make(c->unquoted.p + fields[i].at, fields[i].n))
				   : fields[i].view;
	}
	return any;
}

bool
csv_next(struct csv *c)
{
	while (c->rest.n > 0) {
		if (take_row(c)) {
			return true;
		}
	}
	return false;
}

void
csv_cell(struct buf *out, struct sv s)
{
	bool quote = false;

	for (size_t i = 0; i < s.n; i++) {
		quote = quote || (s.p[i] != '\0' && strchr(",;\"\t\r\n", s.p[i]) != NULL);
	}
	buf_str(out, quote ? "\"" : "");
	for (size_t i = 0; i < s.n; i++) {
		buf_str(out, s.p[i] == '"' ? "\"" : "");
		buf_char(out, s.p[i]);
	}
	buf_str(out, quote ? "\"" : "");
}
