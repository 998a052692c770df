/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as CSV: it comes to an end, and no row has more fields than its limit. */

#include "base/err.h"
#include "feed/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv c;
	size_t rows = 0;
	size_t bytes = 0;

	csv_init(&c, sv_make((const char *)data, size));
	while (csv_next(&c)) {
		check(c.n > 0 && c.n <= CSV_FIELDS_MAX && c.line >= 1 && ++rows <= size);
		for (size_t i = 0; i < c.n; i++) {
			bytes += c.fields[i].n;
		}
	}
	check(c.rest.n == 0 && bytes <= size);
	csv_done(&c);
	return 0;
}
