/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_MESSAGE_H
#define CAROM_AUDIT_MESSAGE_H

/*
 * One message as a receiver judges it: its signatures and what they cover, SPF when the
 * address and sender are given, alignment, DMARC, one-click unsubscribe (RFC 8058).  It reads
 * header fields and body, no MIME.  Pure over a book, like audit_run(); the findings and
 * `pending` are those of the struct audit that is passed.
 */

#include "audit/audit.h"
#include "auth/dkim_signature.h"

struct message_request {
	struct sv bytes; /* the whole message */
	struct spf_question spf;
	bool has_spf; /* the address and the sender are known */
	int64_t now_us;
};

struct message_signature {
	struct dkim_verdict verdict;
	bool aligned; /* by the tree walk; by the suffix list where there is no record */
	struct sv
	    open; /* fields that readers see and the signature does not cover: "Subject, To" */
};

struct message_audit {
	struct sv author; /* domain of From; empty: there is not just one */
	struct message_signature signatures[DKIM_SIGNATURES_MAX];
	size_t n;
	struct spf_verdict spf;
	bool spf_aligned;
	struct dmarc_views dmarc;
	bool dmarc_passes;
};

void audit_message(struct book *book, struct arena *arena, const struct message_request *q,
    struct message_audit *out, struct audit *findings);

void message_render_text(
    const struct message_request *q, const struct message_audit *m, struct buf *out);
struct json;
void message_render_json(
    const struct message_request *q, const struct message_audit *m, struct json *j);

#endif
