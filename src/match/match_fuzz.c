/* SPDX-License-Identifier: Apache-2.0 */

/* The first line is an expression, the rest a text; a small limit makes states be dropped. */

#include "match/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_hit(void *context, unsigned pattern, size_t end)
{
	check(pattern < 2 && end <= *(size_t *)context);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = sv_make((const char *)data, size);
	struct sv regex = text;
	struct match_set *set = match_set_new();
	struct match_scan *scan;
	struct match_error error;

	(void)sv_cut(&text, '\n', &regex);
	if (!match_set_add(set, regex, &error)) {
		check(error.text[0] != '\0' && error.at <= regex.n);
	}
	(void)match_set_add_literal(set, regex, true, &error);
	match_set_finish(set);
	scan = match_scan_new(set, 8192);
	match_scan_run(scan, text, on_hit, &text.n);
	match_scan_free(&scan);
	match_set_free(&set);
	return 0;
}
