/* SPDX-License-Identifier: Apache-2.0 */
#include "role/watchdog.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define SHORT_MS 300

static void
rest_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* How a process ended that did this with a watchdog of SHORT_MS. */
static int
end_of(void (*does)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (watchdog_start(SHORT_MS, NULL) != ERR_OK) {
			_exit(8);
		}
		does();
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
is_stopped(void)
{
	(void)raise(SIGSTOP);
}

static void
hangs(void)
{
	rest_ms(60000);
}

static void
lives(void)
{
	for (int i = 0; i < 10; i++) {
		rest_ms(SHORT_MS / 5);
		watchdog_feed();
	}
}

static void
has_ended_it(void)
{
	watchdog_stop();
	rest_ms(2 * SHORT_MS);
	watchdog_feed(); /* nothing */
}

/* The child must not touch the timer that its parent has, and is not killed by it. */
static void
has_a_child(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		watchdog_feed();
		rest_ms(3 * SHORT_MS);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		rest_ms(SHORT_MS / 5);
		watchdog_feed();
	}
	_exit(WIFEXITED(status) ? 7 : 9);
}

static void
who_is_stopped_or_hangs_is_killed(void **state)
{
	int status = end_of(is_stopped);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	status = end_of(hangs);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
who_feeds_it_or_ended_it_lives(void **state)
{
	void (*const all[])(void) = { lives, has_ended_it, has_a_child };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int status = end_of(all[i]);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_stopped_or_hangs_is_killed),
		cmocka_unit_test(who_feeds_it_or_ended_it_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
