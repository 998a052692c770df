/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "source/unpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

/* What the sink saw: "name[size:first bytes]" a member, "!" behind one that is not whole. */
struct seen {
	struct buf text;
	uint64_t bytes;
	char first[16];
};

static bool
begin(void *context, struct sv name, struct sv first)
{
	struct seen *s = context;

	buf_sv(&s->text, name);
	s->bytes = 0;
	(void)snprintf(s->first, sizeof(s->first), "%.*s", SV_ARG(sv_head(first, 5)));
	return true;
}

static void
bytes(void *context, struct sv b)
{
	((struct seen *)context)->bytes += b.n;
}

static void
end(void *context, enum err e, const struct why *why)
{
	struct seen *s = context;

	buf_fmt(&s->text, "[%llu:%s]", (unsigned long long)s->bytes, s->first);
	if (e != ERR_OK) {
		buf_fmt(&s->text, "!%s", why->text);
	}
}

static void
gzip(struct buf *out, struct sv in)
{
	z_stream z = { 0 };
	static char block[65536];
	int code;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	do {
		z.next_out = (Bytef *)block;
		z.avail_out = sizeof(block);
		code = deflate(&z, Z_FINISH);
		buf_add(out, block, sizeof(block) - z.avail_out);
	} while (code == Z_OK);
	assert_int_equal(code, Z_STREAM_END);
	(void)deflateEnd(&z);
}

/* A zip with two members of the same bytes. */
static void
zip(struct buf *out, struct sv in, int members)
{
	static char block[1 << 20];
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used;

	assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, block, sizeof(block), &used), ARCHIVE_OK);
	for (int i = 0; i < members; i++) {
		archive_entry_clear(e);
		archive_entry_set_pathname(e, i == 0 ? "a.xml" : "b.xml");
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_size(e, (la_int64_t)in.n);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, in.p, in.n), (la_ssize_t)in.n);
	}
	archive_entry_free(e);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	buf_add(out, block, used);
	(void)archive_write_free(a);
}

