/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/answer_bytes.h"

/* Status, aliases, count; then of each record the length and the bytes of data and lengths. */

static void
put_u32(struct buf *out, uint32_t v)
{
	buf_add(out, &v, sizeof(v));
}

static void
put_text(struct buf *out, struct sv s)
{
	put_u32(out, (uint32_t)s.n);
	buf_sv(out, s);
}

void
dns_answer_pack(const struct dns_answer *a, struct buf *out)
{
	put_u32(out, a->status);
	put_u32(out, a->aliases);
	put_u32(out, (uint32_t)a->n);
	for (size_t i = 0; i < a->n; i++) {
		put_text(out, a->records[i].data);
		put_text(out, a->records[i].lengths);
	}
}

static bool
take_u32(struct sv *in, uint32_t *out)
{
	if (in->n < sizeof(*out)) {
		return false;
	}
	memcpy(out, in->p, sizeof(*out));
	*in = sv_from_at(*in, sizeof(*out));
	return true;
}

static bool
take_text(struct sv *in, struct arena *arena, struct sv *out)
{
	uint32_t n;

	if (!take_u32(in, &n) || n > in->n) {
		return false;
	}
	*out = n == 0 ? SV("") : arena_sv(arena, sv_head(*in, n));
	*in = sv_from_at(*in, n);
	return out->p != NULL;
}

bool
dns_answer_unpack(struct sv in, struct arena *arena, struct dns_answer *a)
{
	uint32_t status;
	uint32_t aliases;
	uint32_t n;

	*a = (struct dns_answer){ .status = DNS_BROKEN, .reason = "no answer that can be read" };
	if (!take_u32(&in, &status) || !take_u32(&in, &aliases) || !take_u32(&in, &n) ||
	    status > DNS_BROKEN || n > ANSWER_RECORDS_MAX || (n > 0) != (status == DNS_OK)) {
		return false;
	}
	a->records = arena_alloc(arena, (n + 1) * sizeof(*a->records));
	for (uint32_t i = 0; a->records != NULL && i < n; i++) {
		if (!take_text(&in, arena, &a->records[i].data) ||
		    !take_text(&in, arena, &a->records[i].lengths)) {
			return false;
		}
	}
	if (a->records == NULL || in.n > 0) {
		return false;
	}
	a->n = n;
	a->aliases = aliases;
	a->status = (enum dns_status)status;
	a->reason = a->status < DNS_FAILED ? NULL : dns_status_words(a->status);
	return true;
}
