/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as an archive: begin and end are paired, and the limits hold. */

#include "source/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct state {
	bool open;
	uint64_t bytes;
} state;

static bool
begin(void *context, struct sv name, struct sv first)
{
	struct state *s = context;

	check(!s->open);
	check(name.n < (size_t)1 << 20);
	s->open = first.n == 0 || first.p[0] != 'x';
	return s->open;
}

static void
bytes(void *context, struct sv b)
{
	struct state *s = context;

	check(s->open && b.n > 0);
	s->bytes += b.n;
}

static void
end(void *context, enum err e, const struct why *why)
{
	struct state *s = context;

	check(s->open);
	check(e == ERR_OK || why->text[0] != '\0');
	s->open = false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct unpack_sink sink = { begin, bytes, end, &state };
	struct why why = { "" };
	enum err e;

	state = (struct state){ 0 };
	e = unpack_bytes(sv_make((const char *)data, size), &sink, &why);
	check(e == ERR_OK || why.text[0] != '\0');
	check(!state.open);
	check(state.bytes <=
	      size + UNPACK_RATIO_FROM + (uint64_t)size * UNPACK_RATIO_MAX + UNPACK_BLOCK);
	return 0;
}
