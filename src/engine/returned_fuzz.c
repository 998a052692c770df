/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "engine/returned.h"

#include <stddef.h>
#include <stdint.h>

/* Whatever is read can be written, and is read again as the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct knowledge *k;
	struct arena *arena = arena_new(RETURNED_BYTES_MAX);
	struct sv bytes = sv_make((const char *)data, size);
	struct returned r;

	if (k == NULL) {
		const struct knowledge_options opt = { CAROM_SOURCE_DIR "/share" };
		struct why why;

		check(knowledge_load(&opt, &k, &why) == ERR_OK);
	}
	while (bytes.n > 0 && returned_read(&bytes, k, arena, &r)) {
		struct buf again;
		struct sv view;
		struct returned same;

		buf_init(&again, 0);
		returned_write(&r, &again);
		view = buf_view(&again);
		check(returned_read(&view, k, arena, &same) && view.n == 0);
		check(same.n_recipients == r.n_recipients && same.digest == r.digest);
		buf_done(&again);
	}
	arena_free(&arena);
	return 0;
}
