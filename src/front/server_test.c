/* SPDX-License-Identifier: Apache-2.0 */
#include "front/server.h"
#include "front/socketmap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

struct world {
	uv_loop_t loop;
	struct server *server;
	char path[64];
};

/* Says the key back; one that begins with "later" later. */
static enum taken
echo(void *context, struct sv *in, struct buf *out)
{
	struct socketmap_request r;
	enum taken t = socketmap_take(in, &r);

	(void)context;
	if (t == TAKEN_ONE) {
		socketmap_ok(out, r.key);
	}
	return t == TAKEN_ONE && sv_starts(r.key, SV("later")) ? TAKEN_LATER : t;
}

static const struct server_service service = { "echo", SOCKETMAP_KEY_MAX, NULL, echo };

static int
set_up(void **state)
{
	static const struct server_limits limits = {
		.connections = 3, .idle_s = 4, .half_s = 2, .later = 2, .later_s = 3
	};
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(w->path, sizeof(w->path), "/tmp/carom-server-test-%d", (int)getpid());
	(void)unlink(w->path);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 10), 0);
	(void)uv_loop_init(&w->loop);
	assert_int_equal(server_open(&(struct server_place){ &w->loop, fd, &service, NULL },
			     &limits, &w->server, NULL),
	    ERR_OK);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	server_close(&w->server);
	while (uv_run(&w->loop, UV_RUN_NOWAIT) != 0) {
	}
	assert_int_equal(uv_loop_close(&w->loop), 0);
	(void)unlink(w->path);
	free(w);
	return 0;
}

static int
client(const struct world *w)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
turn(struct world *w, int n)
{
	while (n-- > 0) {
		(void)uv_run(&w->loop, UV_RUN_NOWAIT);
	}
}

static void
say(int fd, struct sv s)
{
	assert_int_equal(write(fd, s.p, s.n), s.n);
}

/* What came; "closed" if the other side closed. */
static const char *
hear(int fd)
{
	static char room[400];
	ssize_t n = read(fd, room, sizeof(room) - 1);

	if (n <= 0) {
		return n == 0 ? "closed" : "nothing";
	}
	room[n] = '\0';
	return room;
}

static void
requests_are_answered_in_order_whole_or_in_pieces(void **state)
{
	struct world *w = *state;
	int fd = client(w);

	say(fd, SV("3:m a,3:m b,3:m"));
	turn(w, 5);
	assert_string_equal(hear(fd), "4:OK a,4:OK b,");
	say(fd, SV(" c"));
	turn(w, 5);
	assert_string_equal(hear(fd), "nothing");
	say(fd, SV(","));
	turn(w, 5);
	assert_string_equal(hear(fd), "4:OK c,");
	(void)close(fd);
	turn(w, 5);
	assert_int_equal(server_counts(w->server)->open, 0);
	assert_int_equal(server_counts(w->server)->requests, 3);
}

static void
malformed_and_huge_requests_close_the_connection(void **state)
{
	struct world *w = *state;
	int a = client(w);
	int b = client(w);

	say(a, SV("3:m a,hello"));
	say(b, SV("100000:m "));
	turn(w, 5);
	assert_string_equal(hear(a), "4:OK a,");
	assert_string_equal(hear(a), "closed");
	assert_string_equal(hear(b), "closed");
	assert_int_equal(server_counts(w->server)->bad, 1);
	assert_int_equal(server_counts(w->server)->big, 1);
	(void)close(a);
	(void)close(b);
}

static void
one_connection_too_many_is_closed_at_once(void **state)
{
	struct world *w = *state;
	int fds[5];

	for (int i = 0; i < 5; i++) {
		fds[i] = client(w);
	}
	turn(w, 10);
	assert_int_equal(server_counts(w->server)->refused, 2);
	assert_string_equal(hear(fds[4]), "closed");
	assert_string_equal(hear(fds[0]), "nothing");
	for (int i = 0; i < 5; i++) {
		(void)close(fds[i]);
	}
	turn(w, 10);
	assert_int_equal(server_counts(w->server)->open, 0);
}

