/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mime.h"

#include <string.h>

const char *
mime_broken_text(enum mime_broken one)
{
	static const char *const texts[MIME_BROKEN_BITS] = {
		"larger than 32 MiB: the rest was not read", "nested deeper than 12 parts",
		"more than 200 parts", "headers longer than 256 KiB: the rest was not read",
		"a multipart without its boundary: read as one text",
		"a part longer than 1 MiB: its rest was not read",
		"a charset that is not known, or bytes that are none of it",
		"more memory needed than a mail may have",
		"a header longer than 16 KiB: its rest was not read"
	};

	for (unsigned i = 0; i < MIME_BROKEN_BITS; i++) {
		if ((unsigned)one == 1u << i) {
			return texts[i];
		}
	}
	return "";
}

/* ---- line ends ---- */

/* CRLF and CR to LF; the same view where there is no CR. */
static struct sv
with_lf(struct sv mail, struct mime *m)
{
	char *p;
	size_t n = 0;

	if (mail.n == 0 || memchr(mail.p, '\r', mail.n) == NULL) {
		return mail;
	}
	p = arena_alloc(m->arena, mail.n);
	if (p == NULL) {
		m->broken |= MIME_NO_MEMORY;
		return mail;
	}
	for (size_t i = 0; i < mail.n; i++) {
		if (mail.p[i] != '\r') {
			p[n++] = mail.p[i];
		} else if (i + 1 == mail.n || mail.p[i + 1] != '\n') {
			p[n++] = '\n';
		}
	}
	return sv_make(p, n);
}

/* ---- one part ---- */

static bool
is_header_line(struct sv line)
{
	size_t i = 0;

	while (i < line.n && line.p[i] > ' ' && line.p[i] < 0x7f && line.p[i] != ':') {
		i++;
	}
	while (i > 0 && i < line.n && (line.p[i] == ' ' || line.p[i] == '\t')) {
		i++;
	}
	return i > 0 && i < line.n && line.p[i] == ':';
}

/* How far the headers are kept: up to the line that crosses the limit.  Says what is cut. */
struct head_size {
	size_t kept;
	size_t header; /* bytes of the present header so far */
	bool full;
};

static void
head_line(struct mime *m, struct sv part, struct sv line, struct head_size *h)
{
	size_t end = (size_t)(line.p - part.p) + line.n + 1;
	bool folded = line.p[0] == ' ' || line.p[0] == '\t';

	h->header = folded ? h->header + line.n : line.n;
	if (h->header > MIME_VALUE_MAX) {
		m->broken |= MIME_HEADER_CUT;
	}
	h->full = h->full || end > MIME_HEAD_MAX;
	if (h->full) {
		m->broken |= MIME_HEAD_TOO_LONG;
	} else {
		h->kept = end;
	}
}

/* Cuts a part into head and body at its first empty line.  A part that does not begin with
 * a header has none. */
static void
split(struct mime *m, struct sv part, struct mime_part *out)
{
	struct sv rest = part;
	struct sv line;
	struct head_size h = { 0 };
	bool first = true;

	while (sv_cut(&rest, '\n', &line)) {
		if (line.n == 0) {
			out->head = sv_head(part, h.kept);
			out->body = rest;
			return;
		}
		if (first && !is_header_line(line) && !sv_starts(line, SV("From ")) &&
		    !sv_starts(line, SV(">From "))) {
			break;
		}
		first = false;
		head_line(m, part, line, &h);
	}
	if (!first || is_header_line(part)) { /* headers to the end */
		out->head = sv_head(part, h.full ? h.kept : MIME_HEAD_MAX);
		out->body = sv_from_at(part, part.n);
	} else {
		out->head = sv_head(part, 0);
		out->body = part;
	}
}

static enum mime_encoding
encoding_of(struct sv head)
{
	struct sv v;

	if (!mime_header(head, SV("Content-Transfer-Encoding"), &v)) {
		return MIME_PLAIN;
	}
	v = sv_trim(v);
	return sv_istarts(v, SV("base64"))             ? MIME_BASE64
	       : sv_istarts(v, SV("quoted-printable")) ? MIME_QUOTED_PRINTABLE
						       : MIME_PLAIN;
}

static struct sv
type_of(struct sv value)
{
	size_t n = 0;

	value = sv_trim(value);
	while (n < value.n && value.p[n] != ';' && (unsigned char)value.p[n] > ' ') {
		n++;
	}
	return sv_head(value, n);
}

static bool
is_message(struct sv type)
{
	return sv_ieq(type, SV("message/rfc822")) || sv_ieq(type, SV("message/global"));
}

/* ---- boundaries ---- */

/* Is this line "--boundary" (1) or "--boundary--" (2)?  0: neither. */
static int
is_boundary(struct sv line, struct sv boundary)
{
	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary.p, boundary.n) != 0) {
		return 0;
	}
	line = sv_from_at(line, boundary.n + 2);
	if (sv_starts(line, SV("--"))) {
		line = sv_from_at(line, 2);
		return sv_trim(line).n == 0 ? 2 : 0;
	}
	return sv_trim(line).n == 0 ? 1 : 0;
}

