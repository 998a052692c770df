/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_TEST_TEXTS_H
#define CAROM_AUDIT_TEST_TEXTS_H

/* For a group of tests: share/audit.yaml, loaded once. */

#include "audit/selectors.h"
#include "audit/texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static struct audit_texts *texts; /* share/audit.yaml, of the group of tests */

static inline int
load_texts(void **state)
{
	struct why why;

	(void)state;
	if (audit_texts_load(CAROM_SOURCE_DIR "/share/audit.yaml", &texts, &why) != ERR_OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	return 0;
}

static inline int
unload_texts(void **state)
{
	(void)state;
	audit_texts_free(&texts);
	return 0;
}

#endif
