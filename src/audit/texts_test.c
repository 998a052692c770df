/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/texts.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
words_are_complete_or_refused(void **state)
{
	static const char unknown[] =
	    "findings:\n  nonsense: { severity: risk, says: a, why: b, do: c }\n"
	    "selectors: [ a ]\n";
	static const char *const bad[] = { "findings: {}\nselectors: [ a ]\n", "selectors: [ a ]\n",
		unknown, "[" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[] = "/tmp/carom-audit-XXXXXX";
		struct audit_texts *t = NULL;
		int fd = mkstemp(path);
		FILE *f = fdopen(fd, "wb");
		struct why why;

		assert_non_null(f);
		assert_int_equal(fwrite(bad[i], 1, strlen(bad[i]), f), strlen(bad[i]));
		(void)fclose(f);
		assert_int_equal(audit_texts_load(path, &t, &why), ERR_DATA);
		assert_null(t);
		assert_non_null(strstr(why.text, path));
		(void)remove(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_complete_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
