/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_POLICY_H
#define CAROM_FACT_POLICY_H

/* The numbers of share/policy.yaml, which says the reason and the source of each. */

struct policy {
	double good_days; /* accepted mail so lately: known to be good */
	double rest_days; /* of a known-good recipient after its first hard bounce */
	double rest_confirm_hours;
	double hard_count;
	double full_count, full_days;
	double soft_count, soft_days;
};

#endif
