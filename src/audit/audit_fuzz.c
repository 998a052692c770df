/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as what a domain publishes: the first byte of a line says which record the rest is.
 * An audit ends, its page holds no control bytes, and what it says is to be published can be read.
 */

#include "audit/render.h"
#include "dns/test_zone.h"

#define LINES_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	char letter;
	const char *name;
	enum dns_type type;
} places[] = {
	{ 'd', "d.test", DNS_TXT },
	{ 'i', "i.test", DNS_TXT },
	{ 'j', "j.test", DNS_TXT },
	{ 'm', "_dmarc.d.test", DNS_TXT },
	{ 'k', "s1._domainkey.d.test", DNS_TXT },
	{ 's', "_mta-sts.d.test", DNS_TXT },
	{ 't', "_smtp._tls.d.test", DNS_TXT },
	{ 'b', "default._bimi.d.test", DNS_TXT },
	{ 'p', "25.2.0.192.in-addr.arpa", DNS_PTR },
};

struct line {
	struct sv text;
	size_t place;
};

static size_t
read_lines(struct sv rest, struct line *lines, struct sv *file_out)
{
	size_t n = 0;

	while (rest.n > 0 && n < LINES_MAX) {
		struct sv line;

		if (!sv_cut(&rest, '\n', &line)) {
			line = rest;
			rest = (struct sv){ 0 };
		}
		if (line.n > 0 && line.p[0] == 'f') {
			*file_out = sv_from_at(line, 1);
		}
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && line.n > 1; i++) {
			if (line.p[0] == places[i].letter) {
				lines[n++] = (struct line){ sv_from_at(line, 1), i };
				break;
			}
		}
	}
	return n;
}

static void
answer(struct book *book, const struct line *lines, size_t n)
{
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_answer a = { .status = DNS_NO_NAME };

		a.records = arena_alloc(book_arena(book), LINES_MAX * sizeof(*a.records));
		check(a.records != NULL);
		for (size_t i = 0; i < n; i++) {
			if (places[lines[i].place].type == q.type &&
			    sv_ieq(q.name, sv_from(places[lines[i].place].name))) {
				a.records[a.n++] = (struct dns_record){ .data = lines[i].text,
					.lengths = SV("\x01") };
			}
		}
		if (q.type == DNS_MX && q.name.n % 2 == 0) {
			a.records[a.n++] = (struct dns_record){ .data = SV("mx.d.test") };
		} else if (q.type == DNS_A && q.name.n % 3 != 0) {
			a.records[a.n++] = (struct dns_record){ .data = SV("\xc0\x00\x02\x19") };
		}
		a.status = a.n > 0 ? DNS_OK : a.status;
		book_answer(book, id, &a);
	}
}

static void
check_records(const struct audit *a, struct arena *arena)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct finding *f = &a->findings[i];
		struct spf_record r;

		if (f->value.n == 0) {
			continue;
		}
		check(f->name.n > 0);
		if (f->id <= FINDING_spf_ip_not_passed) {
			check(spf_is_record(f->value) && spf_record_read(f->value, arena, &r));
		} else if (sv_starts(f->name, SV("_dmarc."))) {
			check(dmarc_is_record(f->value));
		}
	}
}

static void
render(const struct audit *a, const struct audit_texts *t)
{
	struct json j;
	struct buf out;

	buf_init(&out, 0);
	audit_render_text(a, t, &out);
	for (size_t i = 0; i < out.n; i++) {
		check((unsigned char)out.p[i] >= ' ' || out.p[i] == '\n');
	}
	buf_clear(&out);
	json_init(&j, &out, false);
	audit_render_json(a, t, &j);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key key = { 1, 1 };
	static const char *selectors[] = { "s1" };
	static struct audit_texts texts = { .selectors = selectors, .n_selectors = 1 };
	struct line lines[LINES_MAX];
	struct sv file = { 0 };
	size_t n = read_lines(sv_make((const char *)data, size), lines, &file);
	struct audit_request q = { .domain = SV("d.test"), .texts = &texts, .n_ips = size % 2 };
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 24);
	struct audit *a = mem_new(1, sizeof(*a));
	unsigned rounds = 0;

	for (size_t i = 0; i < N_FINDINGS; i++) {
		texts.findings[i] = (struct finding_text){
			.says = "says", .why = "why", .does = "do", .who = "all"
		};
	}
	q.ips[0] = (struct ip){ .b = { 192, 0, 2, 25 }, .n = 4 };
	q.sts = (struct sts_file){ .tried = true, .fetched = true, .text = file };
	do {
		answer(book, lines, n);
		arena_reset(arena);
		audit_run(book, arena, &q, a);
		check(++rounds < 100);
	} while (a->pending);
	check_records(a, arena);
	render(a, &texts);
	free(a);
	arena_free(&arena);
	book_free(&book);
	return 0;
}
