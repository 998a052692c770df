/* SPDX-License-Identifier: Apache-2.0 */
#include "role/syslog_listen.h"

#include "base/civil.h"
#include "mail/syslog_message.h"
#include "role/say.h"
#include "role/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_MAX  65536 /* longer ones are cut */
#define AT_ONCE       512   /* as many as a socket of Linux holds */
#define NAME_ROOM     256
#define PATH_ROOM     4096
#define SAY_TROUBLE_S 60
#define FILE_MODE     0640

struct syslog_listen {
	const struct settings *settings; /* borrowed */
	unsigned facility;
	uv_poll_t poll;
	int socket, file; /* owned */
	uint64_t size;    /* of the file */
	struct buf lines;
	char host[NAME_ROOM];
	time_t trouble_at;
	uint64_t taken, other, malformed, cut, lost, rotations;
};

/* ---- the file ---- */

static enum err
open_file(struct syslog_listen *l, struct why *why)
{
	const char *path = l->settings->syslog_file;
	struct stat st;

	l->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (l->file < 0 || fstat(l->file, &st) != 0 || !S_ISREG(st.st_mode)) {
		return why_set(why, ERR_IO, "%s: %s", path,
		    l->file < 0 ? why_errno(errno) : "is no file; name another syslog_file");
	}
	l->size = (uint64_t)st.st_size;
	return ERR_OK;
}

static enum err
rotate(struct syslog_listen *l, struct why *why)
{
	const char *path = l->settings->syslog_file;
	char old[PATH_ROOM];

	(void)snprintf(old, sizeof(old), "%s.1", path);
	if (rename(path, old) != 0) {
		return why_set(why, ERR_IO, "%s: %s", old, why_errno(errno));
	}
	l->rotations++;
	(void)close(l->file);
	return open_file(l, why);
}

/* A line is whole in the file or not there. */
static enum err
append(struct syslog_listen *l, struct why *why)
{
	ssize_t n = write(l->file, l->lines.p, l->lines.n);

	if (n == (ssize_t)l->lines.n) {
		l->size += l->lines.n;
		return ERR_OK;
	}
	(void)why_set(why, ERR_IO, "%s: %s", l->settings->syslog_file,
	    n < 0 ? why_errno(errno) : "the disk is full");
	if (n > 0 && ftruncate(l->file, (off_t)l->size) != 0) {
		l->size += (uint64_t)n;
	}
	return ERR_IO;
}

static void
write_lines(struct syslog_listen *l, uint64_t n)
{
	uint64_t most = (uint64_t)l->settings->syslog_mb * 1000000;
	struct why why;
	enum err e = ERR_OK;

	if (l->file < 0) {
		e = open_file(l, &why);
	} else if (l->size > 0 && l->size + l->lines.n > most) {
		e = rotate(l, &why);
	}
	e = e == ERR_OK ? append(l, &why) : e;
	if (e == ERR_OK) {
		l->taken += n;
		return;
	}
	l->lost += n;
	if (time(NULL) - l->trouble_at >= SAY_TROUBLE_S) {
		l->trouble_at = time(NULL);
		say("syslog.trouble", "problem=\"%s\" what_now=\"lines are dropped\" lost=%llu",
		    why.text, (unsigned long long)l->lost);
	}
}

/* ---- the socket ---- */

/* True: it is a line now. */
static bool
take(struct syslog_listen *l, struct sv datagram)
{
	struct syslog_message m;
	char now[40];

	if (!syslog_message_read(datagram, &m)) {
		l->malformed++;
		return false;
	}
	if (l->facility != SYSLOG_FACILITY_NONE && m.facility != SYSLOG_FACILITY_NONE &&
	    m.facility != l->facility) {
		l->other++;
		return false;
	}
	civil_print((int64_t)time(NULL) * US_PER_SECOND, now, sizeof(now));
	syslog_message_line(&m, sv_from(now), sv_from(l->host), &l->lines);
	return true;
}

