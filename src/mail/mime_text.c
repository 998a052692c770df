/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "mail/mime.h"

#include <errno.h>
#include <iconv.h>

/* ---- transfer encodings ---- */

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t
base64(struct sv s, char *out)
{
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0) {
			continue;
		}
		bits = (bits << 6 | (uint32_t)v) & 0xffffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[n++] = (char)(bits >> n_bits & 0xff);
		}
	}
	return n;
}

static int
hex_value(char c)
{
	c = char_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t
quoted_printable(struct sv s, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		size_t soft = i + 1;

		if (s.p[i] != '=') {
			out[n++] = s.p[i];
			continue;
		}
		while (soft < s.n && (s.p[soft] == ' ' || s.p[soft] == '\t')) {
			soft++;
		}
		if (soft >= s.n || s.p[soft] == '\n') { /* a soft line break */
			i = soft;
		} else if (i + 2 < s.n && hex_value(s.p[i + 1]) >= 0 &&
			   hex_value(s.p[i + 2]) >= 0) {
			out[n++] = (char)(hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = '=';
		}
	}
	return n;
}

/* ---- charsets ---- */

static bool
is_ascii(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80 || s.p[i] == 0x1b) {
			return false;
		}
	}
	return true;
}

static bool
is_utf8(struct sv s)
{
	while (s.n > 0) {
		size_t n = (unsigned char)s.p[0] < 0x80 ? 1 : utf8_len(s);

		if (n == 0) {
			return false;
		}
		s = sv_from_at(s, n);
	}
	return true;
}

/* Without a converter: bytes as ISO 8859-1, which is never wrong for ASCII. */
static struct sv
from_latin1(struct mime *m, struct sv s)
{
	char *out = arena_alloc(m->arena, s.n * 2);
	size_t n = 0;

	if (out == NULL) {
		m->broken |= MIME_NO_MEMORY;
		return s;
	}
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80) {
			out[n++] = (char)(0xc0 | c >> 6);
			out[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			out[n++] = s.p[i];
		}
	}
	return sv_make(out, n);
}

/* Bytes that are none of the charset become '?'. */
static struct sv
convert(struct mime *m, struct sv s, struct sv charset)
{
	iconv_t cd = m->charsets == NULL ? (iconv_t)-1 : charsets_find(m->charsets, charset);
	size_t room = s.n * 3 + 16;
	char *out;
	char *to;
	size_t left = room;
	char *from = (char *)(uintptr_t)s.p; /* iconv does not write there */
	size_t n = s.n;

	if (cd == (iconv_t)-1) {
		m->broken |= MIME_BAD_CHARSET;
		return from_latin1(m, s);
	}
	out = arena_alloc(m->arena, room);
	if (out == NULL) {
		m->broken |= MIME_NO_MEMORY;
		return s;
	}
	to = out;
	while (n > 0 && iconv(cd, &from, &n, &to, &left) == (size_t)-1 && errno != E2BIG) {
		if (left == 0 || n == 0) {
			break;
		}
		m->broken |= MIME_BAD_CHARSET;
		*to++ = '?';
		left--;
		from++;
		n--;
	}
	return sv_make(out, room - left);
}

static struct sv
to_utf8(struct mime *m, struct sv s, struct sv charset)
{
	if (is_ascii(s)) {
		return s;
	}
	if (memchr(s.p, 0x1b, s.n) != NULL &&
	    (sv_find(s, SV("\x1b$")) >= 0 || sv_find(s, SV("\x1b(")) >= 0)) {
		return convert(
		    m, s, SV("iso-2022-jp")); /* says so itself, whatever the header says */
	}
	if (is_utf8(s)) {
		return s;
	}
	if (charset.n == 0 || sv_ieq(charset, SV("us-ascii")) || sv_ieq(charset, SV("utf-8"))) {
		return convert(m, s, SV("windows-1252"));
	}
	return convert(m, s, charset);
}

