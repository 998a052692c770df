/* SPDX-License-Identifier: Apache-2.0 */
#include "act/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 400 /* of what it says */

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Its words until it closes its output; false: time is up. */
static bool
listen_to(int fd, int64_t until_ms, struct buf *words)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until_ms - now_ms();
		char room[512];
		ssize_t n;

		if (left <= 0) {
			return false;
		}
		if (poll(&p, 1, (int)left) <= 0) {
			continue;
		}
		n = read(fd, room, sizeof(room));
		if (n == 0 || (n < 0 && errno != EINTR)) {
			return true;
		}
		if (n > 0) {
			buf_add(words, room, (size_t)n);
		}
	}
}

int
program_start(const char *const *argv, int out, bool errors, pid_t *pid_out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	char *const environment[] = { path, locale, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int e;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (errors) {
		(void)posix_spawn_file_actions_adddup2(&actions, out, 2);
	}
	e = posix_spawn(
	    pid_out, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return e;
}

enum err
program_ask(const char *const *argv, unsigned seconds, struct buf *said, struct why *why)
{
	int pipes[2];
	enum err e = ERR_OK;
	pid_t pid;
	int status = 0;
	bool in_time;
	int failed;

	if (pipe2(pipes, O_CLOEXEC) != 0) {
		return why_set(why, ERR_IO, "%s: %s", argv[0], why_errno(errno));
	}
	failed = program_start(argv, pipes[1], true, &pid);
	(void)close(pipes[1]);
	if (failed != 0) {
		(void)close(pipes[0]);
		return why_set(why, ERR_IO, "%s: %s", argv[0], why_errno(failed));
	}
	in_time = listen_to(pipes[0], now_ms() + (int64_t)seconds * 1000, said);
	if (!in_time) {
		(void)kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	if (!in_time) {
		e = why_set(why, ERR_IO, "%s: it did not end within %u s", argv[0], seconds);
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		struct buf words;

		buf_init(&words, 2 * WORDS_MAX);
		buf_printable(&words, buf_view(said), WORDS_MAX);
		e = why_set(why, ERR_IO, "%s failed: %s", argv[0],
		    words.n == 0 ? "it said nothing" : words.p);
		buf_done(&words);
	}
	(void)close(pipes[0]);
	return e;
}

enum err
program_run(const char *const *argv, unsigned seconds, struct why *why)
{
	struct buf said;
	enum err e;

	buf_init(&said, WORDS_MAX);
	e = program_ask(argv, seconds, &said, why);
	buf_done(&said);
	return e;
}
