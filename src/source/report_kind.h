/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_REPORT_KIND_H
#define CAROM_SOURCE_REPORT_KIND_H

/*
 * What a file is that may hold a report, by its first bytes; and, if it holds none, what to tell
 * a person who expected one.
 */

#include "base/sv.h"

enum report_kind {
	REPORT_XML,
	REPORT_JSON,
	REPORT_MAIL,
	REPORT_MBOX,
	REPORT_OTHER
};

/* The text is set for REPORT_OTHER. */
enum report_kind report_kind_of(struct sv first, char *why_out, size_t size);
/* XML whose first element is no feedback. */
void report_kind_not_dmarc(struct sv root, char *why_out, size_t size);

#endif
