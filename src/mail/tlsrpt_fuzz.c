/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a TLS report: limits hold, and a refusal says why. */

#include "base/err.h"
#include "mail/tlsrpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(const struct tlsrpt_policy *p)
{
	check(p->succeeded <= TLSRPT_COUNT_MAX);
	check(p->hosts.n <= TLSRPT_TEXT_MAX);
	for (size_t k = 0; k < p->n_details; k++) {
		check(p->details[k].count <= TLSRPT_COUNT_MAX);
		check(p->details[k].result.n <= TLSRPT_TEXT_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct tlsrpt t;
	struct sv problem;

	if (arena == NULL) {
		arena = arena_new((size_t)64 * 1024 * 1024);
	}
	arena_reset(arena);
	if (!tlsrpt_read(sv_make((const char *)data, size), arena, &t, &problem)) {
		check(problem.n > 0);
		return 0;
	}
	check(t.n_policies <= TLSRPT_POLICIES_MAX);
	check(!t.damaged || t.problem.n > 0);
	for (size_t i = 0; i < t.n_policies; i++) {
		look(&t.policies[i]);
	}
	return 0;
}
