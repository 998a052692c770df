/* SPDX-License-Identifier: Apache-2.0 */
#include "source/report_kind.h"

#include "base/buf.h"

#include <stdio.h>

/* What people name like a report, or pack with something else. */
static const struct {
	struct sv magic;
	const char *what;
} magics[] = {
	{ SV_INIT("\xfd"
		  "7zXZ"),
	    "packed with xz, which is not read" },
	{ SV_INIT("BZh"), "packed with bzip2, which is not read" },
	{ SV_INIT("\x28\xb5\x2f\xfd"), "packed with zstd, which is not read" },
	{ SV_INIT("7z\xbc\xaf"), "a 7-Zip archive, which is not read" },
	{ SV_INIT("Rar!"), "a RAR archive, which is not read" },
	{ SV_INIT("%PDF"), "a PDF" },
	{ SV_INIT("\xd0\xcf\x11\xe0"), "an Outlook message or old Office file, which is not read" },
	{ SV_INIT("SQLite format 3"), "a database" },
};

static bool
is_wide_xml(struct sv s)
{
	return sv_starts(s, SV("\xff\xfe")) || sv_starts(s, SV("\xfe\xff")) ||
	       sv_starts(s, SV("<\0")) || sv_starts(s, SV("\0<"));
}

/* A first line such as "Received: ..." (RFC 5322 section 2.2). */
static bool
is_mail(struct sv s)
{
	size_t n = 0;

	while (n < s.n && n < 80 && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':') {
		n++;
	}
	return n > 0 && n < s.n && s.p[n] == ':' && sv_chr(s, '\n') >= 0;
}

enum report_kind
report_kind_of(struct sv first, char *why_out, size_t size)
{
	struct sv s = first;
	struct sv line;
	struct buf b;

	(void)sv_take(&s, SV("\xef\xbb\xbf"));
	s = sv_trim(s);
	if (sv_starts(s, SV("<")) || is_wide_xml(first)) {
		return REPORT_XML;
	}
	if (sv_starts(s, SV("{")) || sv_starts(s, SV("["))) {
		return REPORT_JSON;
	}
	if (sv_starts(first, SV("From "))) {
		return REPORT_MBOX;
	}
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (sv_starts(first, magics[i].magic)) {
			(void)snprintf(why_out, size, "it is %s", magics[i].what);
			return REPORT_OTHER;
		}
	}
	if (is_mail(first)) {
		return REPORT_MAIL;
	}
	if (sv_find(first, SV("<feedback")) >= 0 || sv_find(first, SV("<?xml")) >= 0) {
		return REPORT_XML;
	}
	if (s.n == 0) {
		(void)snprintf(why_out, size, "it is empty");
		return REPORT_OTHER;
	}
	if (sv_cut(&s, '\n', &line)) {
		s = line;
	}
	buf_init(&b, 200);
	buf_printable(&b, sv_trim(s), 40);
	(void)snprintf(
	    why_out, size, "it is neither XML, JSON nor a mail; it begins with '%s'", b.p);
	buf_done(&b);
	return REPORT_OTHER;
}

void
report_kind_not_dmarc(struct sv root, char *why_out, size_t size)
{
	if (root.n == 0) {
		(void)snprintf(why_out, size, "it begins like XML, but has no element");
	} else {
		(void)snprintf(why_out, size,
		    "it is XML, but no DMARC report: its first element is <%.*s>", SV_ARG(root));
	}
}