struct piece { /* what stands between two boundaries */
	struct sv text;
	bool last; /* the boundary behind it ends the multipart, or there is none */
};

/* Everything up to the next boundary; *rest moves behind it. */
static bool
take_piece(struct sv *rest, struct sv boundary, struct piece *out)
{
	struct sv from = *rest;
	struct sv scan = *rest;

	while (scan.n > 0) {
		struct sv line;
		int kind;

		if (!sv_cut(&scan, '\n', &line)) {
			line = scan;
			scan = sv_from_at(scan, scan.n);
		}
		kind = is_boundary(line, boundary);
		if (kind != 0) {
			size_t n = (size_t)(line.p - from.p);

			out->text = sv_head(from, n > 0 ? n - 1 : 0);
			out->last = kind == 2;
			*rest = scan;
			return true;
		}
	}
	out->text = from;
	out->last = true;
	*rest = sv_from_at(from, from.n);
	return false;
}

/* Without a (right) boundary: the first line "--word" before a "Content-..." header is one. */
static struct sv
guess_boundary(struct sv body)
{
	struct sv rest = body;
	struct sv line;

	for (int i = 0; i < 2000 && sv_cut(&rest, '\n', &line); i++) {
		line = sv_trim(line);
		if (line.n > 4 && sv_starts(line, SV("--")) && line.p[2] != ' ' &&
		    sv_istarts(rest, SV("Content-")) && line.n < 80) {
			return sv_from_at(line, 2);
		}
	}
	return (struct sv){ 0 };
}

static bool
has_boundary(struct sv body, struct sv boundary)
{
	struct piece first;

	return boundary.n > 0 && take_piece(&body, boundary, &first);
}

/* ---- the tree ---- */

static struct mime_part *
part_new(struct mime *m, int parent, unsigned depth)
{
	struct mime_part *p;

	if (m->n_parts >= MIME_PARTS_MAX) {
		m->broken |= MIME_TOO_MANY_PARTS;
		return NULL;
	}
	p = &m->parts[m->n_parts++];
	p->parent = parent;
	p->depth = depth;
	return p;
}

static void read_part(struct mime *m, struct sv text, int parent, unsigned depth);

static void
read_pieces(struct mime *m, size_t at, struct sv boundary)
{
	struct mime_part *self = &m->parts[at];
	struct sv rest = self->body;
	struct piece p;

	self->multipart = true;
	(void)take_piece(&rest, boundary, &p);
	self->body = p.text;
	while (rest.n > 0 && !p.last) {
		(void)take_piece(&rest, boundary, &p);
		read_part(m, p.text, (int)at, self->depth + 1);
		if (m->n_parts >= MIME_PARTS_MAX) {
			m->broken |= MIME_TOO_MANY_PARTS;
			return;
		}
	}
}

static void
read_part(struct mime *m, struct sv text, int parent, unsigned depth)
{
	size_t at = m->n_parts;
	struct mime_part *p = part_new(m, parent, depth);
	struct sv value = { 0 };
	struct sv boundary;

	if (p == NULL) {
		return;
	}
	split(m, text, p);
	if (mime_header(p->head, SV("Content-Type"), &value)) {
		p->type = type_of(value);
		p->charset = mime_param(value, SV("charset"));
	}
	p->encoding = encoding_of(p->head);
	if (depth + 1 >= MIME_DEPTH_MAX) {
		m->broken |= sv_istarts(p->type, SV("multipart/")) || is_message(p->type)
				 ? MIME_TOO_DEEP
				 : 0;
		return;
	}
	if (is_message(p->type) && p->encoding == MIME_PLAIN) {
		p->message = true;
		read_part(m, p->body, (int)at, depth + 1);
		return;
	}
	if (p->type.n > 0 && !sv_istarts(p->type, SV("multipart/"))) {
		return;
	}
	boundary = mime_param(value, SV("boundary"));
	if (!has_boundary(p->body, boundary)) {
		boundary = guess_boundary(p->body);
	}
	if (boundary.n > 0) {
		read_pieces(m, at, boundary);
	} else if (p->type.n > 0) {
		m->broken |= MIME_NO_BOUNDARY;
	}
}

void
mime_read(struct sv mail, const struct charsets *charsets, struct arena *arena, struct mime *out)
{
	static struct mime_part nothing;

	*out = (struct mime){ .arena = arena, .charsets = charsets };
	if (mail.n > MIME_BYTES_MAX) {
		out->broken |= MIME_TOO_LARGE;
		mail.n = MIME_BYTES_MAX;
	}
	out->parts = arena_alloc(arena, MIME_PARTS_MAX * sizeof(*out->parts));
	if (out->parts == NULL) {
		out->broken |= MIME_NO_MEMORY;
		out->parts = &nothing; /* never written to: it has no part behind it */
		out->n_parts = 1;
		return;
	}
	mail = with_lf(mail, out);
	while (mail.n > 0 && mail.p[0] == '\n') {
		mail = sv_from_at(mail, 1);
	}
	read_part(out, mail, -1, 0);
}

size_t
mime_end_of(const struct mime *m, size_t at)
{
	size_t i = at + 1;

	while (i < m->n_parts && m->parts[i].depth > m->parts[at].depth) {
		i++;
	}
	return i;
}
