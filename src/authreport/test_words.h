/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTHREPORT_TEST_WORDS_H
#define CAROM_AUTHREPORT_TEST_WORDS_H

/* For tests: the words of share/reports, and how a group of tests loads them. */

#include "authreport/authreport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static struct report_words *words;

static int
load(void **state)
{
	struct why why = { "" };

	(void)state;
	if (report_words_load(CAROM_SOURCE_DIR "/share", &words, &why) != ERR_OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	report_words_free(&words);
	return 0;
}

#endif
