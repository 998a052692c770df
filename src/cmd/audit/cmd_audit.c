/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"
#include "cmd/audit/work.h"
#include "dns/idn.h"

#include <stdio.h>
#include <stdlib.h>

#define DOMAINS_MAX 64
#define NAMES_BYTES ((size_t)1 << 20)

/* The order of what matters more: nothing done, something to act on, something unseen. */
static int
worse(int a, int b)
{
	static const int order[] = { EXIT_BROKEN, EXIT_TROUBLE, EXIT_INPUT_PROBLEM };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (a == order[i] || b == order[i]) {
			return order[i];
		}
	}
	return EXIT_FINE;
}

static int
audit_domains(
    const struct cmd_context *ctx, struct audit_args *args, size_t n, const struct sv *domains)
{
	struct audit_work w = { .ctx = ctx, .args = args };
	int code = audit_work_open(&w) ? EXIT_FINE : EXIT_BROKEN;

	for (size_t i = 0; i < n && code != EXIT_BROKEN; i++) {
		args->request.domain = domains[i];
		if (i > 0 && !args->json) {
			buf_str(&w.out, "\n\n");
		}
		code = worse(code, audit_work_domain(&w));
	}
	return audit_work_close(&w) ? code : EXIT_BROKEN;
}

static int
check_spf(const struct cmd_context *ctx, struct audit_args *args)
{
	struct spf_question *q = &args->spf;
	struct spf_verdict v;
	struct audit_session s;
	struct json j;
	struct buf out;
	int code;

	if (args->request.n_ips != 1 || (!args->has_from && q->helo.n == 0)) {
		cmd_complain("audit", "spf wants --ip IP and --from ADDRESS or --helo NAME");
		return EXIT_USAGE_ERROR;
	}
	q->ip = args->request.ips[0];
	q->now_us = ctx->now_us;
	if (!audit_session_open(ctx, args, &s)) {
		return EXIT_BROKEN;
	}
	for (unsigned round = 0; round < AUDIT_ROUNDS_MAX; round++) {
		arena_reset(s.arena);
		spf_check(s.book, s.arena, q, &v);
		if (v.result != SPF_PENDING) {
			break;
		}
		dns_client_answer(s.dns, s.book);
	}
	buf_init(&out, 0);
	json_init(&j, &out, true);
	if (args->json) {
		spf_render_json(q, &v, &j);
		buf_char(&out, '\n');
	} else {
		spf_render_text(q, &v, &out);
	}
	code = audit_session_is_deaf(&s)   ? EXIT_BROKEN
	       : v.result == SPF_PASS      ? EXIT_FINE
	       : v.result == SPF_TEMPERROR ? EXIT_INPUT_PROBLEM
					   : EXIT_TROUBLE;
	audit_session_close(&s);
	return audit_session_print(&out) ? code : EXIT_BROKEN;
}

/* What the DNS holds of the name; false, and said, if it is none. */
static bool
take_domain(const char *text, struct arena *arena, struct sv *out)
{
	if (name_to_ascii(sv_from(text), arena, out) && name_is_valid(*out) &&
	    name_labels(*out) >= 2) {
		(void)sv_drop_tail(out, SV("."));
		return true;
	}
	cmd_complain("audit", "'%s' is no domain name", text);
	return false;
}

static int
audit_names(const struct cmd_context *ctx, struct audit_args *args, int argc, char **argv)
{
	struct arena *arena = arena_new(NAMES_BYTES);
	struct sv domains[DOMAINS_MAX];
	int code = EXIT_FINE;

	for (int i = 0; i < argc && code == EXIT_FINE; i++) {
		code = take_domain(argv[i], arena, &domains[i]) ? EXIT_FINE : EXIT_USAGE_ERROR;
	}
	if (code == EXIT_FINE) {
		code = audit_domains(ctx, args, (size_t)argc, domains);
	}
	arena_free(&arena);
	return code;
}

int
cmd_audit(const struct cmd_context *ctx, int argc, char **argv)
{
	struct audit_args *args = mem_new(1, sizeof(*args));
	struct cmd_words words = { NULL, 0 };
	int code = audit_args_take(argc, argv, args, &words);

	argc = words.n;
	argv = words.word;
	if (code < 0 && argc == 1 && strcmp(argv[0], "spf") == 0) {
		code = check_spf(ctx, args);
	} else if (code < 0 && argc == 2 && strcmp(argv[0], "message") == 0) {
		code = cmd_audit_message(ctx, args, argv[1]);
	} else if (code < 0 && argc >= 1 && argc <= DOMAINS_MAX) {
		code = audit_names(ctx, args, argc, argv);
	} else if (code < 0) {
		(void)fputs(audit_help, stderr);
		code = EXIT_USAGE_ERROR;
	}
	free(args);
	return code;
}
