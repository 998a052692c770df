/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_SESSION_H
#define CAROM_CMD_AUDIT_SESSION_H

/* What the kinds of `carom audit` share: a client, a book, an arena of one round, the words. */

#include "cmd/audit/args.h"
#include "cmd/cmd.h"
#include "net/dns.h"

#define AUDIT_ROUNDS_MAX 64 /* an audit asks a few times; this is a net below it */

struct audit_session {
	struct dns_client *dns; /* owned */
	struct book *book;      /* owned */
	struct arena *arena;    /* owned: of one round */
};

/* False: said on standard error. */
bool audit_session_open(
    const struct cmd_context *ctx, const struct audit_args *args, struct audit_session *s);
void audit_session_close(struct audit_session *s);
/* Whoever got no answer at all has learned nothing. */
bool audit_session_is_deaf(const struct audit_session *s);

/* NULL: said on standard error. */
struct audit_texts *audit_session_texts(const struct cmd_context *ctx);
/* To standard output; empties `out`. */
bool audit_session_print(struct buf *out);
int audit_session_exit_code(
    const struct audit_session *s, const struct audit *a, const struct audit_texts *t);

/* `carom audit message FILE`. */
int cmd_audit_message(const struct cmd_context *ctx, struct audit_args *args, const char *path);

#endif