struct sv
mime_decode(struct mime *m, struct sv body, enum mime_encoding e, struct sv charset)
{
	if (body.n > MIME_DECODED_MAX) {
		body.n = MIME_DECODED_MAX;
		m->broken |= MIME_DECODED_TOO_LONG;
	}
	if (body.n == 0) {
		return body;
	}
	if (e != MIME_PLAIN) {
		char *p = arena_alloc(m->arena, body.n);
		size_t n = 0;

		if (p == NULL) {
			m->broken |= MIME_NO_MEMORY;
			return body;
		}
		n = e == MIME_BASE64 ? base64(body, p) : quoted_printable(body, p);
		body = sv_make(p, 0);
		for (size_t i = 0; i < n; i++) { /* what was encoded may have CRs */
			if (p[i] != '\r') {
				p[body.n++] = p[i];
			}
		}
	}
	return to_utf8(m, body, charset);
}

struct sv
mime_text(struct mime *m, const struct mime_part *p)
{
	return mime_decode(m, p->body, p->encoding, p->charset);
}

/* ---- HTML ---- */

static const struct {
	struct sv name;
	char c;
} entities[] = { { SV_INIT("lt;"), '<' }, { SV_INIT("gt;"), '>' }, { SV_INIT("amp;"), '&' },
	{ SV_INIT("quot;"), '"' }, { SV_INIT("nbsp;"), ' ' }, { SV_INIT("#39;"), '\'' },
	{ SV_INIT("#64;"), '@' }, { SV_INIT("apos;"), '\'' } };

static const struct sv line_tags[] = { SV_INIT("br"), SV_INIT("p"), SV_INIT("/p"), SV_INIT("div"),
	SV_INIT("/div"), SV_INIT("tr"), SV_INIT("/tr"), SV_INIT("li"), SV_INIT("h"), SV_INIT("/h"),
	SV_INIT("/table") };

static bool
breaks_line(struct sv tag)
{
	for (size_t i = 0; i < sizeof(line_tags) / sizeof(line_tags[0]); i++) {
		struct sv t = tag;

		if (sv_istarts(t, line_tags[i]) &&
		    (t.n == line_tags[i].n || !char_is_alpha(t.p[line_tags[i].n]))) {
			return true;
		}
	}
	return false;
}

/* One step at a '<': what is behind the tag; style, script and comments go whole. */
static struct sv
skip_tag(struct sv s, char *out, size_t *n)
{
	static const struct sv whole[][2] = { { SV_INIT("style"), SV_INIT("</style>") },
		{ SV_INIT("script"), SV_INIT("</script>") }, { SV_INIT("!--"), SV_INIT("-->") } };
	struct sv tag = sv_from_at(s, 1);
	ptrdiff_t end;

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (sv_istarts(tag, whole[i][0])) {
			end = sv_ifind(tag, whole[i][1]);
			return end < 0 ? sv_from_at(s, s.n)
				       : sv_from_at(tag, (size_t)end + whole[i][1].n);
		}
	}
	end = sv_chr(sv_head(tag, 2000), '>');
	if (end < 0 || tag.n == 0 ||
	    (!char_is_alpha(tag.p[0]) && tag.p[0] != '/' && tag.p[0] != '!' && tag.p[0] != '?') ||
	    memchr(tag.p, '@', (size_t)end) == tag.p + end ||
	    (sv_chr(sv_head(tag, (size_t)end), '@') > 0 &&
		sv_chr(sv_head(tag, (size_t)end), ' ') < 0)) {
		out[(*n)++] = '<'; /* "<user@example.com>" is no tag */
		return tag;
	}
	if (breaks_line(sv_head(tag, (size_t)end))) {
		out[(*n)++] = '\n';
	}
	return sv_from_at(tag, (size_t)end + 1);
}

struct sv
mime_html_text(struct mime *m, struct sv html)
{
	char *out = html.n == 0 ? NULL : arena_alloc(m->arena, html.n + 1);
	size_t n = 0;

	if (out == NULL) {
		return html;
	}
	while (html.n > 0) {
		struct sv t = sv_from_at(html, 1);
		size_t i;

		if (html.p[0] == '<') {
			html = skip_tag(html, out, &n);
			continue;
		}
		for (i = 0; html.p[0] == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
			if (sv_take(&t, entities[i].name)) {
				out[n++] = entities[i].c;
				break;
			}
		}
		if (html.p[0] != '&' || i == sizeof(entities) / sizeof(entities[0])) {
			out[n++] = html.p[0];
		}
		html = t;
	}
	return sv_make(out, n);
}
