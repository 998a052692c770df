/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
	struct sv verb;
	const char *reply;
} answers[] = {
	{ SV_INIT("EHLO"), "250 sink.carom-check.invalid\r\n" },
	{ SV_INIT("RCPT TO:<unknown@"), "550 5.1.1 User unknown\r\n" },
	{ SV_INIT("DATA"), "354 Go ahead\r\n" },
	{ SV_INIT("QUIT"), "221 2.0.0 Bye\r\n" },
	{ SV_INIT(""), "250 2.0.0 Ok\r\n" },
};

static bool
say(FILE *f, const char *text)
{
	return fputs(text, f) >= 0 && fflush(f) == 0;
}

/* One conversation.  A line of a message is not looked at but for its end. */
static void
talk(FILE *in, FILE *out)
{
	char line[4096];
	bool in_data = false;

	(void)say(out, "220 sink.carom-check.invalid ESMTP\r\n");
	while (fgets(line, sizeof(line), in) != NULL) {
		struct sv s = sv_trim(sv_from(line));
		size_t i = 0;

		if (in_data && !sv_eq(s, SV("."))) {
			continue;
		}
		while (!sv_istarts(s, answers[i].verb)) {
			i++;
		}
		in_data = !in_data && sv_istarts(s, SV("DATA"));
		if (!say(out, answers[i].reply) || sv_istarts(s, SV("QUIT"))) {
			return;
		}
	}
}

/* In a process of its own for each, so that a slow one does not hold up the others. */
static void
serve(int fd)
{
	int c = accept(fd, NULL, NULL);
	FILE *in;
	FILE *out;

	if (c < 0) {
		return;
	}
	if (fork() == 0) {
		in = fdopen(c, "r");
		out = fdopen(dup(c), "w");
		if (in != NULL && out != NULL) {
			talk(in, out);
		}
		_exit(0);
	}
	(void)close(c);
}

int
trial_sink_start(unsigned *port_out, struct why *why)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid = -1;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, size) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0 || (pid = fork()) < 0) {
		(void)why_set(why, ERR_IO, "a test host on loopback: %s", why_errno(errno));
	}
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)signal(SIGCHLD, SIG_IGN);
		for (;;) {
			serve(fd);
		}
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	*port_out = ntohs(at.sin_port);
	return pid;
}
