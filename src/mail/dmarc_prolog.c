/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/dmarc_private.h"

#include <libxml/encoding.h>

/* What stands in front of a report's first element, and in which encoding it is. */

bool
dmarc_prolog_wide(struct sv s)
{
	return sv_starts(s, SV("\xff\xfe")) || sv_starts(s, SV("\xfe\xff")) ||
	       (s.n >= 4 && (memchr(s.p, 0, 4) != NULL) &&
		   (s.p[0] == '<' || s.p[1] == '<' || s.p[2] == '<' || s.p[3] == '<'));
}

/* The value of encoding="..." in an XML declaration at the start of s; empty: none. */
static struct sv
declared_encoding(struct sv s)
{
	struct sv declaration;
	struct sv value;
	ptrdiff_t at;
	char quote;

	if (!sv_starts(s, SV("<?xml")) || !sv_cut_sv(&s, SV("?>"), &declaration)) {
		return (struct sv){ 0 };
	}
	at = sv_find(declaration, SV("encoding"));
	if (at < 0) {
		return (struct sv){ 0 };
	}
	declaration = sv_from_at(declaration, (size_t)at + sizeof("encoding") - 1);
	while (declaration.n > 0 && (declaration.p[0] == ' ' || declaration.p[0] == '=')) {
		declaration = sv_from_at(declaration, 1);
	}
	if (declaration.n == 0 || (declaration.p[0] != '"' && declaration.p[0] != '\'')) {
		return (struct sv){ 0 };
	}
	quote = declaration.p[0];
	declaration = sv_from_at(declaration, 1);
	return sv_cut(&declaration, quote, &value) ? value : (struct sv){ 0 };
}

static bool
is_known_encoding(struct sv name)
{
	char text[64];
	xmlCharEncodingHandlerPtr found;

	if (name.n == 0 || name.n >= sizeof(text) || sv_chr(name, '\0') >= 0) {
		return false;
	}
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	found = xmlFindCharEncodingHandler(text);
	if (found == NULL) {
		return false;
	}
	(void)xmlCharEncCloseFunc(found);
	return true;
}

enum dmarc_form
dmarc_prolog_form(struct dmarc_reader *r, struct sv head, char *name_out, size_t size)
{
	static const char *const latin[] = { "us-ascii", "ascii", "iso-8859-1", "iso8859-1",
		"latin1", "windows-1252", "cp1252" };
	struct sv name = declared_encoding(head);
	struct buf shown;

	if (name.n == 0 || sv_ieq(name, SV("utf-8"))) {
		return FORM_MEND;
	}
	for (size_t i = 0; i < sizeof(latin) / sizeof(latin[0]); i++) {
		if (sv_ieq(name, sv_from(latin[i]))) {
			return FORM_TO_UTF8;
		}
	}
	if (!sv_istarts(name, SV("utf-16")) && name.n < size && is_known_encoding(name)) {
		memcpy(name_out, name.p, name.n);
		name_out[name.n] = '\0';
		return FORM_AS_THEY_ARE;
	}
	buf_init(&shown, 128);
	buf_printable(&shown, name, 40);
	dmarc_fault(r, DMARC_BAD_ENCODING, "line 1: it says to be in '%s', which %s", shown.p,
	    sv_istarts(name, SV("utf-16")) ? "it is not" : "nobody knows");
	buf_done(&shown);
	return FORM_MEND;
}

static struct sv
skip_blanks(struct sv s)
{
	struct sv trimmed = sv_trim(s);

	return trimmed.n == 0 ? sv_from_at(s, s.n) : sv_from_at(s, (size_t)(trimmed.p - s.p));
}

/* Takes away up to and with the first `end`; all if there is none. */
static struct sv
behind(struct sv s, struct sv end)
{
	struct sv before;

	return sv_cut_sv(&s, end, &before) ? s : sv_from_at(s, s.n);
}

struct sv
dmarc_prolog_skip(struct dmarc_reader *r, struct sv s)
{
	for (;;) {
		s = skip_blanks(s);
		if (sv_starts(s, SV("<?"))) {
			s = behind(s, SV("?>"));
		} else if (sv_starts(s, SV("<!--"))) {
			s = behind(s, SV("-->"));
		} else if (sv_starts(s, SV("<!DOCTYPE"))) {
			ptrdiff_t inner = sv_chr(s, '[');
			ptrdiff_t end = sv_chr(s, '>');

			dmarc_fault(
			    r, DMARC_DTD, "it has a document type definition, which is not read");
			if (inner >= 0 && inner < end) {
				s = behind(s, SV("]"));
			}
			s = behind(s, SV(">"));
		} else {
			return s;
		}
	}
}

void
dmarc_prolog_junk(struct dmarc_reader *r, struct buf *head)
{
	struct sv s = buf_view(head);
	ptrdiff_t at;

	(void)sv_take(&s, SV("\xef\xbb\xbf"));
	at = sv_chr(s, '<');
	if (at > 0) {
		if (sv_trim(sv_head(s, (size_t)at)).n > 0) {
			dmarc_fault(
			    r, DMARC_BROKEN_XML, "line 1: other bytes stand in front of the XML");
		}
		s = sv_from_at(s, (size_t)at);
	}
	memmove(head->p, s.p, s.n);
	head->n = s.n;
}

/* What windows-1252 has from 0x80 to 0x9f; 0: nothing. */
static const uint16_t windows_1252[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
	0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c,
	0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

void
dmarc_prolog_1252(struct buf *b, unsigned char c)
{
	unsigned u = c;

	if (c >= 0x80 && c <= 0x9f) {
		u = windows_1252[c - 0x80] == 0 ? 0xfffd : windows_1252[c - 0x80];
	}
	if (u >= 0x800) {
		buf_char(b, (char)(0xe0 | (u >> 12)));
		buf_char(b, (char)(0x80 | ((u >> 6) & 0x3f)));
	} else {
		buf_char(b, (char)(0xc0 | (u >> 6)));
	}
	buf_char(b, (char)(0x80 | (u & 0x3f)));
}
