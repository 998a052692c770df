/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/err.h"

#include <inttypes.h>
#include <math.h>

void
json_init(struct json *j, struct buf *out, bool pretty)
{
	*j = (struct json){ .out = out, .pretty = pretty };
}

static void
new_line(struct json *j)
{
	if (j->pretty && j->depth > 0) {
		buf_char(j->out, '\n');
		for (unsigned i = 0; i < j->depth; i++) {
			buf_str(j->out, "  ");
		}
	}
}

static void
add_string(struct buf *b, struct sv s)
{
	buf_char(b, '"');
	while (s.n > 0) {
		size_t n = utf8_len(s);
		unsigned char c = (unsigned char)s.p[0];

		if (n == 1 && (c == '"' || c == '\\')) {
			buf_char(b, '\\');
			buf_char(b, (char)c);
		} else if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7f))) {
			buf_fmt(b, "\\u%04x", c);
			n = 1;
		} else {
			buf_add(b, s.p, n);
		}
		s = sv_from_at(s, n);
	}
	buf_char(b, '"');
}

static void
begin(struct json *j, const char *key)
{
	if (j->comma[j->depth]) {
		buf_char(j->out, ',');
	}
	j->comma[j->depth] = true;
	new_line(j);
	if (key != NULL) {
		add_string(j->out, sv_from(key));
		buf_str(j->out, j->pretty ? ": " : ":");
	}
}

void
json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	buf_char(j->out, bracket);
	check(j->depth + 1 < JSON_DEPTH_MAX);
	j->depth++;
	j->comma[j->depth] = false;
}

void
json_close(struct json *j, char bracket)
{
	bool any = j->comma[j->depth];

	check(j->depth > 0);
	j->depth--;
	if (any) {
		if (j->pretty && j->depth == 0) {
			buf_char(j->out, '\n');
		}
		new_line(j);
	}
	buf_char(j->out, bracket);
}

void
json_sv(struct json *j, const char *key, struct sv s)
{
	begin(j, key);
	add_string(j->out, s);
}

void
json_str(struct json *j, const char *key, const char *s)
{
	if (s == NULL) {
		json_nothing(j, key);
		return;
	}
	json_sv(j, key, sv_from(s));
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	begin(j, key);
	buf_fmt(j->out, "%" PRId64, v);
}

void
json_bool(struct json *j, const char *key, bool v)
{
	begin(j, key);
	buf_str(j->out, v ? "true" : "false");
}

void
json_nothing(struct json *j, const char *key)
{
	begin(j, key);
	buf_str(j->out, "null");
}

void
json_num(struct json *j, const char *key, double v, int digits)
{
	begin(j, key);
	if (!isfinite(v)) {
		buf_str(j->out, "null");
		return;
	}
	buf_fmt(j->out, "%.*f", digits, v);
}
