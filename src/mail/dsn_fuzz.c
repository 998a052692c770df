/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the fields of a delivery report. */

#include "base/err.h"
#include "mail/dsn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct sv text = sv_make((const char *)data, size);
	struct dsn d;
	ptrdiff_t at = dsn_find(text);

	check(at >= -1 && at <= (ptrdiff_t)size);
	if (dsn_read(text, arena, &d)) {
		check(d.n_recipients <= DSN_RECIPIENTS_MAX);
		for (size_t i = 0; i < d.n_recipients; i++) {
			check(d.recipients[i].address.n > 0);
			check(dsn_action_name(d.recipients[i].action) != NULL);
		}
	}
	arena_free(&arena);
	return 0;
}
