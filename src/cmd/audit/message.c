/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/message.h"

#include "audit/render.h"
#include "base/file.h"
#include "cmd/audit/session.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_BYTES_MAX ((size_t)64 * 1024 * 1024)

static void
render(const struct audit_args *args, const struct message_request *q,
    const struct message_audit *m, const struct audit *a, const struct audit_texts *t,
    struct buf *out)
{
	struct json j;

	if (!args->json) {
		audit_render_counts(a, t, out);
		message_render_text(q, m, out);
		audit_render_findings(a, t, out);
		return;
	}
	json_init(&j, out, true);
	json_open(&j, NULL, '{');
	json_int(&j, "version", 1);
	message_render_json(q, m, &j);
	audit_render_findings_json(a, t, &j);
	json_close(&j, '}');
	buf_char(out, '\n');
}

static int
judge(const struct cmd_context *ctx, struct audit_args *args, struct message_request *q,
    const struct audit_texts *t, struct buf *out)
{
	struct message_audit *m = mem_new(1, sizeof(*m));
	struct audit *a = mem_new(1, sizeof(*a));
	struct audit_session s;
	int code = EXIT_BROKEN;

	if (audit_session_open(ctx, args, &s)) {
		for (unsigned round = 0; round < AUDIT_ROUNDS_MAX; round++) {
			arena_reset(s.arena);
			audit_message(s.book, s.arena, q, m, a);
			if (!a->pending) {
				break;
			}
			dns_client_answer(s.dns, s.book);
		}
		render(args, q, m, a, t, out);
		code = audit_session_exit_code(&s, a, t);
		audit_session_close(&s);
	}
	free(m);
	free(a);
	return code;
}

int
cmd_audit_message(const struct cmd_context *ctx, struct audit_args *args, const char *path)
{
	struct message_request q = { .spf = args->spf, .now_us = ctx->now_us };
	struct audit_texts *t;
	struct buf bytes;
	struct why why;
	struct buf out;
	int code = EXIT_BROKEN;

	if (args->request.n_ips > 0 && (args->has_from || args->spf.helo.n > 0)) {
		q.spf.ip = args->request.ips[0];
		q.spf.now_us = ctx->now_us;
		q.has_spf = true;
	}
	buf_init(&bytes, MESSAGE_BYTES_MAX);
	buf_init(&out, 0);
	t = audit_session_texts(ctx);
	if (t != NULL && file_read(path, &bytes, &why) != ERR_OK) {
		cmd_complain("audit", "%s", why.text);
	} else if (t != NULL) {
		q.bytes = buf_view(&bytes);
		code = judge(ctx, args, &q, t, &out);
	}
	audit_texts_free(&t);
	buf_done(&bytes);
	return audit_session_print(&out) ? code : EXIT_BROKEN;
}
