/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_TEXTS_H
#define CAROM_AUDIT_TEXTS_H

/*
 * share/audit.yaml: the words of findings, and the names of keys that large senders use.
 * Every finding of findings.h must stand there, and nothing else may.
 */

#include "audit/findings.h"
#include "base/arena.h"
#include "base/err.h"

enum severity {
	SEVERITY_BROKEN, /* mail is refused or marked because of it, or will be */
	SEVERITY_RISK,   /* it works until something happens */
	SEVERITY_ADVICE, /* better, not needed */
	SEVERITY_UNSEEN, /* could not be looked at */
};

struct finding_text {
	enum severity severity;
	const char *says, *why, *does;
	const char *who; /* NULL: everybody */
};

struct audit_texts {
	struct arena *arena; /* owned */
	struct finding_text findings[N_FINDINGS];
	const char **selectors; /* in the arena */
	size_t n_selectors;
};

enum err audit_texts_load(const char *path, struct audit_texts **out, struct why *why);
void audit_texts_free(struct audit_texts **t);
const char *finding_name(enum finding_id id);
const char *severity_name(enum severity s);

#endif
