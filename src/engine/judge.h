/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_JUDGE_H
#define CAROM_ENGINE_JUDGE_H

/*
 * What a mail says of one recipient (bounce/) put to the classifier: the words with their
 * code, the host that said them, the recipient's domain.  Where the words tell nothing,
 * the whole text is asked, then the subject.
 */

#include "bounce/bounce.h"
#include "classify/classify.h"

struct judgement {
	struct verdict verdict;
	unsigned code;        /* 0: none in the mail */
	struct status status; /* the reply's own, else the report's field */
	bool status_derived;  /* neither was there: no_code of the cause in share/causes.yaml */
	struct sv host;
	enum smtp_stage stage;
};

void judge(struct classifier *c, const struct knowledge *k, const struct bounce *b,
    const struct bounced *r, struct judgement *out);

#endif
