/* SPDX-License-Identifier: Apache-2.0 */

/*
 * front_bench FOLDER SHARE: the front of carom serve in a process of its own, with a table of
 * a million recipients and a held provider; two clients ask the status filter and the policy
 * service 5,000 times a second each.  A request's time runs from when it was due, so that a
 * slow answer is not hidden by the requests that it delays.  Then 50,000 connections are
 * opened and closed.
 */

#include "front/answers.h"
#include "front/policy_request.h"
#include "front/socketmap.h"
#include "role/front_part.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RATE        5000
#define SECONDS     10
#define REQUESTS    (RATE * SECONDS)
#define CONNECTIONS 50
#define RECIPIENTS  1000000
#define OPENED      50000

static const struct hash_key key = { 7, 8 };

/* ---- the front ---- */

static struct front_part *front;

static void
tick(uv_timer_t *t)
{
	struct front_row beat = { .kind = FRONT_BEAT };
	struct buf b;

	(void)t;
	buf_init(&b, 0);
	front_row_write(&beat, &b);
	front_part_rows(front, buf_view(&b));
	buf_done(&b);
	front_part_tick(front);
}

static void
fill(void)
{
	struct buf b;
	char address[40];

	buf_init(&b, 0);
	front_row_write(
	    &(struct front_row){ .kind = FRONT_CLEAR, .hash = key.k0, .id = key.k1 }, &b);
	for (int i = 0; i < RECIPIENTS; i++) {
		(void)snprintf(address, sizeof(address), "user%d@cox.net", i);
		front_row_write(
		    &(struct front_row){ .kind = FRONT_RECIPIENT,
			.hash = hash_sip(&key, sv_from(address)),
			.state = STANDING_BOUNCED,
			.id = (uint64_t)i,
			.since_s = 1600000000,
			.text = SV("refused as gone, and it never accepted mail as far as known") },
		    &b);
	}
	front_row_write(
	    &(struct front_row){
		.kind = FRONT_HOLD, .id = 1, .since_s = 1600000000, .text = SV("cox") },
	    &b);
	front_row_write(&(struct front_row){ .kind = FRONT_WHOLE }, &b);
	front_part_rows(front, buf_view(&b));
	buf_done(&b);
}

static void
serve(const struct front_sockets *sockets, const struct settings *s, const char *share, int ready)
{
	const struct knowledge_options ko = { .share = share };
	struct policies policies;
	struct knowledge *k;
	uv_loop_t loop;
	uv_timer_t timer;
	char path[4096];
	struct why why;
	struct front_options fo = { &loop, s, NULL, &policies, sockets };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(path, sizeof(path), "%s/policy.yaml", share);
	(void)uv_loop_init(&loop);
	if (knowledge_load(&ko, &k, &why) != ERR_OK ||
	    policy_load(path, &policies, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		_exit(1);
	}
	fo.k = k;
	if (front_part_new(&fo, &front, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		_exit(1);
	}
	fill();
	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, tick, 0, 1000);
	(void)!write(ready, "x", 1);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	_exit(0);
}

/* ---- a client ---- */

struct client {
	const char *path;
	bool policy;
	double us[REQUESTS];
	uint64_t wrong;
};

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
open_one(const char *path)
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
request(const struct client *c, int i, char *room, size_t size)
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
		    i % 2 == 0 ? i * 19 % RECIPIENTS : RECIPIENTS + i, i);
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
is_right(const struct client *c, int i, const char *answer)
{
	if (c->policy) {
		return strncmp(answer, i % 2 == 0 ? "action=REJECT" : "action=DUNNO", 12) == 0;
	}
	return strstr(answer, i % 10 == 0 ? "OK 4.1.1" : "NOTFOUND") != NULL;
}

static void *
ask(void *context)
{
	struct client *c = context;
	int fds[CONNECTIONS];
	double start;

	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = open_one(c->path);
	}
	start = now_us() + 1000;
	for (int i = 0; i < REQUESTS; i++) {
		double due = start + (double)i * 1e6 / RATE;
		char room[1200];
		char answer[1200];
		int n = request(c, i, room, sizeof(room));
		ssize_t got;

		for (double t = now_us(); t < due; t = now_us()) {
			struct timespec rest = { 0, (long)((due - t) * 1e3) };

			(void)nanosleep(&rest, NULL);
		}
		if (write(fds[i % CONNECTIONS], room, (size_t)n) != n) {
			c->wrong++;
			continue;
		}
		got = read(fds[i % CONNECTIONS], answer, sizeof(answer) - 1);
		answer[got > 0 ? got : 0] = '\0';
		c->us[i] = now_us() - due;
		c->wrong += !is_right(c, i, answer);
	}
	for (int i = 0; i < CONNECTIONS; i++) {
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

static void
tell(struct client *c, const char *name)
{
	qsort(c->us, REQUESTS, sizeof(c->us[0]), by_size);
	(void)printf("%-8s %d requests at %d/s: median %.0f us, p99 %.0f us, p99.9 %.0f us, most "
		     "%.1f ms; %llu wrong\n",
	    name, REQUESTS, RATE, c->us[REQUESTS / 2], c->us[REQUESTS / 100 * 99],
	    c->us[REQUESTS / 1000 * 999], c->us[REQUESTS - 1] / 1e3, (unsigned long long)c->wrong);
}

/* ---- descriptors ---- */

static size_t
descriptors(pid_t pid)
{
	char path[64];
	DIR *d;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d != NULL && readdir(d) != NULL) {
		n++;
	}
	if (d != NULL) {
		(void)closedir(d);
	}
	return n;
}

static void
open_and_close(const char *path, pid_t pid)
{
	size_t before = descriptors(pid);
	double start = now_us();
	double seconds;

	for (int i = 0; i < OPENED; i++) {
		(void)close(open_one(path));
	}
	seconds = (now_us() - start) / 1e6;
	for (int i = 0; i < 100 && descriptors(pid) > before; i++) {
		(void)usleep(100000);
	}
	(void)printf("%d connections opened and closed in %.1f s: %zd descriptors left behind\n",
	    OPENED, seconds, (ssize_t)descriptors(pid) - (ssize_t)before);
}

int
main(int argc, char **argv)
{
	static struct client clients[2];
	struct front_sockets sockets;
	struct settings s;
	struct buf text;
	struct why why;
	pthread_t threads[2];
	int ready[2];
	char byte;
	pid_t pid;

	if (argc != 3 || pipe(ready) != 0) {
		(void)fputs("usage: front_bench FOLDER SHARE\n", stderr);
		return 2;
	}
	buf_init(&text, 0);
	buf_fmt(&text,
	    "status_socket: %s/run/status\npolicy_socket: %s/run/policy\n"
	    "pause_socket: %s/run/pause\nsocket_group: \"\"\n",
	    argv[1], argv[1], argv[1]);
	if (settings_read("bench", buf_view(&text), &s, &why) != ERR_OK ||
	    front_sockets_open(&s, &sockets, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	pid = fork();
	if (pid == 0) {
		serve(&sockets, &s, argv[2], ready[1]);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		return 1;
	}
	clients[0].path = s.status_socket;
	clients[1].path = s.policy_socket;
	clients[1].policy = true;
	for (int i = 0; i < 2; i++) {
		(void)pthread_create(&threads[i], NULL, ask, &clients[i]);
	}
	for (int i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
	}
	tell(&clients[0], "status");
	tell(&clients[1], "policy");
	open_and_close(s.status_socket, pid);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return clients[0].wrong + clients[1].wrong > 0;
}
