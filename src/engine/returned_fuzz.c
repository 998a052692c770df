/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "engine/returned.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct knowledge *knowledge;

/* Not in the first run: to load all of share/ may take longer than one input is given. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct knowledge_options opt = { CAROM_SOURCE_DIR "/share" };
	struct why why;

	(void)argc;
	(void)argv;
	check(knowledge_load(&opt, &knowledge, &why) == ERR_OK);
	return 0;
}

/* Whatever is read can be written, and is read again as the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(RETURNED_BYTES_MAX);
	struct sv bytes = sv_make((const char *)data, size);
	struct returned r;

	while (bytes.n > 0 && returned_read(&bytes, knowledge, arena, &r)) {
		struct buf again;
		struct sv view;
		struct returned same;

		buf_init(&again, 0);
		returned_write(&r, &again);
		view = buf_view(&again);
		check(returned_read(&view, knowledge, arena, &same) && view.n == 0);
		check(same.n_recipients == r.n_recipients && same.digest == r.digest);
		buf_done(&again);
	}
	arena_free(&arena);
	return 0;
}
