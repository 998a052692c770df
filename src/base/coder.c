/* SPDX-License-Identifier: Apache-2.0 */
#include "base/coder.h"

void
coder_bytes(struct coder *c, void *p, size_t n)
{
	if (!coder_reads(c)) {
		buf_add(c->out, p, n);
		c->bad |= c->out->cut;
		return;
	}
	c->bad |= n > c->in.n;
	if (c->bad) {
		memset(p, 0, n);
		return;
	}
	memcpy(p, c->in.p, n);
	c->in = sv_from_at(c->in, n);
}

void
coder_bool(struct coder *c, bool *v)
{
	uint8_t byte = *v;

	coder_bytes(c, &byte, 1);
	*v = byte != 0;
}

void
coder_count(struct coder *c, size_t *n, size_t most)
{
	uint64_t v = *n;

	coder_bytes(c, &v, sizeof(v));
	if (v > most) {
		c->bad = true;
		v = 0;
	}
	*n = (size_t)v;
}

void
coder_map(struct coder *c, struct map *m, coder_value *value)
{
	size_t n = m->n;

	coder_count(c, &n, UINT32_MAX);
	for (size_t i = 0; i < n && !c->bad; i++) {
		uint64_t key = coder_reads(c) ? 0 : m->keys[i];
		void *v;

		coder_bytes(c, &key, sizeof(key));
		if (c->bad) {
			return;
		}
		v = coder_reads(c) ? map_put(m, key, NULL) : map_at(m, i);
		if (value == NULL) {
			coder_bytes(c, v, m->value_size);
		} else {
			value(c, key, v);
		}
	}
}
