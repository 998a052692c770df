/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/live.h"

#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct question {
	struct sv request, end;
	bool (*fine)(struct sv answer);
};

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
fault(struct live_socket *s, const char *what, int errnum)
{
	(void)snprintf(s->trouble, sizeof(s->trouble), "%s: %s", what,
	    errnum == EAGAIN ? "no answer in time" : why_errno(errnum));
}

static int
dial(const char *path, struct live_socket *s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = LIVE_SECONDS };
	int fd;

	if (strlen(path) >= sizeof(to.sun_path)) {
		fault(s, "path", ENAMETOOLONG);
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		fault(s, "socket", errno);
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		fault(s, "connect", errno);
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* The answer up to its end, or as much as fits. */
static struct sv
ask(int fd, const struct question *q, char *room, size_t size, struct live_socket *s)
{
	size_t n = 0;

	if (send(fd, q->request.p, q->request.n, MSG_NOSIGNAL) != (ssize_t)q->request.n) {
		fault(s, "send", errno);
		return SV("");
	}
	while (n < size && !sv_ends(sv_make(room, n), q->end)) {
		ssize_t got = recv(fd, room + n, size - n, 0);

		if (got <= 0) {
			fault(s, "receive", got < 0 ? errno : EPIPE);
			break;
		}
		n += (size_t)got;
	}
	return sv_make(room, n);
}

static void
look_at_socket(const char *path, const struct question *q, struct live_socket *s)
{
	struct stat st;
	char room[1024];
	struct sv answer;
	int fd;

	*s = (struct live_socket){ 0 };
	if (stat(path, &st) != 0) {
		fault(s, path, errno);
		return;
	}
	s->there = true;
	s->open = (st.st_mode & S_IWOTH) != 0;
	fd = dial(path, s);
	if (fd < 0) {
		return;
	}
	answer = ask(fd, q, room, sizeof(room), s);
	s->answers = q->fine(answer);
	if (!s->answers && s->trouble[0] == '\0') {
		(void)snprintf(
		    s->trouble, sizeof(s->trouble), "it closes, or says what it must not");
	}
	(void)close(fd);
}

/* "9:NOTFOUND ,": nothing is to be changed about an acceptance. */
static bool
status_fine(struct sv answer)
{
	struct sv length;

	return sv_cut(&answer, ':', &length) && length.n < 6 &&
	       (sv_starts(answer, SV("NOTFOUND ")) || sv_starts(answer, SV("OK 2.")));
}

static bool
policy_fine(struct sv answer)
{
	return sv_istarts(answer, SV("action=dunno"));
}

/* As Postfix asks: a delivery that went well, which nobody changes; a recipient that nobody knows. */
static const struct question status_question = {
	SV_INIT("33:status 2.0.0 250 2.0.0 Ok (check),"),
	SV_INIT(","),
	status_fine,
};
static const struct question policy_question = {
	SV_INIT("request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nsender=\n"
		"recipient=postmaster@carom-check.invalid\nclient_address=127.0.0.1\n"
		"client_name=localhost\ninstance=carom-check\n\n"),
	SV_INIT("\n\n"),
	policy_fine,
};

void
live_look(const char *status_socket, const char *policy_socket, struct live *out)
{
	*out = (struct live){ .exists = exists };
	buf_init(&out->map_types, 65536);
	look_at_socket(status_socket, &status_question, &out->status);
	look_at_socket(policy_socket, &policy_question, &out->policy);
}

void
live_done(struct live *l)
{
	buf_done(&l->map_types);
}
