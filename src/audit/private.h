/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_PRIVATE_H
#define CAROM_AUDIT_PRIVATE_H

/* What the parts of an audit share. */

#include "audit/audit.h"

struct audit_run {
	struct book *book;             /* borrowed */
	struct arena *arena;           /* borrowed */
	const struct audit_request *q; /* borrowed */
	struct audit *out;
};

/* The finding, for more to be said of it. */
struct finding *audit_find(struct audit_run *run, enum finding_id id, struct sv about,
    const char *detail, ...) __attribute__((format(printf, 4, 5)));
/* The answer; NULL and pending when it is not there yet. */
const struct dns_answer *audit_ask(struct audit_run *run, enum dns_type type, struct sv name);
/* The same for LABEL.domain. */
const struct dns_answer *audit_ask_below(
    struct audit_run *run, enum dns_type type, const char *label, struct sv domain);
/* A text in the arena. */
struct sv audit_text(struct audit_run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Whatever could not be looked at becomes findings. */
void audit_note_unseen(struct audit_run *run);

void audit_spf(struct audit_run *run);
void audit_spf_shape(struct audit_run *run, const struct spf_node *top);
/* Nothing that receivers can use: what is there, and what it was meant to be. */
void audit_spf_unusable(struct audit_run *run, const struct spf_node *top);
/* The term as it was meant; nothing: it cannot be told. */
struct sv audit_spf_meant(struct audit_run *run, struct sv term);
/* Is the node's domain one of those above it? */
bool audit_spf_is_loop(const struct spf_tree *t, const struct spf_node *n);
/* At the end: the record to publish instead, for all findings about SPF that are of the domain's
 * own record (those have a name, and no value yet). */
void audit_spf_instead(struct audit_run *run);
/* The record of a view as it should be. */
struct sv audit_dmarc_record(struct audit_run *run, const struct dmarc_view *v);

void audit_dkim(struct audit_run *run);
void audit_dmarc(struct audit_run *run);
void audit_mx(struct audit_run *run);
void audit_policies(struct audit_run *run);
void audit_ips(struct audit_run *run);
/* Takes out what concerns senders only. */
void audit_parked(struct audit_run *run);
bool audit_is_parked(const struct audit_run *run);
/* Takes out all findings of those kinds. */
void audit_drop(struct audit *a, const enum finding_id *ids, size_t n_ids);

#endif
