/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bounce/bounce.h"
#include "bounce/private.h"
#include "mail/mime.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#define MAILS    "tests/mails"
#define MAIL_MAX 65536

/* Of processor time for one mail, however broken: 100 ms; the sanitizers take theirs. */
#if defined(__SANITIZE_ADDRESS__)
#define MAIL_US_MAX 1000000
#else
#define MAIL_US_MAX 100000
#endif

static struct bounce_forms *forms;
static struct bounce_reader *reader;
static struct arena *arena;

static int
set_up(void **state)
{
	struct why why;

	(void)state;
	if (bounce_forms_load(CAROM_SOURCE_DIR "/share", NULL, &forms, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	reader = bounce_reader_new(forms);
	arena = arena_new(BOUNCE_ARENA_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	bounce_reader_free(&reader);
	bounce_forms_free(&forms);
	arena_free(&arena);
	return 0;
}

static size_t
load(const char *path, char *out, size_t room)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL) {
		fail_msg("%s is not there", path);
	}
	n = fread(out, 1, room, f);
	(void)fclose(f);
	return n;
}

/* ---- what the mails say, as tests/mails/expected.txt has it ---- */

static void
squeeze(struct buf *b, struct sv s)
{
	bool blank = false;

	for (size_t i = 0; i < s.n && i < 200; i++) {
		bool white = (unsigned char)s.p[i] <= ' ';

		if (!white || !blank) {
			buf_char(b, white ? ' ' : s.p[i]);
		}
		blank = white;
	}
}

static void
describe(const char *name, const struct bounce *b, struct buf *out)
{
	char status[16];

	buf_fmt(out, "%s: %s, %s, original %.*s, queue id %.*s, limits %u\n", name,
	    bounce_kind_name(b->kind), b->dialect == NULL ? "no form" : b->dialect,
	    SV_ARG(b->original.message_id), SV_ARG(b->original.queue_id), b->broken);
	for (size_t i = 0; i < b->n_tokens; i++) {
		buf_fmt(out, "  token %.*s: ", SV_ARG(b->tokens[i].header));
		squeeze(out, b->tokens[i].value);
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < b->n_recipients; i++) {
		const struct bounced *r = &b->recipients[i];

		status_print(r->status, status, sizeof(status));
		buf_fmt(out, "  <%.*s> was <%.*s> %s %s host %.*s: ", SV_ARG(r->address),
		    SV_ARG(r->original), dsn_action_name(r->action), status, SV_ARG(r->host));
		squeeze(out, r->reply);
		buf_char(out, '\n');
	}
}

static int
is_mail(const struct dirent *e)
{
	return sv_ends(sv_from(e->d_name), SV(".eml"));
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls `each` for every mail of the project. */
static int
for_all(void (*each)(const char *name, struct sv mail, void *context), void *context)
{
	static char mail[MAIL_MAX];
	struct dirent **names = NULL;
	int n = scandir(MAILS, &names, is_mail, by_name);

	for (int i = 0; i < n; i++) {
		char path[512];

		(void)snprintf(path, sizeof(path), MAILS "/%s", names[i]->d_name);
		each(names[i]->d_name, sv_make(mail, load(path, mail, sizeof(mail))), context);
		free(names[i]);
	}
	free(names);
	return n;
}

static void
describe_one(const char *name, struct sv mail, void *context)
{
	struct bounce b;

	arena_reset(arena);
	bounce_read(reader, mail, arena, &b);
	describe(name, &b, context);
}

static void
every_mail_says_what_it_should(void **state)
{
	static char expected[MAIL_MAX];
	struct sv want = sv_make(expected, load(MAILS "/expected.txt", expected, sizeof(expected)));
	struct sv got;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_true(for_all(describe_one, &b) > 30);
	got = buf_view(&b);
	if (getenv("BOUNCE_TEST_SHOW") != NULL) { /* to look at, and then to keep */
		(void)fwrite(got.p, 1, got.n, stderr);
	}
	while (got.n > 0 || want.n > 0) {
		struct sv g = { 0 };
		struct sv w = { 0 };

		(void)sv_cut(&got, '\n', &g);
		(void)sv_cut(&want, '\n', &w);
		if (!sv_eq(g, w)) {
			fail_msg("got\n%.*s\nwant\n%.*s", SV_ARG(g), SV_ARG(w));
		}
	}
	buf_done(&b);
}

/* ---- broken on purpose ---- */

static void
read_it(struct sv mail)
{
	struct bounce b;
	struct timespec from;
	struct timespec to;
	int64_t us;

	arena_reset(arena);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	bounce_read(reader, mail, arena, &b);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
	assert_true(b.kind <= BOUNCE_REPORT);
	if (us >= MAIL_US_MAX) {
		fail_msg("%lld us for %zu bytes", (long long)us, mail.n);
	}
}

static void
cut_and_flip(const char *name, struct sv mail, void *context)
{
	static char copy[MAIL_MAX * 2];
	unsigned seed = 7;

	(void)name;
	for (int i = 0; i < 20; i++) {
		read_it(sv_head(mail, mail.n * (size_t)i / 20));
	}
	for (int i = 0; i < 20; i++) {
		memcpy(copy, mail.p, mail.n);
		for (int k = 0; k < 10 && mail.n > 0; k++) {
			seed = seed * 1103515245u + 12345u;
			copy[(seed >> 8) % mail.n] ^= (char)(1u << (seed >> 4 & 7u));
		}
		read_it(sv_make(copy, mail.n));
	}
	/* The second half twice, and the second half only. */
	memcpy(copy, mail.p, mail.n);
	memcpy(copy + mail.n, mail.p + mail.n / 2, mail.n - mail.n / 2);
	read_it(sv_make(copy, mail.n * 2 - mail.n / 2));
	read_it(sv_from_at(mail, mail.n / 2));
	++*(int *)context;
}

/* Every part twice, and every part gone: what stands between two lines that begin with "--". */
static void
repeat_and_drop_parts(const char *name, struct sv mail, void *context)
{
	ptrdiff_t from = sv_find(mail, SV("\n--"));

	(void)name;
	while (from >= 0) {
		ptrdiff_t length = sv_find(sv_from_at(mail, (size_t)from + 3), SV("\n--"));
		size_t to = length < 0 ? mail.n : (size_t)from + 3 + (size_t)length;
		struct buf b;

		buf_init(&b, 0);
		buf_sv(&b, sv_head(mail, to));
		buf_sv(&b, sv_from_at(mail, (size_t)from));
		read_it(buf_view(&b));
		buf_clear(&b);
		buf_sv(&b, sv_head(mail, (size_t)from));
		buf_sv(&b, sv_from_at(mail, to));
		read_it(buf_view(&b));
		buf_done(&b);
		++*(int *)context;
		from = length < 0 ? -1 : (ptrdiff_t)to;
	}
}

static void
swap_charsets(const char *name, struct sv mail, void *context)
{
	static const struct sv others[] = { SV_INIT("utf-16"), SV_INIT("none-such"),
		SV_INIT("big5") };
	ptrdiff_t at = sv_ifind(mail, SV("charset="));

	(void)name;
	for (size_t i = 0; at >= 0 && i < sizeof(others) / sizeof(others[0]); i++) {
		struct buf b;

		buf_init(&b, 0);
		buf_sv(&b, sv_head(mail, (size_t)at + 8));
		buf_sv(&b, others[i]);
		buf_str(&b, "; x=");
		buf_sv(&b, sv_from_at(mail, (size_t)at + 8));
		read_it(buf_view(&b));
		buf_done(&b);
		++*(int *)context;
	}
}

static void
broken_mails_are_read_or_passed_over(void **state)
{
	int n = 0;
	int swapped = 0;
	int parts = 0;

	(void)state;
	(void)for_all(cut_and_flip, &n);
	(void)for_all(swap_charsets, &swapped);
	(void)for_all(repeat_and_drop_parts, &parts);
	assert_true(n > 30);
	assert_true(swapped > 10);
	assert_true(parts > 60);
}

/* ---- templates ---- */

static void
templates_fit_lines(void **state)
{
	static const struct {
		const char *template, *line, *address, *reply; /* address NULL: it must not fit */
	} cases[] = {
		{ "<{address}>:{reply}", "<a@b.example>: no such user", "a@b.example",
		    "no such user" },
		{ "<{address}>:{reply}", "<a@b.example>", NULL, NULL },
		{ "{address}", "  \"a@b.example\"  ", "a@b.example", "" },
		{ "{address}", "write to a@b.example", NULL, NULL },
		{ "{any}mail to {address}{any}", "Your mail  to <a@b.example> came back",
		    "a@b.example", "" },
		{ "{code} {address}... {reply}", "550 a@b.example... User unknown", "a@b.example",
		    "User unknown" },
		{ "{code} {address}... {reply}", "2550 a@b.example... User unknown", NULL, NULL },
		{ "<{address}> (expanded from <{original}>):{reply}",
		    "<a@b.example> (expanded from <c@d.example>): no", "a@b.example", "no" },
		{ "-- {address}", "-- a@b.example.", "a@b.example", "" },
		{ "{address}", "@b.example", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct template_match m;
		bool ok = template_match(cases[i].template, sv_from(cases[i].line), &m);

		if (ok != (cases[i].address != NULL) ||
		    (ok && (!sv_eq(m.address, sv_from(cases[i].address)) ||
			       !sv_eq(m.reply, sv_from(cases[i].reply))))) {
			fail_msg("'%s' on '%s': %d <%.*s> '%.*s'", cases[i].template, cases[i].line,
			    ok, SV_ARG(m.address), SV_ARG(m.reply));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mail_says_what_it_should),
		cmocka_unit_test(broken_mails_are_read_or_passed_over),
		cmocka_unit_test(templates_fit_lines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
