/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the answer of a blocklist, and as the text of a refusal. */

#include "blocklist/blocklist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct blocklists *lists;
	struct arena *arena = arena_new((size_t)8 * 1024 * 1024);
	struct sv wire = sv_make((const char *)data, size);
	struct dns_answer a;
	struct list_reading r;

	if (lists == NULL) {
		check(blocklists_load(CAROM_SOURCE_DIR "/share/blocklists.yaml", &lists, NULL) ==
		      ERR_OK);
	}
	(void)blocklist_named(lists, wire);
	for (size_t i = 0; i < lists->n; i += 9) {
		dns_answer_read(wire, SV("2.0.0.127.zone.example"), DNS_A, arena, &a);
		list_judge(lists, &lists->all[i], &a, &r);
		check((r.state == LISTING_CLEAR) == (r.says == NULL));
		check(!r.refused || r.state == LISTING_UNKNOWN);
	}
	arena_free(&arena);
	return 0;
}
