/* SPDX-License-Identifier: Apache-2.0 */
#include "front/policy_request.h"

#include <stddef.h>

static const struct {
	struct sv name;
	size_t offset;
} fields[] = {
	{ SV_INIT("request"), offsetof(struct policy_request, request) },
	{ SV_INIT("protocol_state"), offsetof(struct policy_request, protocol_state) },
	{ SV_INIT("sender"), offsetof(struct policy_request, sender) },
	{ SV_INIT("recipient"), offsetof(struct policy_request, recipient) },
	{ SV_INIT("sasl_username"), offsetof(struct policy_request, sasl_username) },
	{ SV_INIT("queue_id"), offsetof(struct policy_request, queue_id) },
	{ SV_INIT("instance"), offsetof(struct policy_request, instance) },
};

/* The first of a name counts: nothing behind it can take it back. */
static void
set_field(struct policy_request *r, struct sv name, struct sv value)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct sv *at = (struct sv *)(void *)((char *)r + fields[i].offset);

		if (sv_eq(name, fields[i].name)) {
			*at = at->p == NULL ? value : *at;
			return;
		}
	}
}

enum taken
policy_request_take(struct sv *in, struct policy_request *out)
{
	struct policy_request r = { 0 };
	struct sv s = sv_head(*in, POLICY_REQUEST_MAX);
	size_t room = s.n;
	struct sv line;

	while (sv_cut(&s, '\n', &line)) {
		struct sv name;

		(void)sv_drop_tail(&line, SV("\r"));
		if (line.n == 0) {
			*in = sv_from_at(*in, room - s.n);
			*out = r;
			return TAKEN_ONE;
		}
		if (!sv_cut(&line, '=', &name) || name.n == 0) {
			return TAKEN_BAD;
		}
		set_field(&r, name, line);
	}
	return in->n >= POLICY_REQUEST_MAX ? TAKEN_TOO_BIG : TAKEN_MORE;
}

void
policy_answer(struct buf *out, struct sv action)
{
	buf_str(out, "action=");
	for (size_t i = 0; i < action.n; i++) {
		unsigned char c = (unsigned char)action.p[i];

		buf_char(out, c < ' ' || c == 0x7f ? ' ' : action.p[i]);
	}
	buf_str(out, "\n\n");
}
