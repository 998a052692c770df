/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_TEXTS_H
#define CAROM_AUDIT_TEXTS_H

/*
 * share/audit.yaml: the words of findings, and the names of keys that large senders use.
 * Every finding of findings.h must stand there, and nothing else may.
 */

#include "audit/findings.h"
#include "knowledge/finding_text.h"

struct audit_texts {
	struct arena *arena; /* owned */
	struct finding_text findings[N_FINDINGS];
	const char **selectors; /* in the arena */
	size_t n_selectors;
};

enum err audit_texts_load(const char *path, struct audit_texts **out, struct why *why);
void audit_texts_free(struct audit_texts **t);
const char *finding_name(enum finding_id id);

#endif
