/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_RENDER_PRIVATE_H
#define CAROM_REPORT_RENDER_PRIVATE_H

/* Between the files that write the text of a report. */

#include "report/render.h"

#define BOLD   "1"
#define RED    "31"
#define YELLOW "33"

void text_tint(const struct render *r, struct buf *b, const char *code, const char *text);
/* Wrapped at blanks to the width, every line after the first indented. */
void text_wrapped(const struct render *r, struct buf *b, unsigned indent, const char *text);
void text_when(struct buf *b, int64_t us);
/* "38.2 % (36.9-39.6)" */
void text_percent(struct buf *b, const struct share *s);
/* All about one provider (render_group.c). */
void text_group(const struct render *r, struct buf *b, const struct group *g);

#endif
