/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a mail: the tree is one, views stay inside, every part can be decoded. */

#include "base/err.h"
#include "mail/batv.h"
#include "mail/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_tree(const struct mime *m)
{
	check(m->n_parts >= 1 && m->n_parts <= MIME_PARTS_MAX);
	check(m->parts[0].parent == -1);
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct mime_part *p = &m->parts[i];

		check(p->depth < MIME_DEPTH_MAX);
		check(i == 0 || (p->parent >= 0 && (size_t)p->parent < i &&
				    p->depth == m->parts[p->parent].depth + 1));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct charsets *charsets;
	struct arena *arena = arena_new((size_t)64 << 20);
	struct mime m;
	struct sv head;
	struct sv name;
	struct sv value;
	int64_t us;
	char room[BATV_ADDRESS_MAX];
	struct sv plain;

	if (charsets == NULL) {
		charsets = charsets_new();
	}
	mime_read(sv_make((const char *)data, size), charsets, arena, &m);
	is_tree(&m);
	for (size_t i = 0; i < m.n_parts; i++) {
		struct sv text = mime_text(&m, &m.parts[i]);

		check(text.n <= MIME_DECODED_MAX * 3 + 16);
		check(mime_html_text(&m, text).n <= text.n + 1);
		head = m.parts[i].head;
		while (mime_header_next(&head, &name, &value)) {
			check(value.n <= MIME_VALUE_MAX);
			(void)mime_words(&m, value);
			(void)mime_date(value, &us);
			check(batv_is(value) || !batv_holds(value, SV("key"), room, &plain));
			(void)mime_param(value, SV("boundary"));
			check(mime_address(value).n <= value.n);
		}
	}
	arena_free(&arena);
	return 0;
}