static void
readable(uv_poll_t *p, int status, int events)
{
	static char room[DATAGRAM_MAX]; /* one loop, one thread */
	struct syslog_listen *l = p->data;
	uint64_t n = 0;

	(void)status;
	(void)events;
	buf_clear(&l->lines);
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t got = recv(l->socket, room, sizeof(room), MSG_DONTWAIT | MSG_TRUNC);

		if (got < 0) {
			break;
		}
		l->cut += (size_t)got > sizeof(room);
		n +=
		    take(l, sv_make(room, (size_t)got > sizeof(room) ? sizeof(room) : (size_t)got));
	}
	if (n > 0) {
		write_lines(l, n);
	}
}

/* ---- the whole ---- */

enum err
syslog_listen_open(const struct settings *s, int *fd_out, struct why *why)
{
	char folder[PATH_ROOM];
	ptrdiff_t slash = sv_rfind(sv_from(s->syslog_file), SV("/"));

	*fd_out = -1;
	if (s->syslog_socket[0] == '\0') {
		return ERR_OK;
	}
	if (strlen(s->syslog_file) + 3 > sizeof(folder)) {
		return why_set(why, ERR_USAGE, "syslog_file: the path is longer than %zu bytes",
		    sizeof(folder) - 3);
	}
	(void)snprintf(folder, sizeof(folder), "%.*s", slash > 0 ? (int)slash : 1, s->syslog_file);
	if (mkdir(folder, 0750) != 0 && errno != EEXIST) {
		return why_set(why, ERR_IO,
		    "syslog_file: %s: %s; make it and give it to the user that runs carom", folder,
		    why_errno(errno));
	}
	return socket_receive(s->syslog_socket, s->syslog_group, fd_out, why);
}

enum err
syslog_listen_new(
    uv_loop_t *loop, const struct settings *s, int fd, struct syslog_listen **out, struct why *why)
{
	struct syslog_listen *l = mem_new(1, sizeof(*l));
	bool known = syslog_facility_find(sv_from(s->syslog_facility), &l->facility);
	enum err e;

	check(known); /* the settings have looked */
	l->settings = s;
	buf_init(&l->lines, 0);
	if (gethostname(l->host, sizeof(l->host) - 1) != 0 || l->host[0] == '\0') {
		(void)snprintf(l->host, sizeof(l->host), "localhost");
	}
	e = open_file(l, why);
	l->socket = e == ERR_OK ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
	if (e == ERR_OK && l->socket < 0) {
		e = why_set(why, ERR_IO, "syslog socket: %s", why_errno(errno));
	}
	if (e != ERR_OK) {
		if (l->file >= 0) {
			(void)close(l->file);
		}
		buf_done(&l->lines);
		free(l);
		return e;
	}
	check(uv_poll_init(loop, &l->poll, l->socket) == 0);
	l->poll.data = l;
	check(uv_poll_start(&l->poll, UV_READABLE, readable) == 0);
	*out = l;
	return ERR_OK;
}

static void
closed(uv_handle_t *h)
{
	struct syslog_listen *l = h->data;

	(void)close(l->socket);
	if (l->file >= 0) {
		(void)close(l->file);
	}
	buf_done(&l->lines);
	free(l);
}

void
syslog_listen_close(struct syslog_listen **pl)
{
	if (*pl != NULL) {
		uv_close((uv_handle_t *)&(*pl)->poll, closed);
		*pl = NULL;
	}
}

void
syslog_listen_tell(const struct syslog_listen *l)
{
	say("syslog.counts",
	    "taken=%llu other_facility=%llu malformed=%llu cut=%llu lost=%llu rotations=%llu",
	    (unsigned long long)l->taken, (unsigned long long)l->other,
	    (unsigned long long)l->malformed, (unsigned long long)l->cut,
	    (unsigned long long)l->lost, (unsigned long long)l->rotations);
}
