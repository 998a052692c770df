/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/err.h"
#include "base/num.h"
#include "mail/dmarc_private.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#define TIME_MAX_S INT64_C(253402300799) /* the end of the year 9999 */
#define SHOWN      60                    /* bytes of an odd value that are quoted */

static const struct {
	const char *name;
	bool damages;
} fault_kinds[DMARC_FAULTS] = {
	[DMARC_BROKEN_XML] = { "broken_xml", true },
	[DMARC_CUT_OFF] = { "cut_off", true },
	[DMARC_BAD_ENCODING] = { "bad_encoding", true },
	[DMARC_DTD] = { "dtd", true },
	[DMARC_BAD_IP] = { "bad_ip", true },
	[DMARC_BAD_COUNT] = { "bad_count", true },
	[DMARC_BAD_TIME] = { "bad_time", true },
	[DMARC_TOO_LONG] = { "too_long", true },
	[DMARC_TOO_MANY] = { "too_many", true },
	[DMARC_TOO_DEEP] = { "too_deep", true },
	[DMARC_LOST] = { "lost", true },
	[DMARC_NO_DOMAIN] = { "no_domain", true },
	[DMARC_NO_RECORD] = { "no_record", true },
	[DMARC_NO_ORG] = { "no_org", false },
	[DMARC_POLICY_TWICE] = { "policy_twice", false },
	[DMARC_ODD_VALUE] = { "odd_value", false },
	[DMARC_DERIVED] = { "derived", false },
};

static const char *const disposition_names[DMARC_DISPOSITIONS] = { "", "none", "pass", "quarantine",
	"reject" };

bool
dmarc_fault_damages(enum dmarc_fault_kind kind)
{
	return fault_kinds[kind].damages;
}

const char *
dmarc_fault_name(enum dmarc_fault_kind kind)
{
	return fault_kinds[kind].name;
}

const char *
dmarc_disposition_name(enum dmarc_disposition d)
{
	return disposition_names[d];
}

void
dmarc_fault(struct dmarc_reader *r, enum dmarc_fault_kind kind, const char *fmt, ...)
{
	struct dmarc_fault *f = &r->report.faults[kind];
	char text[512];
	struct buf b;
	va_list ap;

	r->report.damaged = r->report.damaged || fault_kinds[kind].damages;
	if (f->count++ > 0) {
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, sizeof(f->first) - 1);
	buf_printable(&b, sv_from(text), 0);
	memcpy(f->first, b.p, b.n + 1);
	buf_done(&b);
}

/* A value of the record at work that is not what it should be. */
static void
value_fault(struct dmarc_reader *r, enum dmarc_fault_kind kind, struct sv value, const char *says)
{
	if (r->report.faults[kind].count > 0) {
		r->report.faults[kind].count++;
		return;
	}
	if (r->in_record) {
		dmarc_fault(r, kind, "record %llu: '%.*s' %s",
		    (unsigned long long)r->report.records + 1, SV_ARG(sv_head(value, SHOWN)), says);
	} else {
		dmarc_fault(r, kind, "'%.*s' %s", SV_ARG(sv_head(value, SHOWN)), says);
	}
}

/* ---- texts ---- */

/* A copy, cut before the first byte that does not fit and never inside a character. */
static struct sv
keep_text(struct dmarc_reader *r, enum dmarc_in in, struct sv text, bool lower)
{
	struct sv kept;

	if (text.n > DMARC_TEXT_MAX) {
		size_t n = DMARC_TEXT_MAX;

		while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80) {
			n--;
		}
		value_fault(r, DMARC_TOO_LONG, text, "... is too long and was cut");
		text = sv_head(text, n);
	}
	if (text.n == 0) {
		return SV("");
	}
	kept = arena_sv(in == IN_REPORT ? r->report_arena : r->record_arena, text);
	if (kept.p == NULL) {
		value_fault(r, DMARC_TOO_MANY, text, "is one text too many for a record");
		return SV("");
	}
	for (size_t i = 0; lower && i < kept.n; i++) {
		((char *)(uintptr_t)kept.p)[i] = char_lower(kept.p[i]); /* our own copy */
	}
	return kept;
}

/* ---- values ---- */

static bool
read_whole_number(struct sv text, uint64_t max, uint64_t *out)
{
	struct sv whole = text;
	struct sv fraction = text;

	/* 1337270400.0 */
	if (sv_cut(&fraction, '.', &whole)) {
		for (size_t i = 0; i < fraction.n; i++) {
			if (!char_is_digit(fraction.p[i])) {
				return false;
			}
		}
	}
	return num_u64(whole, max, out);
}

static void
read_time(struct dmarc_reader *r, int64_t *field, struct sv text)
{
	uint64_t seconds;
	int64_t us;

	if (read_whole_number(text, TIME_MAX_S, &seconds)) {
		*field = (int64_t)seconds;
	} else if (civil_take_iso(text, &us) && us > 0) {
		value_fault(
		    r, DMARC_ODD_VALUE, text, "is a date where seconds since 1970 should be");
		*field = us / US_PER_SECOND;
	} else {
		value_fault(r, DMARC_BAD_TIME, text, "is no time in seconds since 1970");
	}
}

