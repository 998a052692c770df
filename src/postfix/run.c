/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const folders[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin",
	"/usr/local/bin" };

/* The path of the program, or its name where no folder has it. */
static const char *
find_program(const char *name, char *room, size_t size)
{
	if (strchr(name, '/') != NULL) {
		return name;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(room, size, "%s/%s", folders[i], name);
		if (access(room, X_OK) == 0) {
			return room;
		}
	}
	return name;
}

static void
read_all(int fd, struct buf *out)
{
	char block[8192];
	ssize_t n;
	off_t at = 0;

	while ((n = pread(fd, block, sizeof(block), at)) > 0) {
		buf_add(out, block, (size_t)n);
		at += n;
	}
}

/* The exit code, or -1: it was killed, by us or somebody else. */
static int
wait_for(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int status = 0;

	if (pidfd >= 0) {
		if (poll(&p, 1, RUN_SECONDS * 1000) == 0) {
			(void)kill(pid, SIGKILL);
		}
		(void)close(pidfd);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum err
explain(const char *program, int code, int fd, struct why *why)
{
	struct buf b;
	struct buf words;
	struct sv s;
	struct sv last = { 0 };
	struct sv line;

	buf_init(&b, RUN_TEXT_MAX);
	buf_init(&words, 0);
	read_all(fd, &b);
	s = sv_trim(buf_view(&b));
	while (sv_cut(&s, '\n', &line)) {
		last = line;
	}
	last = s.n > 0 ? s : last;
	buf_printable(&words, last, 600);
	(void)why_set(why, ERR_IO, "%s: %s (exit code %d)", program,
	    words.n == 0 ? "it said nothing" : words.p, code);
	buf_done(&words);
	buf_done(&b);
	return ERR_IO;
}

static int
start(const char *const *argv, const int fds[2], pid_t *pid_out)
{
	char room[512];
	/* posix_spawn takes words that it promises not to write to. */
	union {
		const char *const *in;
		char *const *out;
	} words = { .in = argv };
	posix_spawn_file_actions_t actions;
	int e;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, fds[0], 1);
	(void)posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
	e = posix_spawnp(
	    pid_out, find_program(argv[0], room, sizeof(room)), &actions, NULL, words.out, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return e;
}

enum err
run_command(const char *const *argv, struct buf *out, struct why *why)
{
	int fds[2] = { memfd_create("out", MFD_CLOEXEC), memfd_create("err", MFD_CLOEXEC) };
	enum err result = ERR_OK;
	pid_t pid = -1;
	int e = fds[0] < 0 || fds[1] < 0 ? errno : start(argv, fds, &pid);
	int code;

	if (e != 0) {
		result = why_set(why, e == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", argv[0],
		    e == ENOENT ? "is not installed" : why_errno(e));
	} else {
		code = wait_for(pid);
		if (code != 0) {
			result = explain(argv[0], code, fds[1], why);
		} else if (out != NULL) {
			read_all(fds[0], out);
		}
	}
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0) {
			(void)close(fds[i]);
		}
	}
	return result;
}
