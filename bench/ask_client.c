/* SPDX-License-Identifier: Apache-2.0 */
#include "ask_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int
ask_open(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* As Postfix asks: most deliveries succeed, some are refused by the held provider. */
static int
request(const struct ask_client *c, int i, char *room, size_t size)
{
	char key_text[600];
	int n;

	if (c->policy) {
		return snprintf(room, size,
		    "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nhelo_"
		    "name=app."
		    "shop.example\nqueue_id=\nsender=news@shop.example\nrecipient=user%d@cox.net\n"
		    "recipient_count=0\nclient_address=192.0.2.10\nclient_name=app.shop.example\n"
		    "reverse_client_name=app.shop.example\ninstance=1a2b.5fb1.%d.0\n\n",
		    i % 2 == 0 ? i * 19 % ASK_RECIPIENTS : ASK_RECIPIENTS + i, i);
	}
	n = i % 10 == 0
		? snprintf(key_text, sizeof(key_text),
		      "status 5.1.1 host cxr.mx.a.cloudfilter.net[192.0.2.1] said: 550 5.1.1 "
		      "<new%d@cox.net> "
		      "recipient rejected. Please see the help. AUP#CXRCPT (in reply to RCPT TO "
		      "command)",
		      i)
		: snprintf(key_text, sizeof(key_text),
		      "status 2.0.0 250 2.0.0 OK  1600000%d h1-20020a05600c si1234567 - gsmtp", i);
	return snprintf(room, size, "%d:%s,", n, key_text);
}

static bool
is_right(const struct ask_client *c, int i, const char *answer)
{
	if (c->any) {
		return c->policy ? strncmp(answer, "action=", 7) == 0 : strchr(answer, ',') != NULL;
	}
	if (c->policy) {
		return strncmp(answer, i % 2 == 0 ? "action=REJECT" : "action=DUNNO", 12) == 0;
	}
	return strstr(answer, i % 10 == 0 ? "OK 4.1.1" : "NOTFOUND") != NULL;
}

void *
ask_run(void *context)
{
	struct ask_client *c = context;
	int fds[ASK_CONNECTIONS];
	double start;

	for (int i = 0; i < ASK_CONNECTIONS; i++) {
		fds[i] = ask_open(c->path);
	}
	start = now_us() + 1000;
	for (int i = 0; i < ASK_REQUESTS; i++) {
		double due = start + (double)i * 1e6 / ASK_RATE;
		char room[1200];
		char answer[1200];
		int n = request(c, i, room, sizeof(room));
		ssize_t got;

		for (double t = now_us(); t < due; t = now_us()) {
			struct timespec rest = { 0, (long)((due - t) * 1e3) };

			(void)nanosleep(&rest, NULL);
		}
		if (write(fds[i % ASK_CONNECTIONS], room, (size_t)n) != n) {
			c->wrong++;
			continue;
		}
		got = read(fds[i % ASK_CONNECTIONS], answer, sizeof(answer) - 1);
		answer[got > 0 ? got : 0] = '\0';
		c->us[i] = now_us() - due;
		c->wrong += !is_right(c, i, answer);
	}
	for (int i = 0; i < ASK_CONNECTIONS; i++) {
		(void)close(fds[i]);
	}
	return NULL;
}

static int
by_size(const void *pa, const void *pb)
{
	double a = *(const double *)pa;
	double b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

void
ask_tell(struct ask_client *c, const char *name)
{
	qsort(c->us, ASK_REQUESTS, sizeof(c->us[0]), by_size);
	(void)printf("%-8s %d requests at %d/s: median %.0f us, p99 %.0f us, p99.9 %.0f us, most "
		     "%.1f ms; %llu wrong\n",
	    name, ASK_REQUESTS, ASK_RATE, c->us[ASK_REQUESTS / 2], c->us[ASK_REQUESTS / 100 * 99],
	    c->us[ASK_REQUESTS / 1000 * 999], c->us[ASK_REQUESTS - 1] / 1e3,
	    (unsigned long long)c->wrong);
}
