/* SPDX-License-Identifier: Apache-2.0 */
#include "role/say.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

void
say(const char *event, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	struct buf b;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0) {
		return;
	}
	buf_init(&b, 4 * LINE_MAX_BYTES);
	buf_fmt(&b, "carom: %s ", event);
	buf_printable(&b, sv_from(text), 0);
	buf_char(&b, '\n');
	if (write(STDERR_FILENO, b.p, b.n) < 0) {
		/* There is nobody to tell. */
	}
	buf_done(&b);
}

/* ---- systemd ---- */

static struct sockaddr_un manager;
static socklen_t manager_n;

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET"); // NOLINT(concurrency-mt-unsafe): at start
	size_t n = path == NULL ? 0 : strlen(path);

	if (n < 2 || n >= sizeof(manager.sun_path) || (path[0] != '/' && path[0] != '@')) {
		return;
	}
	manager.sun_family = AF_UNIX;
	memcpy(manager.sun_path, path, n);
	if (path[0] == '@') { /* an abstract name */
		manager.sun_path[0] = '\0';
	}
	manager_n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

void
notify(const char *text)
{
	int fd = manager_n == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		    (const struct sockaddr *)&manager, manager_n);
		(void)close(fd);
	}
}
