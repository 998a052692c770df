/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a line of a log (the first) and a mail (the rest). */

#include "audit/selectors.h"
#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(void *context, struct sv domain, struct sv selector)
{
	(void)context;
	check(domain.n > 0 && selector.n > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *forms[] = { "DKIM-Signature field added (s=<selector>, d=<domain>)",
		"DKIM_SIGNED(<any>){<domain>:s=<selector>;" };
	const struct audit_texts t = { .signers = forms, .n_signers = 2 };
	struct arena *arena = arena_new((size_t)1 << 22);
	struct sv rest = sv_make((const char *)data, size);
	struct sv line = { 0 };
	struct sv domain;
	struct sv selector;

	(void)sv_cut(&rest, '\n', &line);
	if (selector_of_line(&t, line, &domain, &selector)) {
		check(name_is_valid(domain) && name_is_valid(selector));
		check(domain.p >= line.p && domain.p + domain.n <= line.p + line.n);
	}
	selectors_of_mail(rest, arena, look, NULL);
	arena_free(&arena);
	return 0;
}
