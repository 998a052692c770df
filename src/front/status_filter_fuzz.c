/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as what Postfix asks: an answer is a deferral with our mark, of bounded length. */

#include "base/err.h"
#include "front/status_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sv
provider(void *context, struct sv host, uint32_t now_s)
{
	(void)context;
	(void)now_s;
	return host.n % 2 == 0 ? SV("p") : (struct sv){ 0 };
}

static bool
always(void *context, const struct filter_question *q)
{
	(void)context;
	return q->reply.text.n < 1000000;
}

static void
put(struct answers *a, struct front_row r)
{
	struct buf b;

	buf_init(&b, 0);
	front_row_write(&r, &b);
	check(answers_take(a, buf_view(&b), 1));
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct filter_judge judge = { NULL, provider, always, always };
	struct sv key = sv_make((const char *)data, size);
	struct answers a;
	struct buf out;

	answers_init(&a);
	put(&a, (struct front_row){ .kind = FRONT_CLEAR });
	put(&a, (struct front_row){ .kind = FRONT_HOLD, .id = 1, .text = SV("p") });
	put(&a, (struct front_row){ .kind = FRONT_HOLD, .id = 2, .text = SV("a.b") });
	put(&a, (struct front_row){ .kind = FRONT_WHOLE });
	buf_init(&out, 0);
	if (status_filter(&a, &judge, key, 5, &out)) {
		check(sv_starts(buf_view(&out), SV("4.")));
		check(sv_find(buf_view(&out), SV(" [carom:i")) > 0);
		check(out.n < STATUS_TEXT_MAX + 150);
	} else {
		check(out.n == 0);
	}
	/* What is turned is said to be for good: it does not wait as well. */
	check(!status_filter_of_the_sender(&judge, key, 5) || out.n == 0);
	/* The other parsers of the table get the same bytes. */
	(void)answers_take(&a, key, 2);
	buf_done(&out);
	answers_done(&a);
	return 0;
}
