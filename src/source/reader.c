/* SPDX-License-Identifier: Apache-2.0 */
#include "source/reader.h"

#include "base/civil.h"

#define SLACK_US US_PER_DAY /* a clock may be a day ahead of the file's */

/* ---- which format ---- */

static bool
is_field_name(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '_' || char_is_digit(c);
}

static enum log_format
format_of(struct sv line)
{
	struct sv name;
	bool field;

	if (sv_starts(sv_trim(line), SV("{"))) {
		return LOG_JOURNAL_JSON;
	}
	if (!sv_cut(&line, '=', &name)) {
		return LOG_SYSLOG;
	}
	field = name.n > 0;
	for (size_t i = 0; i < name.n; i++) {
		field = field && is_field_name(name.p[i]);
	}
	return field ? LOG_JOURNAL_EXPORT : LOG_SYSLOG;
}

enum err
reader_open(struct reader *r, const char *path, int year, int64_t now_us, struct why *why)
{
	enum err e;

	*r = (struct reader){ .year = year };
	e = input_open(path, &r->in, why);
	if (e != ERR_OK) {
		return e;
	}
	r->mtime_us = input_mtime_us(r->in) == 0 ? now_us : input_mtime_us(r->in);
	lines_init(&r->lines, r->in);
	journal_init(&r->entry);
	/* The first line stays in the buffer: nothing is read on before it was used. */
	do {
		r->has_peeked = lines_next(&r->lines, &r->peeked, &r->peeked_at);
	} while (r->has_peeked && r->peeked.n == 0);
	if (r->has_peeked) {
		r->format = format_of(r->peeked);
		if (r->format ==
		    LOG_JOURNAL_EXPORT) { /* its first line is a field: read it again */
			r->lines.at = (size_t)(r->peeked_at - r->lines.base);
			r->has_peeked = false;
		}
	}
	return ERR_OK;
}

void
reader_close(struct reader *r)
{
	if (r->in != NULL) {
		lines_done(&r->lines);
		journal_done(&r->entry);
		input_close(&r->in);
	}
}

void
reader_begin_lines(struct reader *r, int year, int64_t mtime_us)
{
	*r = (struct reader){ .year = year, .mtime_us = mtime_us };
	journal_init(&r->entry);
}

void
reader_end_lines(struct reader *r)
{
	journal_done(&r->entry);
}

enum err
reader_problem(const struct reader *r, const struct why **why_out)
{
	*why_out = &r->lines.why;
	return r->lines.error;
}

/* ---- years ---- */

/* Where in its year a date of 1972 stands, moved to `year`; 29 February of a common year is 1 March. */
static int64_t
to_year(struct reader *r, int64_t us_1972, int year)
{
	const int64_t start_1972 = INT64_C(730) * US_PER_DAY;
	const int64_t march = INT64_C(60) * US_PER_DAY;
	int64_t in_year = us_1972 - start_1972;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (r->cached_year != year) {
		r->cached_year = year;
		r->year_start_us = civil_days(year, 1, 1) * US_PER_DAY;
	}
	if (!leap && in_year >= march) {
		in_year -= US_PER_DAY;
	}
	return r->year_start_us + in_year;
}

static int64_t
classic_time(struct reader *r, const struct syslog_head *h)
{
	int year;

	if (r->last_month == 0) { /* the first line */
		if (r->year == 0) {
			int last = civil_from_us(r->mtime_us).year;

			r->year = to_year(r, h->time_us, last) <= r->mtime_us + SLACK_US ? last
											 : last - 1;
		}
		r->last_month = h->month;
	}
	year = r->year;
	if (h->month <= 2 && r->last_month >= 11) {
		year = ++r->year;
		r->last_month = h->month;
	} else if (h->month >= 11 && r->last_month <= 2) {
		year--; /* a late line of December among those of January */
	} else {
		r->last_month = h->month;
	}
	return to_year(r, h->time_us, year);
}

static int64_t
date_of(struct reader *r, struct sv line, const struct syslog_head *h)
{
	if (h->date != SYSLOG_DATE_CLASSIC) {
		return h->time_us;
	}
	r->stamp_us = classic_time(r, h);
	if (line.p[0] != '<') { /* a priority stands in front of the date */
		memcpy(r->stamp, line.p, sizeof(r->stamp));
	}
	return r->stamp_us;
}

/* ---- records ---- */

static void
from_line(struct reader *r, struct sv line, struct record *out)
{
	struct syslog_head h __attribute__((uninitialized)); /* read only if its reader says true */

	out->whole = line;
	if (r->stamp[0] != '\0' && line.n > sizeof(r->stamp) &&
	    memcmp(line.p, r->stamp, sizeof(r->stamp)) == 0) {
		out->headed = syslog_head_rest(sv_from_at(line, sizeof(r->stamp)), &h);
		out->time_us = out->headed ? r->stamp_us : TIME_NONE;
	} else {
		out->headed = syslog_head_take(line, &h);
	}
	if (out->headed) {
		if (out->time_us == TIME_NONE) {
			out->time_us = date_of(r, line, &h);
		}
		out->host = h.host;
		out->tag = h.tag;
		out->message = h.message;
	}
}

static void
from_entry(const struct journal_entry *e, struct record *out)
{
	out->headed = e->time_us != 0 && e->identifier.n > 0;
	out->time_us = e->time_us;
	out->host = e->host;
	out->tag = e->identifier;
	out->message = e->message;
	out->whole = e->message;
}

void
reader_take_line(struct reader *r, struct sv line, uint64_t offset, struct record *out)
{
	*out = (struct record){ .time_us = TIME_NONE, .offset = offset, .whole = line };
	if (!r->started && line.n > 0) {
		r->started = true;
		r->format = format_of(line);
	}
	if (r->format == LOG_JOURNAL_JSON) {
		if (journal_json_read(line, &r->entry)) {
			from_entry(&r->entry, out);
		}
		out->whole = line;
		return;
	}
	from_line(r, line, out);
}

bool
reader_next(struct reader *r, struct record *out)
{
	struct sv line;

	*out = (struct record){ .time_us = TIME_NONE };
	if (r->format == LOG_JOURNAL_EXPORT) {
		if (!journal_export_next(&r->lines, &r->entry)) {
			return false;
		}
		out->offset = r->entry.offset;
		from_entry(&r->entry, out);
		return true;
	}
	if (r->has_peeked) {
		line = r->peeked;
		out->offset = r->peeked_at;
		r->has_peeked = false;
	} else if (!lines_next(&r->lines, &line, &out->offset)) {
		return false;
	}
	if (r->format == LOG_JOURNAL_JSON) {
		if (journal_json_read(line, &r->entry)) {
			from_entry(&r->entry, out);
		}
		out->whole = line;
		return true;
	}
	from_line(r, line, out);
	return true;
}
