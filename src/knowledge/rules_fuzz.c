/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a file of share/rules and of share/providers: refused with a reason, or loaded. */

#include "knowledge/private.h"

static const char causes[] = "causes:\n"
			     "  undetermined: { group: g, scope: none, fault: none, lasting: "
			     "by_code, action: review, says: S, do: D }\n"
			     "  no_such_user: { group: g, scope: recipient, fault: recipient, "
			     "lasting: permanent, action: suppress,"
			     " says: S, do: D, suppressible: true }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void); // NOLINT(bugprone-reserved-identifier)

/*
 * libfyaml 0.7 loses a buffer of a quoted scalar that has many '' in it: once, when a
 * file is loaded, some KB.  A document that we forget shows in the tests under ASan.
 */
const char *
__lsan_default_suppressions(void) // NOLINT(bugprone-reserved-identifier)
{
	return "leak:libfyaml.so\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct knowledge_file first = { "causes.yaml", "causes.yaml", causes_read };
	const struct knowledge_file rules = { "rules/x.yaml", "rules/x.yaml", neutral_read };
	const struct knowledge_file provider = { "providers/x.yaml", "providers/x.yaml",
		provider_read };
	struct knowledge *k = knowledge_empty();
	struct sv text = sv_make((const char *)data, size);
	struct why why = { "" };

	check(knowledge_text(k, &first, SV(causes), &why) == ERR_OK);
	if (size > 0 && data[0] == 'p') {
		(void)knowledge_text(k, &provider, text, &why);
	} else if (knowledge_text(k, &rules, text, &why) == ERR_OK) {
		(void)rules_finish(k, &why);
	} else {
		check(why.text[0] != '\0');
	}
	knowledge_free(&k);
	return 0;
}
