/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/check_address.h"
#include "postfix/private.h"
#include "postfix/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_SECONDS 10 /* Postfix asks the policy service for two at the most */
#define STARTS_IN_MS   5000

bool
trial_door_entry(const struct postconf *c, const struct postfix_places *at, struct buf *out)
{
	struct sv list = postconf_value(c, "smtpd_recipient_restrictions");
	struct sv e;

	while (postconf_element(&list, &e)) {
		struct sv whole = e;
		struct sv part;

		if (postconf_part(&e, &part) && sv_take(&part, SV("unix:")) &&
		    sv_eq(part, sv_from(at->policy_socket))) {
			buf_sv(out, whole);
			return true;
		}
	}
	return false;
}

static struct sockaddr_in
loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
}

unsigned
trial_free_port(void)
{
	struct sockaddr_in at = loopback(0);
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && bind(fd, (const struct sockaddr *)&at, size) == 0 &&
		     getsockname(fd, (struct sockaddr *)&at, &size) == 0;

	if (fd >= 0) {
		(void)close(fd);
	}
	return found ? ntohs(at.sin_port) : 0;
}

static int
dial(unsigned port)
{
	const struct sockaddr_in at = loopback(port);
	const struct timespec moment = { .tv_nsec = 100000000 };
	const struct timeval limit = { .tv_sec = ANSWER_SECONDS };

	for (int ms = 0; ms < STARTS_IN_MS; ms += 100) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0) {
			(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
			return fd;
		}
		if (fd >= 0) {
			(void)close(fd);
		}
		(void)nanosleep(&moment, NULL);
	}
	return -1;
}

/* The last line of an answer, printable; "" if none came. */
static bool
hear(FILE *in, char *room, size_t size)
{
	char line[1024];
	struct buf b;

	room[0] = '\0';
	do {
		if (fgets(line, sizeof(line), in) == NULL) {
			return false;
		}
	} while (strlen(line) > 3 && line[3] == '-');
	buf_init(&b, 0);
	buf_printable(&b, sv_trim(sv_from(line)), size - 8);
	(void)snprintf(room, size, "%s", b.p == NULL ? "" : b.p);
	buf_done(&b);
	return true;
}

static bool
say(FILE *out, FILE *in, const char *command, const char *argument, char *room, size_t size)
{
	return fprintf(out, "%s%s\r\n", command, argument) > 0 && fflush(out) == 0 &&
	       hear(in, room, size);
}

static void
talk(FILE *in, FILE *out, const char *passed, struct trial_door *d)
{
	char room[240];
	char refused[] = CHECK_REFUSED ">";
	char to[128];

	(void)snprintf(to, sizeof(to), "%s>", passed);
	if (!hear(in, d->passed, sizeof(d->passed)) ||
	    !say(out, in, "EHLO ", "check." CHECK_DOMAIN, room, sizeof(room)) ||
	    !say(out, in, "MAIL FROM:<check@queue.", CHECK_DOMAIN ">", room, sizeof(room)) ||
	    !say(out, in, "RCPT TO:<", refused, d->refused, sizeof(d->refused)) ||
	    !say(out, in, "RCPT TO:<", to, d->passed, sizeof(d->passed)) || d->passed[0] != '2') {
		return;
	}
	if (say(out, in, "DATA", "", d->passed, sizeof(d->passed)) && d->passed[0] == '3') {
		(void)say(out, in, "Subject: a test of carom\r\n\r\nA test.\r\n", ".", d->passed,
		    sizeof(d->passed));
	}
	(void)say(out, in, "QUIT", "", room, sizeof(room));
}

void
trial_door_ask(unsigned port, const char *passed, struct trial_door *out)
{
	int fd = dial(port);
	int other = fd < 0 ? -1 : dup(fd);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	FILE *to = other < 0 ? NULL : fdopen(other, "w");

	*out = (struct trial_door){ .passed = "" };
	if (in != NULL && to != NULL) {
		talk(in, to, passed, out);
	}
	if (in != NULL) {
		(void)fclose(in);
	}
	if (to != NULL) {
		(void)fclose(to);
	}
}
