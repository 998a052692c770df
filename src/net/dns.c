/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns.h"

#include "base/num.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#define EDNS_BYTES          1232 /* fits every path without fragments */
#define CLASS_IN            1
#define DEFAULT_TIMEOUT_MS  1500
#define DEFAULT_TRIES       2
#define DEFAULT_DEADLINE_MS 20000
#define FLAGS_LOW           3
#define FLAG_AD             0x20

struct dns_client {
	ares_channel channel; /* owned */
	struct hash_key key;
	int64_t deadline_ms; /* on the monotonic clock; 0: not begun */
	unsigned allowance_ms;
	unsigned under_way;
	struct dns_stats stats;
	struct arena *scratch; /* owned: one answer for an asker */
};

#define SCRATCH_BYTES ((size_t)1024 * 1024)

struct query {
	struct dns_client *client;     /* borrowed */
	struct book *book;             /* borrowed; NULL: for the asker */
	const struct dns_asker *asker; /* borrowed */
	uint64_t id;
	struct question_name q;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the server ---- */

/* "host", "host:port", "[v6]:port", "v6". */
static bool
split_host(const char *text, char *host, size_t size, uint16_t *port_out)
{
	struct sv s = sv_from(text);
	struct sv name = s;
	ptrdiff_t colon = sv_rfind(s, SV(":"));
	uint32_t port = 53;

	if (sv_take(&s, SV("["))) {
		if (!sv_cut(&s, ']', &name) || (s.n > 0 && !sv_take(&s, SV(":")))) {
			return false;
		}
	} else if (colon >= 0 && sv_chr(s, ':') == colon) {
		name = sv_head(s, (size_t)colon);
		s = sv_from_at(s, (size_t)colon + 1);
		colon = s.n == 0 ? -2 : colon;
	} else {
		s = (struct sv){ 0 };
	}
	if (colon == -2 || (s.n > 0 && (!num_u32(s, 65535, &port) || port == 0)) || name.n == 0 ||
	    name.n >= size) {
		return false;
	}
	memcpy(host, name.p, name.n);
	host[name.n] = '\0';
	*port_out = (uint16_t)port;
	return true;
}

static enum err
set_server(ares_channel channel, const char *text, struct why *why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct ares_addr_port_node node = { 0 };
	struct addrinfo *found = NULL;
	uint16_t port;
	char host[256];
	int code;

	if (!split_host(text, host, sizeof(host), &port)) {
		return why_set(why, ERR_USAGE, "expected HOST or HOST:PORT, found '%s'", text);
	}
	code = getaddrinfo(host, NULL, &hints, &found);
	if (code != 0 || found == NULL) {
		return why_set(why, ERR_NOT_FOUND, "%s: %s", host, gai_strerror(code));
	}
	node.family = found->ai_family;
	node.udp_port = node.tcp_port = port;
	if (found->ai_family == AF_INET) {
		memcpy(&node.addr.addr4,
		    &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr, 4);
	} else {
		memcpy(&node.addr.addr6,
		    &((const struct sockaddr_in6 *)(const void *)found->ai_addr)->sin6_addr, 16);
	}
	freeaddrinfo(found);
	code = ares_set_servers_ports(channel, &node);
	return code == ARES_SUCCESS ? ERR_OK
				    : why_set(why, ERR_IO, "%s: %s", text, ares_strerror(code));
}

enum err
dns_client_new(const struct dns_options *opt, struct dns_client **out, struct why *why)
{
	struct ares_options o = { 0 };
	struct dns_client *c;
	enum err e = ERR_OK;
	int code = ares_library_init(ARES_LIB_INIT_ALL);

	*out = NULL;
	if (code != ARES_SUCCESS) {
		return why_set(why, ERR_MEMORY, "c-ares: %s", ares_strerror(code));
	}
	c = mem_new(1, sizeof(*c));
	c->key = opt->key;
	c->scratch = arena_new(SCRATCH_BYTES);
	c->allowance_ms = opt->deadline_ms == 0 ? DEFAULT_DEADLINE_MS : opt->deadline_ms;
	/* A server's SERVFAIL or REFUSED is an answer that we want to show. */
	o.flags = ARES_FLAG_NOALIASES | ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP;
	o.timeout = (int)(opt->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : opt->timeout_ms);
	o.tries = (int)(opt->tries == 0 ? DEFAULT_TRIES : opt->tries);
	o.ednspsz = EDNS_BYTES;
	o.lookups = mem_dup("b", 1);
	code = ares_init_options(&c->channel, &o,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
		ARES_OPT_LOOKUPS);
	free(o.lookups);
	if (code != ARES_SUCCESS) {
		c->channel = NULL;
		e = why_set(why, ERR_IO, "c-ares: %s", ares_strerror(code));
	} else if (opt->resolver != NULL) {
		e = set_server(c->channel, opt->resolver, why);
	}
	if (e != ERR_OK) {
		dns_client_free(&c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

void
dns_client_free(struct dns_client **c)
{
	if (*c == NULL) {
		return;
	}
	if ((*c)->channel != NULL) {
		ares_destroy((*c)->channel);
	}
	ares_library_cleanup();
	arena_free(&(*c)->scratch);
	free(*c);
	*c = NULL;
}

struct dns_stats
dns_client_stats(const struct dns_client *c)
{
	return c->stats;
}

/* ---- asking ---- */

static void
deliver(const struct query *query, const struct dns_answer *a)
{
	query->client->stats.silent += a->status == DNS_SILENT;
	if (query->book != NULL) {
		book_answer(query->book, (size_t)query->id, a);
	} else if (query->asker != NULL) {
		query->asker->done(query->asker->context, query->id, a);
		arena_reset(query->client->scratch);
	}
}

static void
answer_silent(const struct query *query, const char *reason)
{
	const struct dns_answer a = { .status = DNS_SILENT, .reason = reason };

	deliver(query, &a);
}

static void
on_answer(void *context, int status, int timeouts, unsigned char *wire, int n)
{
	struct query *query = context;
	struct dns_answer a;

	(void)timeouts;
	query->client->under_way--;
	if (status == ARES_SUCCESS && wire != NULL && n > 0) {
		dns_answer_read(sv_make((const char *)wire, (size_t)n), query->q.name,
		    query->q.type,
		    query->book != NULL ? book_arena(query->book) : query->client->scratch, &a);
		deliver(query, &a);
	} else {
		answer_silent(query, status == ARES_ECONNREFUSED ? "no name server listens there"
				     : status == ARES_ETIMEOUT   ? "no answer in time"
								 : "no name server could be asked");
	}
	free(query);
}

/* Ids that nobody can guess: c-ares compares them, and the question, with every answer. */
static unsigned short
draw_id(struct dns_client *c)
{
	const unsigned n = c->stats.asked;

	return (unsigned short)hash_sip(&c->key, sv_make((const char *)&n, sizeof(n)));
}

/* The name's bytes must live as long as the query. */
static void
send_query(struct query *query)
{
	struct dns_client *c = query->client;
	char name[DNS_TEXT_MAX + 1];
	unsigned char *wire = NULL;
	int n = 0;

	c->stats.asked++;
	memcpy(name, query->q.name.p, query->q.name.n);
	name[query->q.name.n] = '\0';
	if (ares_create_query(name, CLASS_IN, (int)query->q.type, draw_id(c), 1, &wire, &n,
		EDNS_BYTES) != ARES_SUCCESS) {
		const struct dns_answer none = { .status = DNS_NO_NAME };

		deliver(query, &none);
		free(query);
		return;
	}
	wire[FLAGS_LOW] |= FLAG_AD; /* RFC 6840 section 5.7: tell us whether you validated */
	c->under_way++;
	ares_send(c->channel, wire, n, on_answer, query);
	ares_free_string(wire);
}

static struct query *
query_new(struct dns_client *c, struct book *book, size_t id, const struct question_name *q)
{
	struct query *query = mem_new(1, sizeof(*query));

	*query = (struct query){ c, book, NULL, id, *q };
	return query;
}

/* Waits for sockets or for the next timer of c-ares. */
static void
wait_once(struct dns_client *c, int64_t left_us)
{
	struct timeval most = { .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000 };
	struct timeval tv;
	fd_set readers;
	fd_set writers;
	int n;

	FD_ZERO(&readers);
	FD_ZERO(&writers);
	n = ares_fds(c->channel, &readers, &writers);
	if (select(n, &readers, &writers, NULL, ares_timeout(c->channel, &most, &tv)) < 0) {
		if (errno != EINTR) {
			return;
		}
		FD_ZERO(&readers);
		FD_ZERO(&writers);
	}
	ares_process(c->channel, &readers, &writers);
}

void
dns_client_answer(struct dns_client *c, struct book *book)
{
	struct question_name q;
	size_t at = 0;
	size_t id;
	bool more = true;

	if (c->deadline_ms == 0) {
		c->deadline_ms = now_ms() + c->allowance_ms;
	}
	for (;;) {
		int64_t left = c->deadline_ms - now_ms();

		if (left <= 0) {
			ares_cancel(c->channel);
		}
		while (more && (c->under_way < DNS_AT_ONCE_MAX || left <= 0)) {
			more = book_wanted(book, &at, &id, &q);
			if (more && left > 0) {
				send_query(query_new(c, book, id, &q));
			} else if (more) {
				const struct query late = { c, book, NULL, id, q };

				answer_silent(&late, "not asked: the time is over");
			}
		}
		if (c->under_way == 0 && !more) {
			return;
		}
		if (c->under_way > 0) {
			wait_once(c, left < 0 ? 0 : left * 1000);
		}
	}
}

/* ---- one at a time ---- */

void
dns_client_ask(struct dns_client *c, enum dns_type type, struct sv name,
    const struct dns_asker *asker, uint64_t id)
{
	const struct question_name none = { .type = type };
	struct query *query;

	check(c->under_way < DNS_AT_ONCE_MAX);
	/* The name stands behind the query, in one piece of memory. */
	query = mem_new(1, sizeof(*query) + (name.n < DNS_TEXT_MAX ? name.n : DNS_TEXT_MAX));
	*query = (struct query){ c, NULL, asker, id, none };
	query->q.name = sv_lower(name, (char *)(query + 1), DNS_TEXT_MAX);
	if (name_is_valid(name)) {
		send_query(query);
	} else {
		const struct dns_answer a = { .status = DNS_NO_NAME };

		deliver(query, &a);
		free(query);
	}
}

unsigned
dns_client_under_way(const struct dns_client *c)
{
	return c->under_way;
}

void
dns_client_wait(struct dns_client *c, int64_t most_us)
{
	wait_once(c, most_us < 0 ? 0 : most_us);
}
