/* SPDX-License-Identifier: Apache-2.0 */
#include "role/sockets.h"

#include "base/sv.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     4096
#define SOCKET_MODE 0660

static enum err
check_folder(const char *folder, struct why *why)
{
	struct stat st;

	if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
		return why_set(why, ERR_IO,
		    "%s: %s; make it and give it to the user that runs carom", folder,
		    why_errno(errno));
	}
	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		return why_set(why, ERR_IO, "%s: is no folder", folder);
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		return why_set(why, ERR_USAGE,
		    "%s: belongs to user %u, who could put another socket there; chown it to the "
		    "user that runs carom",
		    folder, (unsigned)st.st_uid);
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		return why_set(why, ERR_USAGE,
		    "%s: may be written to by others (mode %03o), who could put another socket "
		    "there; chmod go-w %s",
		    folder, (unsigned)st.st_mode & 0777u, folder);
	}
	return ERR_OK;
}

static enum err
give_to_group(const char *path, const char *group, struct why *why)
{
	const struct group *g;

	if (group == NULL || group[0] == '\0') {
		return ERR_OK;
	}
	g = getgrnam(group); // NOLINT(concurrency-mt-unsafe): at start, one thread
	if (g == NULL) {
		return why_set(why, ERR_USAGE,
		    "socket_group or syslog_group: there is no group %s; name one that "
		    "is there: that of Postfix's daemons (postconf -h mail_owner), or of "
		    "the program that logs",
		    group);
	}
	if (chown(path, (uid_t)-1, g->gr_gid) != 0) {
		return why_set(why, ERR_IO,
		    "%s: cannot be given to the group %s: %s; add the user that runs carom to it",
		    path, group, why_errno(errno));
	}
	return ERR_OK;
}

static enum err
bind_at(int fd, int kind, const char *path, const char *group, struct why *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t old;
	bool bound;

	/* sockets_open has looked at the length */
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.*s", (int)sizeof(a.sun_path) - 1, path);
	(void)unlink(path);
	old = umask(0777); /* nobody before its group and mode are right */
	bound = bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
	(void)umask(old);
	if (!bound || (kind == SOCK_STREAM && listen(fd, BACKLOG) != 0)) {
		return why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	if (give_to_group(path, group, why) != ERR_OK) {
		return ERR_USAGE;
	}
	return chmod(path, SOCKET_MODE) == 0
		   ? ERR_OK
		   : why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
}

static enum err
open_socket(int kind, const char *path, const char *group, int *fd_out, struct why *why)
{
	struct sockaddr_un a;
	char folder[sizeof(a.sun_path)];
	char fresh[sizeof(a.sun_path) + 8];
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));
	enum err e;
	int fd;

	if (slash < 1 || strlen(path) + 5 > sizeof(a.sun_path)) {
		return why_set(why, ERR_USAGE,
		    "%s: expected an absolute path of at most %zu bytes in a folder of its own",
		    path, sizeof(a.sun_path) - 5);
	}
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)slash, path);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	e = check_folder(folder, why);
	if (e != ERR_OK) {
		return e;
	}
	fd = socket(AF_UNIX, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	e = bind_at(fd, kind, fresh, group, why);
	if (e == ERR_OK && rename(fresh, path) != 0) {
		e = why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	if (e != ERR_OK) {
		(void)unlink(fresh);
		(void)close(fd);
		return e;
	}
	*fd_out = fd;
	return ERR_OK;
}

enum err
socket_listen(const char *path, const char *group, int *fd_out, struct why *why)
{
	return open_socket(SOCK_STREAM, path, group, fd_out, why);
}

enum err
socket_receive(const char *path, const char *group, int *fd_out, struct why *why)
{
	return open_socket(SOCK_DGRAM, path, group, fd_out, why);
}
