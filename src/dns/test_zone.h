/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DNS_TEST_ZONE_H
#define CAROM_DNS_TEST_ZONE_H

/*
 * A zone written by hand, for tests and fuzz targets: answers everything that a book wants.
 * A value of NULL: silent.  Names that are not listed do not exist; a name that is listed
 * with other types has no such record.  TXT: '|' splits strings.
 */

#include "base/err.h"
#include "base/num.h"
#include "dns/book.h"

struct zone_line {
	const char *name;
	enum dns_type type;
	const char *value; /* MX: "10 host" */
};

static inline void
zone_text(struct dns_record *r, struct sv value, struct arena *arena)
{
	char *text = arena_alloc(arena, value.n + 1);
	char *lengths = arena_alloc(arena, value.n + 1);
	size_t n = 0;
	size_t strings = 0;
	size_t start = 0;

	check(text != NULL && lengths != NULL);
	for (size_t i = 0; i <= value.n; i++) {
		if (i == value.n || value.p[i] == '|') {
			lengths[strings++] = (char)(unsigned char)(n - start);
			start = n;
		} else {
			text[n++] = value.p[i];
		}
	}
	r->data = sv_make(text, n);
	r->lengths = sv_make(lengths, strings);
}

static inline void
zone_record(struct dns_record *r, const struct zone_line *line, struct arena *arena)
{
	struct sv value = sv_from(line->value);
	uint32_t preference = 0;
	struct ip ip;

	if (line->type == DNS_TXT) {
		zone_text(r, value, arena);
		return;
	}
	if (line->type == DNS_A || line->type == DNS_AAAA) {
		check(ip_read(value, &ip));
		r->data = arena_sv(arena, sv_make((const char *)ip.b, ip.n));
		return;
	}
	if (line->type == DNS_MX) {
		check(num_take_u32(&value, 65535, &preference) && sv_take(&value, SV(" ")));
		r->preference = preference;
	}
	r->data = arena_sv(arena, value);
}

static inline void
zone_look_up(const struct zone_line *zone, size_t n, const struct question_name *q,
    struct arena *arena, struct dns_answer *a)
{
	struct sv name = q->name;

	for (size_t i = 0; i < n; i++) {
		/* A name with something below it exists (RFC 8020). */
		if (a->status == DNS_NO_NAME && name_is_within(sv_from(zone[i].name), name)) {
			a->status = DNS_NODATA;
		}
		if (!sv_ieq(sv_from(zone[i].name), name)) {
			continue;
		}
		if (zone[i].type == DNS_CNAME && q->type != DNS_CNAME && a->aliases < 8) {
			a->aliases++;
			name = sv_from(zone[i].value);
			i = (size_t)-1; /* from the start, with the other name */
		} else if (zone[i].type == q->type && zone[i].value == NULL) {
			a->status = DNS_SILENT;
			a->reason = "no answer in time";
		} else if (zone[i].type == q->type && a->n < 64) {
			zone_record(&a->records[a->n++], &zone[i], arena);
			a->status = DNS_OK;
		}
	}
}

static inline void
zone_answer(struct book *book, const struct zone_line *zone, size_t n)
{
	struct arena *arena = book_arena(book);
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_answer a = { .status = DNS_NO_NAME };

		a.records = arena_alloc(arena, 64 * sizeof(*a.records));
		check(a.records != NULL);
		zone_look_up(zone, n, &q, arena, &a);
		book_answer(book, id, &a);
	}
}

#endif
