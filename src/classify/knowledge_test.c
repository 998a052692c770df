/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs every case of every file under share/: one line of TAP a case.
 */

#include "base/buf.h"
#include "classify/cases.h"

#include <stdio.h>

static void
print_comment(const struct buf *text)
{
	struct sv rest = buf_view(text);
	struct sv line;

	while (sv_cut(&rest, '\n', &line)) {
		printf("# %.*s\n", SV_ARG(line));
	}
}

static size_t
run_all(const struct knowledge *k, struct classifier *classifier)
{
	size_t n;
	size_t failed = 0;
	const struct rule_case *cases = knowledge_cases(k, &n);
	struct verdict v;
	struct buf text;

	buf_init(&text, 0);
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		bool ok = case_run(classifier, &cases[i], &v);

		printf("%sok %zu - %s\n", ok ? "" : "not ", i + 1, cases[i].rule->id);
		if (!ok) {
			failed++;
			buf_clear(&text);
			case_explain(&cases[i], &v, &text);
			print_comment(&text);
		}
	}
	buf_done(&text);
	return failed;
}

int
main(int argc, char **argv)
{
	const struct knowledge_options opt = {
		.share = argc > 1 ? argv[1] : CAROM_SOURCE_DIR "/share",
	};
	struct knowledge *k = NULL;
	struct classifier *classifier = NULL;
	struct why why;
	size_t failed;

	if (knowledge_load(&opt, &k, &why) != ERR_OK ||
	    classifier_new(k, &classifier, &why) != ERR_OK) {
		printf("1..1\nnot ok 1 - the knowledge loads\n%s\n", why.text);
		knowledge_free(&k);
		return 1;
	}
	failed = run_all(k, classifier);
	classifier_free(&classifier);
	knowledge_free(&k);
	return failed == 0 ? 0 : 1;
}
