/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_TEST_FIND_H
#define CAROM_AUDIT_TEST_FIND_H

/* For tests: an audit against a zone, which findings were reached, and that one is there. */

#include "audit/audit.h"
#include "audit/test_texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include "dns/test_zone.h"

#include <cmocka.h>

#define WANT_MAX 12
#define W(id)    FINDING_##id
#define END      N_FINDINGS

static inline void
audit_zone(struct book *book, struct arena *arena, const struct zone_line *zone, size_t n,
    const struct audit_request *q, struct audit *out)
{
	unsigned rounds = 0;

	do {
		zone_answer(book, zone, n);
		arena_reset(arena);
		audit_run(book, arena, q, out);
		assert_true(++rounds < 40);
	} while (out->pending);
}

static bool reached[N_FINDINGS];

static inline void
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
