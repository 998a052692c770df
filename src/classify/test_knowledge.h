/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CLASSIFY_TEST_KNOWLEDGE_H
#define CAROM_CLASSIFY_TEST_KNOWLEDGE_H

/* Small knowledge in a temporary folder, for tests of how rules win and of the loader's complaints. */

#include "base/buf.h"
#include "classify/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCES "sources: [\"RFC 3463\"]"
#define CASES   "cases: [{ reply: x }]"
#define CAUSE(name, fault, lasting, more)                                               \
	"  " name ": { group: g, scope: recipient, fault: " fault ", lasting: " lasting \
	", action: review, says: S, do: D" more " }\n"

static const char causes[] = "causes:\n" CAUSE("undetermined", "none", "by_code", "") CAUSE(
    "no_such_user", "recipient", "permanent", ", suppressible: true, at: { end_of_data: filtered }")
    CAUSE("filtered", "message", "by_code", "") CAUSE("rate_limited", "sender", "temporary", "")
	CAUSE("blocked", "sender", "by_code", "");

static const char cox[] =
    "provider: cox\nname: Cox\nkind: mailbox\nchecked: 2026-01-01\nsources: [\"x\"]\n"
    "hosts: [{ suffix: mx.a.cloudfilter.net }]\n"
    "domains: [{ name: cox.net, until: 2024-10-01 }]\n"
    "rules:\n"
    "  - { id: t, token: [\"AUP#X\"], cause: rate_limited, " SOURCES ", " CASES " }\n"
    "  - { id: w, text: [user unknown], cause: blocked, " SOURCES ", " CASES " }\n"
    "  - { id: f, flags: { prefix: IPBL, digits: [4, 5], bits: { 8: CSI, 1: Spamhaus } },"
    " says: \"on {flags}\", cause: blocked, " SOURCES ", " CASES " }\n"
    "  - { id: old, token: [OLD1], until: 2020-01-01, cause: blocked, " SOURCES ", " CASES " }\n";

static const char yahoo[] =
    "provider: yahoo\nname: Yahoo\nkind: mailbox\nchecked: 2026-01-01\nsources: [\"x\"]\n"
    "hosts: [{ suffix: .yahoodns.net }]\n"
    "domains: [{ name: yahoo.com }, { name: cox.net, from: 2024-10-01 }]\n"
    "rules:\n"
    "  - { id: y, status: [5.7.x], cause: blocked, " SOURCES ", " CASES " }\n";

static const char neutral[] =
    "rules:\n"
    "  - { id: g1, text: [user unknown], rank: 90, cause: no_such_user, " SOURCES ", " CASES " }\n"
    "  - { id: g2, match: ['blocked (by|using) [a-z]+'], unless: ['not blocked'], cause: "
    "blocked, " SOURCES ", " CASES " }\n"
    "  - { id: g3, text: [slow down], cause: rate_limited, when: { code: [4xx], stage: [rcpt] "
    "}, " SOURCES ", " CASES " }\n"
    "  - { id: s1, status: [5.1.1], cause: no_such_user, " SOURCES ", " CASES " }\n"
    "  - { id: s2, status: [x.1.x], cause: blocked, " SOURCES ", " CASES " }\n"
    "  - { id: c1, code: [550], cause: no_such_user, suppress: false, " SOURCES ", " CASES " }\n"
    "  - { id: c2, code: [5xx], cause: blocked, " SOURCES ", " CASES " }\n";

struct fixture {
	char dir[64];
	struct knowledge *k;
	struct classifier *c;
	struct verdict v;
};

static void
put(const struct fixture *f, const char *name, const char *text)
{
	char path[256];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	out = fopen(path, "wbe");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void
make_folders(struct fixture *f)
{
	static const char *const folders[] = { "providers", "rules" };
	char path[256];

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/carom-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put(f, "causes.yaml", causes);
	put(f, "providers/cox.yaml", cox);
	put(f, "providers/yahoo.yaml", yahoo);
	put(f, "rules/neutral.yaml", neutral);
}

static enum err
load(struct fixture *f, struct why *why)
{
	const struct knowledge_options opt = { .share = f->dir };

	return knowledge_load(&opt, &f->k, why);
}

static void
remove_folders(const struct fixture *f)
{
	static const char *const names[] = { "causes.yaml", "providers/cox.yaml",
		"providers/yahoo.yaml", "rules/neutral.yaml", "rules/bad.yaml", "providers",
		"rules", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)remove(path);
	}
}

#endif
