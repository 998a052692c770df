/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_KNOWLEDGE_FINDING_TEXT_H
#define CAROM_KNOWLEDGE_FINDING_TEXT_H

/*
 * The words of what a check can find, as share/audit.yaml and share/postfix.yaml have them: how
 * bad it is, what it is, why it matters, what to do.  A table of names says what can be found;
 * each must stand in the file once, and nothing else may.
 */

#include "knowledge/yaml.h"

enum severity {
	SEVERITY_BROKEN, /* mail is refused, lost or marked because of it, or will be */
	SEVERITY_RISK,   /* it works until something happens */
	SEVERITY_ADVICE, /* better, not needed */
	SEVERITY_UNSEEN, /* could not be looked at */
	SEVERITIES,
};

const char *severity_name(enum severity s);

struct finding_text {
	enum severity severity;
	const char *says, *why, *does;
	const char *who; /* NULL: everybody */
};

/* Reads a mapping of names to texts into out[]; the texts are in the arena of the file. */
bool finding_texts_read(struct yaml *y, struct fy_node *n, const char *const *names, size_t n_names,
    struct finding_text *out);

#endif
