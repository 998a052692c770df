/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/syslog_message.h"

#include "base/civil.h"
#include "base/num.h"
#include "mail/postfix.h"

#define PRIORITY_MAX 191 /* facility 23, severity 7 */
#define STAMP_MAX    40
#define PID_MAX_N    10
#define NAME_MAX_N   255 /* of a host; RFC 5424 6: HOSTNAME has at most 255 */

static void
take_priority(struct sv *s, unsigned *facility_out)
{
	struct sv t = *s;
	uint32_t pri;

	*facility_out = SYSLOG_FACILITY_NONE;
	if (sv_take(&t, SV("<")) && num_take_u32(&t, PRIORITY_MAX, &pri) && sv_take(&t, SV(">"))) {
		*facility_out = pri / 8;
		*s = t;
	}
}

/* A field up to a blank; "-" is an empty one. */
static bool
take_field(struct sv *s, struct sv *out)
{
	if (!sv_cut(s, ' ', out) || out->n == 0) {
		return false;
	}
	if (sv_eq(*out, SV("-"))) {
		out->n = 0;
	}
	return true;
}

static bool
is_stamp(struct sv s)
{
	int64_t us;

	return s.n >= 19 && s.n <= STAMP_MAX && s.p[4] == '-' && civil_take_iso(s, &us);
}

/* ---- RFC 5424 ---- */

/* [id name="value" ...] as often as it comes, or "-"; a value may hold \" and \]. */
static bool
skip_structured_data(struct sv *s)
{
	size_t i = 0;

	if (sv_take(s, SV("-"))) {
		return true;
	}
	while (i < s->n && s->p[i] == '[') {
		bool quoted = false;

		for (i++; i < s->n && (quoted || s->p[i] != ']'); i++) {
			if (quoted && s->p[i] == '\\') {
				i++;
			} else if (s->p[i] == '"') {
				quoted = !quoted;
			}
		}
		if (i >= s->n) {
			return false;
		}
		i++;
	}
	*s = sv_from_at(*s, i);
	return i > 0;
}

/* Behind the version. */
static bool
read_5424(struct sv s, struct syslog_message *out)
{
	struct sv id;

	if (!take_field(&s, &out->stamp) || (out->stamp.n > 0 && !is_stamp(out->stamp)) ||
	    !take_field(&s, &out->host) || !take_field(&s, &out->tag) || out->tag.n == 0 ||
	    !take_field(&s, &out->pid) || !take_field(&s, &id) || !skip_structured_data(&s)) {
		return false;
	}
	if (s.n > 0 && !sv_take(&s, SV(" "))) {
		return false;
	}
	(void)sv_take(&s, SV("\xef\xbb\xbf")); /* the mark of UTF-8 */
	out->text = s;
	return true;
}

/* ---- RFC 3164 ---- */

static bool
take_stamp(struct sv *s, struct sv *out)
{
	struct syslog_head h;
	struct sv t = *s;
	struct sv word;

	/* "Nov  1 10:00:00 "; the reader of a log's lines says whether it is a date. */
	if (t.n > SYSLOG_CLASSIC_N && t.p[3] == ' ') {
		char probe[] = "Nov 28 10:00:00 h t: ";

		memcpy(probe, t.p, SYSLOG_CLASSIC_N);
		if (syslog_head_take(sv_from(probe), &h)) {
			*out = sv_head(t, SYSLOG_CLASSIC_N - 1);
			*s = sv_from_at(t, SYSLOG_CLASSIC_N);
			return true;
		}
	}
	if (sv_cut(&t, ' ', &word) && is_stamp(word)) {
		*out = word;
		*s = t;
		return true;
	}
	return false;
}

/* "postfix/smtp[99]: text" or "postfix/smtp: text"; a pid that is none stays part of nothing. */
static bool
take_tag(struct sv *s, struct syslog_message *out)
{
	struct sv t = *s;
	size_t n = 0;

	while (n < t.n && t.p[n] != '[' && t.p[n] != ':' && t.p[n] != ' ') {
		n++;
	}
	if (n == 0 || n == t.n || t.p[n] == ' ') {
		return false;
	}
	out->tag = sv_head(t, n);
	t = sv_from_at(t, n);
	if (sv_take(&t, SV("[")) && !sv_cut(&t, ']', &out->pid)) {
		return false;
	}
	if (!sv_take(&t, SV(":"))) {
		return false;
	}
	(void)sv_take(&t, SV(" "));
	*s = t;
	return true;
}

static bool
read_3164(struct sv s, struct syslog_message *out)
{
	struct sv behind;

	if (!take_stamp(&s, &out->stamp)) {
		return false;
	}
	behind = s;
	if (!take_tag(&s, out)) { /* a name of a host has no bracket and no colon at its end */
		if (!take_field(&behind, &out->host) || !take_tag(&behind, out)) {
			return false;
		}
		s = behind;
	}
	out->text = s;
	return true;
}

/* ---- both ---- */

static bool
is_plain(struct sv s, size_t most)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f) {
			return false;
		}
	}
	return s.n <= most;
}

bool
syslog_message_read(struct sv datagram, struct syslog_message *out)
{
	struct syslog_message m = { 0 };
	struct sv s = datagram;
	uint32_t pid;

	while (s.n > 0 && (s.p[s.n - 1] == '\0' || s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r')) {
		s.n--;
	}
	take_priority(&s, &m.facility);
	if (!(sv_take(&s, SV("1 ")) ? read_5424(s, &m) : read_3164(s, &m)) ||
	    !is_plain(m.host, NAME_MAX_N) || !is_plain(m.tag, NAME_MAX_N) ||
	    sv_chr(m.tag, '[') >= 0 || sv_chr(m.tag, ':') >= 0) {
		return false;
	}
	if (m.pid.n > PID_MAX_N || !num_u32(m.pid, UINT32_MAX, &pid)) {
		m.pid.n = 0;
	}
	*out = m;
	return true;
}

void
syslog_message_line(const struct syslog_message *m, struct sv now, struct sv host, struct buf *out)
{
	size_t from = out->n;

	buf_sv(out, m->stamp.n > 0 ? m->stamp : now);
	buf_char(out, ' ');
	buf_sv(out, m->host.n > 0 ? m->host : host);
	buf_char(out, ' ');
	buf_sv(out, m->tag);
	if (m->pid.n > 0) {
		buf_char(out, '[');
		buf_sv(out, m->pid);
		buf_char(out, ']');
	}
	buf_str(out, ": ");
	buf_sv(out, m->text);
	for (size_t i = from; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];

		if (c < ' ' || c == 0x7f) {
			out->p[i] = ' ';
		}
	}
	buf_char(out, '\n');
}

bool
syslog_facility_find(struct sv name, unsigned *out)
{
	static const struct {
		struct sv name;
		unsigned facility;
	} all[] = { /* RFC 5424 table 1 */
		{ SV_INIT("any"), SYSLOG_FACILITY_NONE }, { SV_INIT("user"), 1 },
		{ SV_INIT("mail"), 2 }, { SV_INIT("daemon"), 3 }, { SV_INIT("local0"), 16 },
		{ SV_INIT("local1"), 17 }, { SV_INIT("local2"), 18 }, { SV_INIT("local3"), 19 },
		{ SV_INIT("local4"), 20 }, { SV_INIT("local5"), 21 }, { SV_INIT("local6"), 22 },
		{ SV_INIT("local7"), 23 }
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (sv_eq(all[i].name, name)) {
			*out = all[i].facility;
			return true;
		}
	}
	return false;
}
