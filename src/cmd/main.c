/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct command {
	const char *name;
	int (*run)(const struct cmd_context *, int, char **);
	const char *does;
};

static const struct command commands[] = {
	{ "analyze", cmd_analyze,
	    "read Postfix logs: who refuses, why, whose fault it is, what to do" },
	{ "ingest", cmd_ingest,
	    "read Postfix logs into the store, notice incidents, decide about recipients" },
	{ "serve", cmd_serve, "follow the mail log, and answer Postfix while mail flows" },
	{ "config", cmd_config, "check and show the settings of carom serve" },
	{ "incidents", cmd_incidents, "list the incidents of the store, or tell of one" },
	{ "recipient", cmd_recipient, "tell the whole story of an address" },
	{ "suppressions", cmd_suppressions, "export, import, add or remove suppressed addresses" },
	{ "why", cmd_why, "tell the reason, the evidence and the undo of a decision" },
	{ "replay", cmd_replay, "decide about the same history under another policy" },
	{ "pace", cmd_pace, "tell how fast providers are mailed; free one by hand" },
	{ "amnesty", cmd_amnesty, "lift what rests on a provider's refusals of a time" },
	{ "detect", cmd_detect, "notice incidents in delivery events, and what to take back" },
	{ "alerts", cmd_alerts, "tell what changed outside: listings, published records" },
	{ "audit", cmd_audit, "look at what a domain publishes: SPF, DKIM, DMARC and the rest" },
	{ "blocklists", cmd_blocklists,
	    "look up addresses and domains on blocklists, and what a listing costs" },
	{ "classify", cmd_classify, "say what one refusal means" },
	{ "parse", cmd_parse,
	    "read bounce mails and complaints: who is meant, what was said, why" },
	{ "postfix", cmd_postfix, "what Postfix needs for carom: check, set up, remove" },
	{ "reports", cmd_reports,
	    "read DMARC and TLS reports: who sends in your name, what would be lost, what "
	    "changed" },
	{ "knowledge", cmd_knowledge_tool,
	    "list, search, show and check what is known of refusals" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	(void)fputs("usage: carom [--share DIR] COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		(void)fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].does);
	}
	(void)fputs(
	    "\n  carom COMMAND --help tells more; carom --version; the manual is carom(1)\n", out);
}

void
cmd_complain(const char *command, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "carom %s: ", command);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

struct knowledge *
cmd_knowledge(const struct cmd_context *ctx)
{
	const struct knowledge_options opt = { .share = ctx->share };
	struct knowledge *k = NULL;
	struct why why;

	if (knowledge_load(&opt, &k, &why) != ERR_OK) {
		(void)fprintf(stderr,
		    "carom: the knowledge is broken, so nothing was started:\n%s\n", why.text);
		return NULL;
	}
	return k;
}

/* ---- where things are ---- */

static bool
has_causes(const char *dir)
{
	struct buf b;
	bool ok;

	buf_init(&b, 4096);
	buf_fmt(&b, "%s/causes.yaml", dir);
	ok = access(b.p, R_OK) == 0;
	buf_done(&b);
	return ok;
}

/* The folder of the knowledge: said, or beside the program (a build tree), or installed. */
static char *
find_share(const char *said)
{
	char exe[4096];
	ssize_t n;
	struct sv dir;
	struct buf b;

	if (said != NULL) {
		return mem_dup(said, strlen(said));
	}
	n = readlink("/proc/self/exe", exe, sizeof(exe));
	dir = n > 0 ? sv_make(exe, (size_t)n) : (struct sv){ 0 };
	buf_init(&b, 8192);
	for (int up = 0; up < 2 && dir.n > 0; up++) { /* the program, then its folder */
		ptrdiff_t slash = sv_rfind(dir, SV("/"));

		dir = slash < 0 ? (struct sv){ 0 } : sv_head(dir, (size_t)slash);
	}
	buf_fmt(&b, "%.*s/share", SV_ARG(dir));
	if (dir.n > 0 && has_causes(b.p)) {
		return b.p;
	}
	buf_clear(&b);
	buf_fmt(&b, "%.*s/share/carom", SV_ARG(dir));
	if (dir.n > 0 && has_causes(b.p)) {
		return b.p;
	}
	buf_done(&b);
	return mem_dup(CAROM_SHARE_DIR, strlen(CAROM_SHARE_DIR));
}

/* One thread, at start: getenv is safe here. */
static const char *
environment(const char *name)
{
	const char *v = getenv(name); // NOLINT(concurrency-mt-unsafe)

	return v == NULL || v[0] == '\0' ? NULL : v;
}

static int
run(int argc, char **argv, const char *share_said)
{
	struct cmd_context ctx = { 0 };
	struct timespec now;
	char *share = find_share(share_said);
	int code = EXIT_USAGE_ERROR;
	size_t i;

	ctx.share = share;
	if (getrandom(&ctx.key, sizeof(ctx.key), 0) != (ssize_t)sizeof(ctx.key)) {
		(void)fprintf(stderr, "carom: no random numbers: %s\n", why_errno(errno));
		free(share);
		return EXIT_BROKEN;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	ctx.now_us = (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
	for (i = 0; i < N_COMMANDS && strcmp(argv[0], commands[i].name) != 0; i++) {
	}
	if (i < N_COMMANDS) {
		code = commands[i].run(&ctx, argc, argv);
	} else {
		(void)fprintf(stderr, "carom: there is no command '%s'\n", argv[0]);
		usage(stderr);
	}
	free(share);
	return code;
}

int
main(int argc, char **argv)
{
	const char *share = environment("CAROM_SHARE");
	int at = 1;

	if (at + 1 < argc && strcmp(argv[at], "--share") == 0) {
		share = argv[at + 1];
		at += 2;
	}
	if (at >= argc) {
		usage(stderr);
		return EXIT_USAGE_ERROR;
	}
	if (strcmp(argv[at], "--version") == 0) {
		(void)printf("carom %s\n", CAROM_VERSION);
		return EXIT_FINE;
	}
	if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0 ||
	    strcmp(argv[at], "help") == 0) {
		usage(stdout);
		return EXIT_FINE;
	}
	return run(argc - at, argv + at, share);
}
