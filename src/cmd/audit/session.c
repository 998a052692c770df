/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/session.h"

#include <stdio.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

bool
audit_session_open(
    const struct cmd_context *ctx, const struct audit_args *args, struct audit_session *s)
{
	const struct dns_options opt = {
		.resolver = args->resolver,
		.deadline_ms = args->timeout_ms,
		.key = ctx->key,
	};
	struct why why;

	*s = (struct audit_session){ 0 };
	if (dns_client_new(&opt, &s->dns, &why) != ERR_OK) {
		cmd_complain("audit", "name server: %s", why.text);
		return false;
	}
	s->book = book_new(&ctx->key);
	s->arena = arena_new(ARENA_BYTES);
	return true;
}

void
audit_session_close(struct audit_session *s)
{
	dns_client_free(&s->dns);
	book_free(&s->book);
	arena_free(&s->arena);
}

bool
audit_session_is_deaf(const struct audit_session *s)
{
	const struct dns_stats stats = dns_client_stats(s->dns);

	return stats.asked > 0 && stats.silent >= stats.asked;
}

struct audit_texts *
audit_session_texts(const struct cmd_context *ctx)
{
	struct audit_texts *texts = NULL;
	struct buf path;
	struct why why;

	buf_init(&path, 4096);
	buf_fmt(&path, "%s/audit.yaml", ctx->share);
	if (audit_texts_load(path.p, &texts, &why) != ERR_OK) {
		cmd_complain("audit", "%s", why.text);
	}
	buf_done(&path);
	return texts;
}

bool
audit_session_print(struct buf *out)
{
	bool ok = fwrite(out->p, 1, out->n, stdout) == out->n && fflush(stdout) == 0;

	buf_done(out);
	return ok;
}

int
audit_session_exit_code(
    const struct audit_session *s, const struct audit *a, const struct audit_texts *t)
{
	return audit_session_is_deaf(s)   ? EXIT_BROKEN
	       : audit_needs_action(a, t) ? EXIT_TROUBLE
	       : audit_is_blind(a, t)     ? EXIT_INPUT_PROBLEM
					  : EXIT_FINE;
}
