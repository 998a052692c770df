/* SPDX-License-Identifier: Apache-2.0 */
#include "source/shapes.h"

#include <stdlib.h>

#define SHAPE_BYTES  160
#define SAMPLE_BYTES 240

static bool
word_is_variable(struct sv w)
{
	for (size_t i = 0; i < w.n; i++) {
		if (char_is_digit(w.p[i]) || w.p[i] == '@' || w.p[i] == '<' || w.p[i] == '[') {
			return true;
		}
	}
	return w.n > 32;
}

static void
shape_of(struct sv message, struct buf *out)
{
	struct sv rest = sv_head(message, SHAPE_BYTES * 2);

	while (rest.n > 0 && out->n < SHAPE_BYTES) {
		struct sv word;

		if (!sv_cut(&rest, ' ', &word)) {
			word = rest;
			rest = (struct sv){ 0 };
		}
		buf_str(out, out->n == 0 ? "" : " ");
		if (word_is_variable(word)) {
			buf_char(out, '*');
		} else {
			buf_printable(out, word, 40);
		}
	}
}

void
shapes_add(struct shapes *s, struct sv message, struct sv whole, uint32_t file, uint64_t offset)
{
	struct buf shape;
	struct buf sample;
	uint64_t hash;
	size_t i;

	buf_init(&shape, 0);
	shape_of(message, &shape);
	hash = hash_fnv(buf_view(&shape), HASH_FNV_START);
	for (i = 0; i < s->n && s->hashes[i] != hash; i++) {
	}
	if (i < s->n) {
		s->rows[i].lines++;
	} else if (s->n == LOG_SHAPES_MAX) {
		s->lost++;
	} else {
		buf_init(&sample, 0);
		buf_printable(&sample, whole, SAMPLE_BYTES);
		s->hashes[s->n] = hash;
		s->rows[s->n++] = (struct log_shape){
			.lines = 1,
			.shape = sv_make(mem_dup(shape.p, shape.n), shape.n),
			.sample = sv_make(mem_dup(sample.p, sample.n), sample.n),
			.file = file,
			.offset = offset,
		};
		buf_done(&sample);
	}
	buf_done(&shape);
}

void
shapes_done(struct shapes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)(uintptr_t)s->rows[i].shape.p);
		free((char *)(uintptr_t)s->rows[i].sample.p);
	}
	s->n = 0;
}
