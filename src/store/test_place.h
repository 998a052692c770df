/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_TEST_PLACE_H
#define CAROM_STORE_TEST_PLACE_H

/* A folder with a store in it, for the tests of the store. */

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

struct place {
	char dir[64], path[80];
};

static inline void
place_new(struct place *p)
{
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/carom-store-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/db", p->dir);
}

static inline void
place_done(struct place *p)
{
	static const char *const tails[] = { "", "-wal", "-shm" };

	for (int i = 0; i < 3; i++) {
		char path[96];

		(void)snprintf(path, sizeof(path), "%s%s", p->path, tails[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(p->dir), 0);
}

static inline struct store *
open_at(const struct place *p, bool hash_only)
{
	struct store_options opt = {
		.path = p->path, .create = true, .hash_only = hash_only, .key = { 7, 8 }
	};
	struct store *s = NULL;
	struct why why = { 0 };

	assert_int_equal(store_open(&opt, &s, &why), ERR_OK);
	return s;
}

#endif
