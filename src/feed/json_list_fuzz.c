/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a list in JSON: as many names as values, and a refusal names a line of it. */

#include "base/err.h"
#include "feed/json_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
row(void *context, const struct csv *names, const struct csv *values)
{
	size_t *bytes = context;

	check(names->n == values->n && names->n <= CSV_FIELDS_MAX && names->line >= 1);
	for (size_t i = 0; i < names->n; i++) {
		for (size_t j = 0; j < values->fields[i].n; j++) {
			*bytes += values->fields[i].p[j] == '@';
		}
		*bytes += names->fields[i].n;
	}
	return names->n > 2;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = sv_make((const char *)data, size);
	char expected[JSON_LIST_WHY] = "";
	unsigned line = 0;
	size_t bytes = 0;

	(void)json_list_is(text);
	if (!json_list_each(text, row, &bytes, &line, expected)) {
		check(line >= 1 && line <= size + 1 && expected[0] != '\0');
	}
	return 0;
}
