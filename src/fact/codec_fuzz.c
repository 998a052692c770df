/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as events: what is taken says the same when it is written again. */

#include "base/err.h"
#include "fact/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv s = sv_make((const char *)data, size);
	struct event e;
	struct buf once;
	struct buf twice;

	buf_init(&once, 0);
	buf_init(&twice, 0);
	while (event_take(&s, &e)) {
		struct sv again;

		buf_clear(&once);
		buf_clear(&twice);
		event_write(&e, &once);
		again = buf_view(&once);
		check(event_take(&again, &e) && again.n == 0);
		event_write(&e, &twice);
		check(sv_eq(buf_view(&once), buf_view(&twice)));
		check(event_kind_name(e.kind) != NULL && postfix_daemon_name(e.via) != NULL);
		check(postfix_saw_name(e.saw) != NULL && smtp_stage_name(e.stage) != NULL);
	}
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
