/* SPDX-License-Identifier: Apache-2.0 */
#include "act/ladder.h"
#include "postfix/trial_private.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char master[] = "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n"
			     "qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n"
			     "bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n"
			     "trace unix - - n - 0 bounce\nflush unix n - n 1000 0 flush\n"
			     "proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\n"
			     "relay unix - - n - - smtp\nshowq unix n - n - - showq\n"
			     "error unix - - n - - error\nretry unix - - n - - error\n"
			     "discard unix - - n - - discard\nlocal unix - n n - - local\n"
			     "virtual unix - n n - - virtual\nlmtp unix - - n - - lmtp\n"
			     "tlsmgr unix - - n 1000 1 tlsmgr\nverify unix - - n - 1 verify\n"
			     "scache unix - - n - 1 scache\nanvil unix - - n - 1 anvil\n"
			     "postlog unix-dgram n - n - 1 postlogd\n";

/* ---- its files ---- */

static bool
write_file(const struct private_queue *q, const char *name, const struct buf *text)
{
	char path[128];
	FILE *f;
	bool ok;

	(void)snprintf(path, sizeof(path), "%s/%s", q->place, name);
	f = fopen(path, "we");
	if (f == NULL) {
		return false;
	}
	ok = fwrite(text->p, 1, text->n, f) == text->n;
	return fclose(f) == 0 && ok;
}

/* The settings that are tried, as the true instance has them; all others are Postfix's own. */
static void
main_text(const struct private_queue *q, const struct postconf *c, struct buf *b)
{
	static const char *const same[] = { "compatibility_level", "daemon_directory",
		"command_directory", "mail_owner", "setgid_group", "smtp_delivery_status_filter" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct sv v = postconf_value(c, same[i]);

		if (v.n > 0) {
			buf_fmt(b, "%s = %.*s\n", same[i], SV_ARG(v));
		}
	}
	buf_fmt(b, "queue_directory = %s/spool\ndata_directory = %s/lib\n", q->place, q->place);
	buf_fmt(b, "maillog_file = %s/log\nmaillog_file_prefixes = %s\n", q->place, q->place);
	buf_fmt(b, "transport_maps = texthash:%s/etc/routes %.*s\n", q->place,
	    SV_ARG(postconf_value(c, "transport_maps")));
	buf_str(b, "myhostname = queue." DOMAIN "\nmydestination =\nalias_maps =\n"
		   "alias_database =\ninet_interfaces = loopback-only\ninet_protocols = ipv4\n"
		   "notify_classes =\n");
	if (q->door != 0) {
		buf_fmt(b,
		    "mynetworks = 127.0.0.0/8\nsmtpd_relay_restrictions = permit_mynetworks, "
		    "reject\n"
		    "smtpd_recipient_restrictions = check_policy_service %s, permit_mynetworks, "
		    "reject\n",
		    q->policy.p);
	}
	for (size_t i = 0; i < c->n_parameters; i++) {
		const struct postconf_parameter *p = &c->parameters[i];

		if (p->set && sv_starts(p->name, SV("carom-"))) {
			buf_fmt(b, "%.*s = %.*s\n", SV_ARG(p->name), SV_ARG(p->value));
		}
	}
}

/* A rung's own domain, so that each is taken; all else goes by smtp, and all to the sink. */
static void
routes_text(const struct private_queue *q, const struct postconf *c, struct buf *b)
{
	size_t n;
	const struct rung *r = ladder(&n);

	for (size_t i = 0; i < n; i++) {
		if (postconf_service(c, sv_from(r[i].transport), SV("unix")) != NULL) {
			buf_fmt(b, "%s." DOMAIN " %s:[127.0.0.1]:%u\n", r[i].transport,
			    r[i].transport, q->port);
		}
	}
	buf_fmt(b, DOMAIN " smtp:[127.0.0.1]:%u\nqueue." DOMAIN " discard:\n", q->port);
}

static void
master_text(const struct private_queue *q, const struct postconf *c, struct buf *b)
{
	buf_str(b, master);
	if (q->door != 0) {
		buf_fmt(b, "127.0.0.1:%u inet n - n - - smtpd\n", q->door);
	}
	for (size_t i = 0; i < c->n_services; i++) {
		const struct postconf_service *s = &c->services[i];

		if (sv_starts(s->name, SV("carom-"))) {
			buf_fmt(b, "%.*s %.*s - - n - - %.*s %.*s\n", SV_ARG(s->name),
			    SV_ARG(s->type), SV_ARG(s->command), SV_ARG(s->arguments));
		}
	}
}

static bool
make_folders(const struct private_queue *q, struct sv owner)
{
	static const char *const names[] = { "etc", "spool", "lib" };
	char name[64];
	char path[128];
	const struct passwd *p;

	(void)snprintf(name, sizeof(name), "%.*s", SV_ARG(owner));
	p = getpwnam(name); // NOLINT(concurrency-mt-unsafe): one thread
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", q->place, names[i]);
		if (mkdir(path, 0755) != 0) {
			return false;
		}
	}
	return p != NULL && chown(path, p->pw_uid, 0) == 0 && chmod(q->place, 0755) == 0;
}

enum err
trial_furnish(const struct private_queue *q, const struct postconf *c, struct why *why)
{
	struct buf b;
	bool ok = make_folders(q, postconf_value(c, "mail_owner"));

	buf_init(&b, 0);
	main_text(q, c, &b);
	ok = ok && write_file(q, "etc/main.cf", &b);
	buf_clear(&b);
	master_text(q, c, &b);
	ok = ok && write_file(q, "etc/master.cf", &b);
	buf_clear(&b);
	routes_text(q, c, &b);
	ok = ok && write_file(q, "etc/routes", &b);
	buf_done(&b);
	return ok ? ERR_OK
		  : why_set(why, ERR_IO, "%s: the private queue cannot be made: %s", q->place,
			why_errno(errno));
}
