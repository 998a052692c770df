/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTHREPORT_PRIVATE_H
#define CAROM_AUTHREPORT_PRIVATE_H

/* Between view.c, judge.c and the two that show a view. */

#include "authreport/authreport.h"

/* Who a source is, and what changed about it. */
void judge_source(struct view *v, const struct view_domain *d, struct view_source *s);
/* "192.0.2.1"; "unknown address" when a report had none. */
const char *source_address(const struct view_source *s, char *out, size_t size);
/* "2025-11-20"; out holds at least 16 bytes. */
const char *day_text(int32_t day, char *out, size_t size);

#endif