static void
expect(struct sv packed, const char *want, enum err want_err)
{
	struct seen s = { .bytes = 0 };
	const struct unpack_sink sink = { begin, bytes, end, &s };
	struct why why = { "" };
	char name[] = "/tmp/unpack_test.XXXXXX";
	enum err e;
	int fd;

	buf_init(&s.text, 0);
	buf_str(&s.text, "");
	e = unpack_bytes(packed, &sink, &why);
	if (e != want_err || strcmp(s.text.p, want) != 0) {
		fail_msg("want %d '%s', got %d '%s' (%s)", want_err, want, e, s.text.p, why.text);
	}
	fd = mkstemp(name);
	assert_true(fd >= 0);
	(void)unlink(name);
	assert_int_equal(write(fd, packed.p, packed.n), (ssize_t)packed.n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	buf_clear(&s.text);
	assert_int_equal(unpack_fd(fd, &sink, &why), want_err);
	assert_string_equal(s.text.p, want);
	(void)close(fd);
	buf_done(&s.text);
}

struct packs {
	struct buf plain, a, b, c;
};

static void
packs_init(struct packs *p)
{
	buf_init(&p->plain, 0);
	buf_init(&p->a, 0);
	buf_init(&p->b, 0);
	buf_init(&p->c, 0);
	for (int i = 0; i < 20000; i++) {
		buf_fmt(&p->plain, "<x>%d</x>\n", i * 7919 % 20011);
	}
}

static void
packs_done(struct packs *p)
{
	buf_done(&p->plain);
	buf_done(&p->a);
	buf_done(&p->b);
	buf_done(&p->c);
}

static void
packings_are_opened_in_each_other(void **state)
{
	struct packs p;
	char want[128];

	(void)state;
	packs_init(&p);
	expect(SV("<a/>"), "[4:<a/>]", ERR_OK);
	expect(SV(""), "[0:]", ERR_OK);
	(void)snprintf(want, sizeof(want), "[%zu:<x>0<]", p.plain.n);
	gzip(&p.a, buf_view(&p.plain));
	expect(buf_view(&p.a), want, ERR_OK);
	gzip(&p.b, buf_view(&p.a));
	expect(buf_view(&p.b), want, ERR_OK);
	(void)snprintf(
	    want, sizeof(want), "a.xml[%zu:<x>0<]b.xml[%zu:<x>0<]", p.plain.n, p.plain.n);
	zip(&p.c, buf_view(&p.plain), 2);
	expect(buf_view(&p.c), want, ERR_OK);
	buf_clear(&p.c);
	zip(&p.c, buf_view(&p.b), 2); /* a gzip of a gzip, twice in a zip */
	expect(buf_view(&p.c), want, ERR_OK);
	/* Two members in a row are one; padding behind them is nothing. */
	buf_clear(&p.b);
	buf_sv(&p.b, buf_view(&p.a));
	buf_sv(&p.b, buf_view(&p.a));
	buf_add(&p.b, "\0\0\0", 3);
	(void)snprintf(want, sizeof(want), "[%zu:<x>0<]", 2 * p.plain.n);
	expect(buf_view(&p.b), want, ERR_OK);
	packs_done(&p);
}

static void
what_is_damaged_gives_what_it_can(void **state)
{
	struct packs p;
	struct seen s = { .bytes = 0 };
	const struct unpack_sink sink = { begin, bytes, end, &s };
	struct why why = { "" };

	(void)state;
	packs_init(&p);
	buf_init(&s.text, 0);
	gzip(&p.a, buf_view(&p.plain));
	assert_int_equal(unpack_bytes(sv_head(buf_view(&p.a), p.a.n / 2), &sink, &why), ERR_OK);
	assert_true(s.bytes > p.plain.n / 4 && s.bytes < p.plain.n);
	assert_non_null(strstr(s.text.p, "the gzip ends too early"));
	p.a.p[p.a.n - 6] ^= 1; /* the checksum */
	buf_clear(&s.text);
	assert_int_equal(unpack_bytes(buf_view(&p.a), &sink, &why), ERR_OK);
	assert_int_equal(s.bytes, p.plain.n);
	assert_non_null(strstr(s.text.p, "the gzip is damaged"));
	zip(&p.b, buf_view(&p.plain), 1);
	buf_clear(&s.text);
	(void)unpack_bytes(sv_head(buf_view(&p.b), p.b.n / 2), &sink, &why);
	assert_non_null(strstr(s.text.p, "!the zip is damaged"));
	buf_clear(&s.text);
	assert_int_not_equal(unpack_bytes(SV("PK\x03\x04nothing"), &sink, &why), ERR_OK);
	assert_non_null(strstr(why.text, "the zip is damaged"));
	buf_done(&s.text);
	packs_done(&p);
}

static void
bombs_are_refused(void **state)
{
	struct packs p;
	struct seen s = { .bytes = 0 };
	const struct unpack_sink sink = { begin, bytes, end, &s };
	struct why why = { "" };
	char *zeros = calloc(1, (size_t)64 << 20);

	(void)state;
	packs_init(&p);
	buf_init(&s.text, 0);
	gzip(&p.a, sv_make(zeros, (size_t)64 << 20));
	assert_int_equal(unpack_bytes(buf_view(&p.a), &sink, &why), ERR_TOO_BIG);
	assert_non_null(strstr(why.text, "archive bomb"));
	assert_true(
	    s.bytes < (uint64_t)p.a.n * UNPACK_RATIO_MAX + UNPACK_RATIO_FROM + UNPACK_BLOCK);
	buf_clear(&p.b);
	buf_str(&p.b, "x");
	for (int i = 0; i < 6; i++) {
		buf_clear(&p.c);
		gzip(&p.c, buf_view(&p.b));
		buf_clear(&p.b);
		buf_sv(&p.b, buf_view(&p.c));
	}
	assert_int_equal(unpack_bytes(buf_view(&p.b), &sink, &why), ERR_TOO_BIG);
	assert_non_null(strstr(why.text, "more than 4 times"));
	free(zeros);
	buf_done(&s.text);
	packs_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packings_are_opened_in_each_other),
		cmocka_unit_test(what_is_damaged_gives_what_it_can),
		cmocka_unit_test(bombs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
