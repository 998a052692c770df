/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_RENDER_H
#define CAROM_AUDIT_RENDER_H

/* An audit as a page for a person, and as JSON (doc/schema/audit.md). */

#include "audit/audit.h"
#include "base/json.h"

void audit_render_text(const struct audit *a, const struct audit_texts *t, struct buf *out);
/* One object; the caller opens and closes what is around it. */
void audit_render_json(const struct audit *a, const struct audit_texts *t, struct json *j);

/* The parts of both that a message has too. */
void audit_render_counts(const struct audit *a, const struct audit_texts *t, struct buf *out);
void audit_render_findings(const struct audit *a, const struct audit_texts *t, struct buf *out);
void audit_render_findings_json(const struct audit *a, const struct audit_texts *t, struct json *j);

/* The keys of the page; and blanks up to a column. */
void audit_render_keys(const struct audit *a, struct buf *out);
/* "    label     words", wrapped; nothing for an empty text. */
void audit_put_field(struct buf *out, const char *label, struct sv text);
void audit_pad_to(struct buf *out, size_t line_start, size_t column);

/* A check of SPF with its steps. */
void spf_render_text(const struct spf_question *q, const struct spf_verdict *v, struct buf *out);
void spf_render_json(const struct spf_question *q, const struct spf_verdict *v, struct json *j);

#endif