static void
half_requests_and_idle_connections_end(void **state)
{
	struct world *w = *state;
	int half = client(w);
	int idle = client(w);

	say(half, SV("3:m"));
	turn(w, 5);
	for (int i = 0; i < 3; i++) { /* a byte now and then does not keep it alive */
		if (i == 0) {
			say(half, SV(" "));
		}
		turn(w, 5);
		server_tick(w->server);
		turn(w, 5);
		if (i == 1) {
			assert_string_equal(hear(half), "closed");
			assert_string_equal(hear(idle), "nothing");
		}
	}
	turn(w, 5);
	server_tick(w->server);
	turn(w, 5);
	assert_string_equal(hear(idle), "closed");
	assert_int_equal(server_counts(w->server)->half, 1);
	assert_int_equal(server_counts(w->server)->idle, 1);
	(void)close(half);
	(void)close(idle);
}

static void
tick(struct world *w)
{
	server_tick(w->server);
	turn(w, 5);
}

static void
an_answer_that_waits_holds_up_its_connection_only(void **state)
{
	struct world *w = *state;
	int a = client(w);
	int b = client(w);

	say(a, SV("7:m later,3:m x,3:m"));
	turn(w, 5);
	tick(w);
	say(b, SV("3:m y,"));
	tick(w); /* longer than half_s: it is we who wait, not the other side */
	assert_string_equal(hear(b), "4:OK y,");
	assert_string_equal(hear(a), "nothing");
	tick(w);
	assert_string_equal(hear(a), "8:OK later,4:OK x,");
	say(a, SV(" z,"));
	turn(w, 5);
	assert_string_equal(hear(a), "4:OK z,");
	assert_int_equal(server_counts(w->server)->later, 1);
	assert_int_equal(server_counts(w->server)->waiting, 0);
	(void)close(a);
	(void)close(b);
}

static void
too_many_answers_do_not_wait(void **state)
{
	struct world *w = *state;
	int fds[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = client(w);
		say(fds[i], SV("8:m later1,8:m later2,"));
		turn(w, 5);
	}
	assert_string_equal(hear(fds[0]), "nothing");
	assert_string_equal(hear(fds[2]), "9:OK later1,9:OK later2,");
	assert_int_equal(server_counts(w->server)->not_later, 2);
	(void)close(fds[0]); /* it goes away while its answer waits */
	for (int i = 0; i < 3; i++) {
		tick(w);
	}
	assert_string_equal(hear(fds[1]), "9:OK later1,");
	assert_string_equal(hear(fds[1]), "nothing");
	for (int i = 0; i < 3; i++) {
		tick(w);
	}
	assert_string_equal(hear(fds[1]), "9:OK later2,");
	assert_int_equal(server_counts(w->server)->waiting, 0);
	assert_int_equal(server_counts(w->server)->open, 1); /* the third was idle */
	say(fds[1], SV("8:m later3,")); /* and the server ends while one waits */
	turn(w, 5);
	assert_int_equal(server_counts(w->server)->waiting, 1);
	(void)close(fds[1]);
	(void)close(fds[2]);
}

static void
a_client_that_does_not_listen_stops_being_read(void **state)
{
	struct world *w = *state;
	int fd = client(w);
	char request[4096];
	size_t sent = 0;
	int got = 0;

	memset(request, 'x', sizeof(request));
	memcpy(request, "4090:m ", 7);
	request[4095] = ',';
	for (int i = 0; i < 2000; i++) {
		ssize_t n = write(
		    fd, request + sent % sizeof(request), sizeof(request) - sent % sizeof(request));

		sent += n > 0 ? (size_t)n : 0;
		turn(w, 1);
	}
	assert_true(sent < (size_t)2000 * 4096); /* not all of it was taken */
	for (int i = 0; i < 100000; i++) {
		static char room[65536];
		ssize_t n = read(fd, room, sizeof(room));

		got += n > 0 ? (int)n : 0;
		turn(w, 1);
	}
	assert_int_equal((size_t)got / 4097, sent / 4096);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    requests_are_answered_in_order_whole_or_in_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    malformed_and_huge_requests_close_the_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    one_connection_too_many_is_closed_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    half_requests_and_idle_connections_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    an_answer_that_waits_holds_up_its_connection_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_answers_do_not_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_client_that_does_not_listen_stops_being_read, set_up, tear_down),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as every process of carom does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
