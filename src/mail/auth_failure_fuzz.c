/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a feedback report and as the head of the message it is about. */

#include "base/err.h"
#include "mail/auth_failure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct sv text = sv_make((const char *)data, size);
	struct auth_failure f;
	struct sv head;

	if (arena == NULL) {
		arena = arena_new((size_t)64 * 1024 * 1024);
	}
	arena_reset(arena);
	if (!sv_cut_sv(&text, SV("\n\n"), &head)) {
		head = text;
	}
	if (auth_failure_read(head, text, arena, &f) != FEEDBACK_AUTH_FAILURE) {
		check(f.failure.n == 0 && f.source.n == 0 && f.domain.n == 0);
		return 0;
	}
	check(f.damaged == (f.problem != NULL));
	check(f.incidents >= 1 && f.incidents <= AUTH_FAILURE_INCIDENTS_MAX);
	check(f.domain.n <= AUTH_FAILURE_TEXT_MAX && f.failure.n <= AUTH_FAILURE_TEXT_MAX);
	return 0;
}
