/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a mail: all forms, reports and complaints.  The forms are loaded once. */

#include "bounce/bounce.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bounce_forms *forms;
	static struct bounce_reader *reader;
	struct arena *arena = arena_new(BOUNCE_ARENA_BYTES);
	struct bounce b;

	if (forms == NULL) {
		struct why why;

		check(bounce_forms_load(CAROM_SOURCE_DIR "/share", NULL, &forms, &why) == ERR_OK);
		reader = bounce_reader_new(forms);
	}
	bounce_read(reader, sv_make((const char *)data, size), arena, &b);
	check(b.kind <= BOUNCE_REPORT);
	check(b.n_recipients <= BOUNCE_RECIPIENTS_MAX);
	for (size_t i = 0; i < b.n_recipients; i++) {
		check(b.recipients[i].reply.n <= size * 4 + 65536);
		check(b.recipients[i].action <= DSN_EXPANDED);
	}
	arena_free(&arena);
	return 0;
}
