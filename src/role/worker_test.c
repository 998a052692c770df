/* SPDX-License-Identifier: Apache-2.0 */
#include "role/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static int open_in_parent = -1;

/* What a reader that was taken over might try. */
static void
job(void *context, struct sv text, struct buf *out)
{
	int *n = context;

	++*n;
	if (sv_eq(text, SV("file"))) {
		buf_str(out, open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? "refused" : "opened");
	} else if (sv_eq(text, SV("network"))) {
		buf_str(
		    out, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? "refused" : "open");
	} else if (sv_eq(text, SV("program"))) {
		(void)execl("/bin/true", "true", (char *)NULL);
		buf_str(out, "still here");
	} else if (sv_eq(text, SV("inherited"))) {
		bool any = write(open_in_parent, "x", 1) > 0 || write(STDOUT_FILENO, "", 1) > 0;

		buf_str(out, any ? "written" : "refused");
	} else if (sv_eq(text, SV("crash"))) {
		abort();
	} else if (sv_eq(text, SV("hang"))) {
		volatile int on = 1;

		while (on != 0) {
		}
	} else {
		buf_fmt(out, "%d:%zu", *n, text.n);
	}
}

static void
ask(struct worker *w, struct sv text, enum err want, const char *answer)
{
	struct buf b;
	struct why why;

	buf_init(&b, 0);
	assert_int_equal(worker_ask(w, text, &b, &why), want);
	assert_string_equal(b.p == NULL ? "" : b.p, answer);
	buf_done(&b);
}

static void
texts_are_answered_in_order(void **state)
{
	static char large[300000];
	int n = 0;
	struct worker w;

	(void)state;
	worker_init(&w, job, &n);
	ask(&w, SV("a"), ERR_OK, "1:1");
	ask(&w, SV(""), ERR_OK, "2:0");
	ask(&w, sv_make(large, sizeof(large)), ERR_OK, "3:300000");
	assert_int_equal(n, 0); /* it happened elsewhere */
	worker_done(&w);
}

static void
a_text_that_kills_costs_one_child(void **state)
{
	int n = 0;
	struct worker w;

	(void)state;
	worker_init(&w, job, &n);
	w.seconds = 1;
	ask(&w, SV("a"), ERR_OK, "1:1");
	ask(&w, SV("crash"), ERR_INTERRUPTED, "");
	ask(&w, SV("a"), ERR_OK, "1:1");
	ask(&w, SV("hang"), ERR_INTERRUPTED, "");
	ask(&w, SV("a"), ERR_OK, "1:1");
	worker_done(&w);
}

static void
what_the_parent_has_open_is_closed(void **state)
{
	char path[] = "/tmp/worker_test.XXXXXX";
	int n = 0;
	struct worker w;

	(void)state;
	open_in_parent = mkstemp(path);
	assert_true(open_in_parent >= 0);
	worker_init(&w, job, &n);
	ask(&w, SV("inherited"), ERR_OK, "refused");
	worker_done(&w);
	(void)close(open_in_parent);
	(void)unlink(path);
}

static void
files_network_and_programs_are_out_of_reach(void **state)
{
	int n = 0;
	struct worker w;

	(void)state;
#ifdef SANITIZED
	(void)n;
	(void)w;
	skip();
#else
	worker_init(&w, job, &n);
	ask(&w, SV("file"), ERR_OK, "refused");
	ask(&w, SV("network"), ERR_OK, "refused");
	ask(&w, SV("program"), ERR_INTERRUPTED, "");
	ask(&w, SV("a"), ERR_OK, "1:1");
	worker_done(&w);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_answered_in_order),
		cmocka_unit_test(a_text_that_kills_costs_one_child),
		cmocka_unit_test(what_the_parent_has_open_is_closed),
		cmocka_unit_test(files_network_and_programs_are_out_of_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
