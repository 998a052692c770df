/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CLASSIFY_CASES_H
#define CAROM_CLASSIFY_CASES_H

/*
 * Running the cases that stand beside the rules: used by the tests and by
 * `carom knowledge check`.
 */

#include "classify/classify.h"

/* The question that a case asks. */
void case_question(const struct rule_case *c, struct question *out);
/* Asks it; true if what comes out is what the case expects. */
bool case_run(struct classifier *classifier, const struct rule_case *c, struct verdict *out);
/* Lines for people: what came out and what was wanted. */
void case_explain(const struct rule_case *c, const struct verdict *got, struct buf *out);

#endif
