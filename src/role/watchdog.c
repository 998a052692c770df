/* SPDX-License-Identifier: Apache-2.0 */
#include "role/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static struct { /* one a process: what it kills is the process */
	timer_t timer;
	struct itimerspec time;
	pid_t owner; /* 0: none; a child of fork inherits this, and no timer */
} dog;

enum err
watchdog_start(int64_t ms, struct why *why)
{
	/* SIGKILL is the one signal that reaches a process that is stopped. */
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };

	watchdog_stop();
	dog.time = (struct itimerspec){ .it_value = { ms / 1000, ms % 1000 * 1000000 } };
	if (timer_create(CLOCK_MONOTONIC, &e, &dog.timer) != 0) {
		return why_set(why, ERR_IO, "a timer for the watchdog: %s", why_errno(errno));
	}
	dog.owner = getpid();
	watchdog_feed();
	return ERR_OK;
}

void
watchdog_feed(void)
{
	if (dog.owner == getpid()) {
		(void)timer_settime(dog.timer, 0, &dog.time, NULL);
	}
}

void
watchdog_stop(void)
{
	if (dog.owner == getpid()) {
		(void)timer_delete(dog.timer);
	}
	dog.owner = 0;
}
