/* SPDX-License-Identifier: Apache-2.0 */

/*
 * timed FILE COMMAND [ARG ...]: runs the command and appends one line to FILE:
 * wall seconds, CPU seconds, peak resident bytes, exit code.  A program of its
 * own because the peak of a child starts at the size of the process that forks it.
 */

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	struct timespec from;
	struct timespec until;
	struct rusage used;
	int status = 0;
	int code;
	pid_t pid;
	FILE *f;

	if (argc < 3) {
		(void)fputs("usage: timed FILE COMMAND [ARG ...]\n", stderr);
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	code = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (code != 0) {
		(void)fprintf(stderr, "timed: %s cannot be started (error %d)\n", argv[2], code);
		return 127;
	}
	while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR) {
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	f = fopen(argv[1], "ae");
	if (f == NULL) {
		(void)fprintf(stderr, "timed: cannot write %s\n", argv[1]);
		return 127;
	}
	(void)fprintf(f, "%.6f %.6f %ld %d\n",
	    (double)(until.tv_sec - from.tv_sec) + (double)(until.tv_nsec - from.tv_nsec) / 1e9,
	    seconds_of(used.ru_utime) + seconds_of(used.ru_stime), used.ru_maxrss * 1024, code);
	return fclose(f) == 0 ? code : 127;
}