static void
read_count(struct dmarc_reader *r, uint64_t *field, struct sv text)
{
	r->count_said = true;
	if (!read_whole_number(text, DMARC_COUNT_MAX, field)) {
		value_fault(
		    r, DMARC_BAD_COUNT, text, "is no count of messages that can be; 0 is taken");
	}
}

/* The canonical text, in the arena. */
static void
read_ip(struct dmarc_reader *r, struct dmarc_record *rec, struct sv text)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char name[INET6_ADDRSTRLEN + 1];
	struct sv bare = text;

	r->source_said = true;
	if (sv_take(&bare, SV("["))) {
		(void)sv_drop_tail(&bare, SV("]"));
	}
	if (bare.n < sizeof(name)) {
		memcpy(name, bare.p, bare.n);
		name[bare.n] = '\0';
		if (inet_pton(AF_INET, name, rec->ip) == 1) {
			rec->ip_bytes = 4;
		} else if (inet_pton(AF_INET6, name, rec->ip) == 1) {
			rec->ip_bytes = 16;
		}
	}
	if (rec->ip_bytes == 16 && memcmp(rec->ip, mapped, 12) == 0) {
		memmove(rec->ip, rec->ip + 12, 4);
		rec->ip_bytes = 4;
	}
	if (rec->ip_bytes == 0) {
		value_fault(r, DMARC_BAD_IP, text, "is no IP address");
		return;
	}
	(void)inet_ntop(rec->ip_bytes == 4 ? AF_INET : AF_INET6, rec->ip, name, sizeof(name));
	rec->source = keep_text(r, IN_RECORD, sv_from(name), false);
}

static void
read_disposition(struct dmarc_reader *r, enum dmarc_disposition *field, struct sv text)
{
	for (int d = DMARC_NONE; d < DMARC_DISPOSITIONS; d++) {
		if (sv_ieq(text, sv_from(disposition_names[d]))) {
			*field = (enum dmarc_disposition)d;
			return;
		}
	}
	if (text.n > 0) {
		value_fault(r, DMARC_ODD_VALUE, text, "is no disposition");
	}
}

static void
read_aligned(struct dmarc_reader *r, bool *field, struct sv text)
{
	*field = sv_ieq(text, SV("pass"));
	if (!*field && text.n > 0 && !sv_ieq(text, SV("fail"))) {
		value_fault(r, DMARC_ODD_VALUE, text, "is neither pass nor fail");
	}
}

static void
read_result(struct dmarc_reader *r, struct sv *field, struct sv text)
{
	if (sv_ieq(text, SV("hardfail"))) {
		value_fault(r, DMARC_ODD_VALUE, text, "is read as fail");
		text = SV("fail");
	}
	*field = keep_text(r, IN_AUTH, text, true);
}

/* The first text of an element counts; a second one in its place is somebody's mistake. */
static void
read_text(struct dmarc_reader *r, const struct dmarc_field *f, void *base, struct sv text)
{
	struct sv *field = (void *)((char *)base + f->offset);

	if (field->n == 0) {
		*field = keep_text(r, (enum dmarc_in)f->in, text, f->how != AS_TEXT);
	}
}

static void *
base_of(struct dmarc_reader *r, enum dmarc_in in)
{
	struct dmarc_record *rec = &r->record;

	if (in == IN_REPORT) {
		return &r->report;
	}
	if (!r->in_record) {
		return NULL;
	}
	if (in == IN_AUTH) {
		return rec->n_auth == 0 || r->result_dropped ? NULL : &r->auth[rec->n_auth - 1];
	}
	if (in == IN_REASON) {
		return rec->n_reasons == 0 || r->reason_dropped ? NULL
								: &r->reasons[rec->n_reasons - 1];
	}
	return rec;
}

void
dmarc_value(struct dmarc_reader *r, const struct dmarc_field *f, struct sv text)
{
	void *base = base_of(r, (enum dmarc_in)f->in);
	void *field;

	if (base == NULL) {
		return;
	}
	field = (char *)base + f->offset;
	r->report.rfc9990 = r->report.rfc9990 || f->only_rfc9990;
	switch ((enum dmarc_how)f->how) {
	case AS_TIME:
		read_time(r, field, text);
		break;
	case AS_COUNT:
		read_count(r, field, text);
		break;
	case AS_IP:
		read_ip(r, base, text);
		break;
	case AS_DISPOSITION:
		read_disposition(r, field, text);
		break;
	case AS_ALIGNED:
		read_aligned(r, field, text);
		break;
	case AS_RESULT:
		read_result(r, field, text);
		break;
	case AS_ENVELOPE:
		r->record.envelope_said = true;
		read_text(r, f, base, text);
		break;
	case AS_TEXT:
	case AS_LOWER:
		read_text(r, f, base, text);
		break;
	}
}
