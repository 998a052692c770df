/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/postfix.h"

static const char *const stages[] = { "", "connect", "helo", "starttls", "auth", "mail", "rcpt",
	"data", "end_of_data", "quit" };
static const char *const saws[] = { "nothing", "said", "refused_to_talk", "lost_connection",
	"timed_out", "connect_failed", "dns", "tls", "local" };
static const char *const daemons[] = { "", "smtp", "lmtp", "local", "virtual", "pipe", "error",
	"retry", "discard", "qmgr", "cleanup", "smtpd", "bounce", "pickup", "other" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
smtp_stage_name(enum smtp_stage s)
{
	return stages[s];
}

bool
smtp_stage_find(struct sv name, enum smtp_stage *out)
{
	for (size_t i = 1; i < COUNT(stages); i++) {
		if (sv_eq(name, sv_from(stages[i]))) {
			*out = (enum smtp_stage)i;
			return true;
		}
	}
	return false;
}

const char *
postfix_saw_name(enum postfix_saw s)
{
	return saws[s];
}

bool
postfix_saw_find(struct sv name, enum postfix_saw *out)
{
	for (size_t i = 1; i < COUNT(saws); i++) {
		if (sv_eq(name, sv_from(saws[i]))) {
			*out = (enum postfix_saw)i;
			return true;
		}
	}
	return false;
}

const char *
postfix_daemon_name(enum postfix_daemon d)
{
	return daemons[d];
}

static const struct {
	struct sv name;
	enum postfix_daemon daemon;
} programs[] = {
	{ SV_INIT("smtp"), POSTFIX_SMTP },
	{ SV_INIT("qmgr"), POSTFIX_QMGR },
	{ SV_INIT("smtpd"), POSTFIX_SMTPD },
	{ SV_INIT("cleanup"), POSTFIX_CLEANUP },
	{ SV_INIT("lmtp"), POSTFIX_LMTP },
	{ SV_INIT("local"), POSTFIX_LOCAL },
	{ SV_INIT("virtual"), POSTFIX_VIRTUAL },
	{ SV_INIT("pipe"), POSTFIX_PIPE },
	{ SV_INIT("error"), POSTFIX_ERROR },
	{ SV_INIT("retry"), POSTFIX_RETRY },
	{ SV_INIT("discard"), POSTFIX_DISCARD },
	{ SV_INIT("oqmgr"), POSTFIX_QMGR },
	{ SV_INIT("nqmgr"), POSTFIX_QMGR },
	{ SV_INIT("bounce"), POSTFIX_BOUNCE },
	{ SV_INIT("defer"), POSTFIX_BOUNCE },
	{ SV_INIT("trace"), POSTFIX_BOUNCE },
	{ SV_INIT("pickup"), POSTFIX_PICKUP },
	{ SV_INIT("anvil"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("scache"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("tlsmgr"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("tlsproxy"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("master"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postscreen"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("dnsblog"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("verify"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("proxymap"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("trivial-rewrite"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("rewrite"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("flush"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("showq"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("spawn"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("policy-spf"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postdrop"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("sendmail"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postqueue"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postsuper"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postmap"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postalias"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postfix-script"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postlog"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postlogd"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postmulti"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("postconf"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("qmqpd"), POSTFIX_DAEMON_OTHER },
	{ SV_INIT("nbdb_reindexd"), POSTFIX_DAEMON_OTHER },
};

enum postfix_daemon
postfix_daemon_of(struct sv tag, struct sv *instance_out)
{
	size_t slash = tag.n;
	struct sv name;

	while (slash > 0 && tag.p[slash - 1] != '/') {
		slash--;
	}
	if (slash < 2) {
		return POSTFIX_DAEMON_NONE;
	}
	name = sv_from_at(tag, slash);
	for (size_t i = 0; i < COUNT(programs); i++) {
		if (sv_eq(programs[i].name, name)) {
			*instance_out = sv_head(tag, slash - 1);
			return programs[i].daemon;
		}
	}
	return POSTFIX_DAEMON_NONE;
}
