/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_far.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX (ANSWER_TEXT_MAX + ((size_t)2 * ANSWER_RECORDS_MAX + 4) * sizeof(uint32_t))
#define WAIT_US    1000000 /* at a time, for c-ares' own timers */

struct dns_far {
	int fd;                 /* owned */
	pid_t child;            /* owned */
	unsigned asked, silent; /* silent: in a row */
	bool lost;
};

static bool
may_be_asked(enum dns_type type, struct sv name)
{
	return type == DNS_TXT && sv_ifind(name, SV("._domainkey.")) > 0;
}

/* ---- an answer as bytes: status, aliases, count, then length and text of each, twice ---- */

static void
put_u32(struct buf *out, uint32_t v)
{
	buf_add(out, &v, sizeof(v));
}

static void
put_text(struct buf *out, struct sv s)
{
	put_u32(out, (uint32_t)s.n);
	buf_sv(out, s);
}

static void
write_answer(const struct dns_answer *a, struct buf *out)
{
	put_u32(out, a->status);
	put_u32(out, a->aliases);
	put_u32(out, (uint32_t)a->n);
	for (size_t i = 0; i < a->n; i++) {
		put_text(out, a->records[i].data);
		put_text(out, a->records[i].lengths);
	}
}

static bool
take_u32(struct sv *in, uint32_t *out)
{
	if (in->n < sizeof(*out)) {
		return false;
	}
	memcpy(out, in->p, sizeof(*out));
	*in = sv_from_at(*in, sizeof(*out));
	return true;
}

static bool
take_text(struct sv *in, struct arena *arena, struct sv *out)
{
	uint32_t n;

	if (!take_u32(in, &n) || n > in->n) {
		return false;
	}
	*out = n == 0 ? SV("") : arena_sv(arena, sv_head(*in, n));
	*in = sv_from_at(*in, n);
	return out->p != NULL;
}

/* The other process is our own, and was shown hostile bytes: false when it is not as written. */
static bool
read_answer(struct sv in, struct arena *arena, struct dns_answer *a)
{
	uint32_t status;
	uint32_t aliases;
	uint32_t n;

	*a = (struct dns_answer){ .status = DNS_BROKEN, .reason = "no answer that can be read" };
	if (!take_u32(&in, &status) || !take_u32(&in, &aliases) || !take_u32(&in, &n) ||
	    status > DNS_BROKEN || n > ANSWER_RECORDS_MAX) {
		return false;
	}
	a->records = arena_alloc(arena, (n + 1) * sizeof(*a->records));
	for (uint32_t i = 0; a->records != NULL && i < n; i++) {
		if (!take_text(&in, arena, &a->records[i].data) ||
		    !take_text(&in, arena, &a->records[i].lengths)) {
			return false;
		}
	}
	if (a->records == NULL || in.n > 0) {
		return false;
	}
	a->n = n;
	a->aliases = aliases;
	a->status = (enum dns_status)status;
	a->reason = a->status < DNS_FAILED ? NULL : dns_status_words(a->status);
	return true;
}

/* ---- the process that asks ---- */

struct asked {
	int fd;
	bool lost;
};

static void
on_answer(void *context, uint64_t id, const struct dns_answer *a)
{
	struct asked *to = context;
	struct buf b;

	(void)id;
	buf_init(&b, ANSWER_MAX);
	write_answer(a, &b);
	if (b.cut) {
		const struct dns_answer none = { .status = DNS_BROKEN };

		buf_clear(&b);
		write_answer(&none, &b);
	}
	to->lost = send(to->fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n;
	buf_done(&b);
}

static void
answer_one(const struct dns_options *opt, struct sv name, struct asked *to)
{
	const struct dns_answer failed = { .status = DNS_FAILED };
	const struct dns_asker asker = { on_answer, to };
	struct dns_client *c = NULL;

	if (!may_be_asked(DNS_TXT, name) || dns_client_new(opt, &c, NULL) != ERR_OK) {
		on_answer(to, 0, &failed);
		return;
	}
	dns_client_ask(c, DNS_TXT, name, &asker, 0);
	while (dns_client_under_way(c) > 0) {
		dns_client_wait(c, WAIT_US);
	}
	dns_client_free(&c);
}

static void
serve(int fd, const struct dns_options *opt)
{
	struct asked to = { fd, false };
	char name[DNS_TEXT_MAX];

	for (unsigned n = 0; n < DNS_FAR_QUESTIONS_MAX && !to.lost; n++) {
		ssize_t got = recv(fd, name, sizeof(name), 0);

		if (got <= 0) {
			return; /* the reader has ended */
		}
		answer_one(opt, sv_make(name, (size_t)got), &to);
	}
}

enum err
dns_far_start(const struct dns_options *opt, struct dns_far **out, struct why *why)
{
	int fds[2];
	struct dns_client *c = NULL;
	struct dns_far *f;
	enum err e = dns_client_new(opt, &c, why); /* what is wrong with them is said here */
	pid_t child;

	*out = NULL;
	dns_client_free(&c);
	if (e != ERR_OK) {
		return e;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
		return why_set(why, ERR_IO, "socketpair: %s", why_errno(errno));
	}
	child = fork();
	if (child < 0) {
		e = why_set(why, ERR_IO, "fork: %s", why_errno(errno));
		(void)close(fds[0]);
		(void)close(fds[1]);
		return e;
	}
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(fds[0]);
		serve(fds[1], opt);
		_exit(0);
	}
	(void)close(fds[1]);
	f = mem_new(1, sizeof(*f));
	f->fd = fds[0];
	f->child = child;
	*out = f;
	return ERR_OK;
}

/* ---- the process that wants to know ---- */

static bool
ask(struct dns_far *f, struct sv name, struct arena *arena, struct dns_answer *a)
{
	char *room = mem_new(1, ANSWER_MAX);
	ssize_t got = -1;
	bool ok;

	f->asked++;
	if (send(f->fd, name.p, name.n, MSG_NOSIGNAL) == (ssize_t)name.n) {
		got = recv(f->fd, room, ANSWER_MAX, 0);
	}
	ok = got > 0 && read_answer(sv_make(room, (size_t)got), arena, a);
	free(room);
	return ok;
}

static void
answer(struct dns_far *f, const struct question_name *q, struct arena *arena, struct dns_answer *a)
{
	*a = (struct dns_answer){ .status = DNS_SILENT, .reason = "not asked any more" };
	if (!may_be_asked(q->type, q->name)) {
		a->status = DNS_FAILED;
		a->reason = "it is no key of DKIM";
	} else if (f->asked < DNS_FAR_QUESTIONS_MAX && f->silent < DNS_FAR_SILENT_MAX && !f->lost) {
		f->lost = !ask(f, q->name, arena, a);
		f->silent = a->status == DNS_SILENT ? f->silent + 1 : 0;
	}
}

void
dns_far_answer(struct dns_far *f, struct book *book)
{
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_answer a;

		answer(f, &q, book_arena(book), &a);
		book_answer(book, id, &a);
	}
}

void
dns_far_stop(struct dns_far **pf)
{
	struct dns_far *f = *pf;

	if (f == NULL) {
		return;
	}
	(void)close(f->fd);
	while (waitpid(f->child, NULL, 0) < 0 && errno == EINTR) {
	}
	free(f);
	*pf = NULL;
}
