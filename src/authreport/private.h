/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTHREPORT_PRIVATE_H
#define CAROM_AUTHREPORT_PRIVATE_H

/* Between view.c, judge.c and the two that show a view. */

#include "authreport/authreport.h"

/* ---- the text ---- */

typedef unsigned long long page_count; /* for printf */

struct page {
	const struct view_show *show;
	const struct view *view;
	struct buf *out;
};

void page_heading(struct page *p, const char *text);
void page_name(struct page *p, struct sv s); /* printable, and not too long */
const char *page_plural(uint64_t n);
void page_days(struct page *p, int32_t first, int32_t last);
void page_readiness(struct page *p, const struct view_domain *d);
void page_remedies(struct page *p, const struct view_domain *d);
void page_service(struct page *p, const struct view_source *s);
void page_tls(struct page *p);
void page_silent(struct page *p);
void page_failed(struct page *p);
void page_mails(struct page *p);
void page_input(struct page *p);

/* What a stricter policy would lose, and what is advised (show_policy.c). */
struct json;
void json_u64(struct json *j, const char *key, uint64_t n);
void json_policy_advice(struct json *j, const struct view_domain *d);

/* ---- the judgement ---- */

/*
 * What fails, without what receivers forgave.  That one forgives while the policy asks for little
 * says nothing of p=reject: there only what was forgiven under p=reject counts.
 */
uint64_t loss_of(const struct auth_counts *c, enum policy_step step);
/* Of all roles together. */
uint64_t losses_of(const struct view_domain *d, enum policy_step step);
/* Who a source is, and what changed about it. */
void judge_source(struct view *v, const struct view_domain *d, struct view_source *s);
/* "192.0.2.1"; "unknown address" when a report had none. */
const char *source_address(const struct view_source *s, char *out, size_t size);
/* "2025-11-20"; out holds at least 16 bytes. */
const char *day_text(int32_t day, char *out, size_t size);

#endif
