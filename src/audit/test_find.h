/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_TEST_FIND_H
#define CAROM_AUDIT_TEST_FIND_H

/* For tests: which findings were reached, and that one is there. */

#include "audit/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define WANT_MAX 12
#define W(id)    FINDING_##id
#define END      N_FINDINGS

static bool reached[N_FINDINGS];

static void
must_find(const struct audit *a, enum finding_id want, const char *name)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->findings[i].id == want) {
			reached[want] = true;
			return;
		}
	}
	print_message("%s: no %s, but:\n", name, finding_name(want));
	for (size_t i = 0; i < a->n; i++) {
		print_message("  %s\n", finding_name(a->findings[i].id));
	}
	fail();
}

#endif
