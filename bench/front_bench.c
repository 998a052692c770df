/* SPDX-License-Identifier: Apache-2.0 */

/*
 * front_bench FOLDER SHARE: the front of carom serve in a process of its own, with a table of
 * a million recipients and a held provider; two clients ask the status filter and the policy
 * service 5,000 times a second each.  Then 50,000 connections are opened and closed.
 */

#include "ask_client.h"
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

#define OPENED 50000

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
	for (int i = 0; i < ASK_RECIPIENTS; i++) {
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

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
open_and_close(const char *path, pid_t pid)
{
	size_t before = descriptors(pid);
	double start = now_us();
	double seconds;

	for (int i = 0; i < OPENED; i++) {
		(void)close(ask_open(path));
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
	static struct ask_client clients[2];
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
		(void)pthread_create(&threads[i], NULL, ask_run, &clients[i]);
	}
	for (int i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
	}
	ask_tell(&clients[0], "status");
	ask_tell(&clients[1], "policy");
	open_and_close(s.status_socket, pid);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return clients[0].wrong + clients[1].wrong > 0;
}
