/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/report_mail.h"

#include "base/err.h"

const char *
report_proof_name(enum report_proof p)
{
	static const char *const names[REPORT_PROOFS] = { "unsaid", "no mail", "pass", "unknown",
		"fail" };

	check(p < REPORT_PROOFS);
	return names[p];
}
