/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>

enum err
file_read(const char *path, struct buf *out, struct why *why)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	char block[8192];
	bool broken;
	size_t n;

	if (f == NULL) {
		return why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	while (!out->cut && (n = fread(block, 1, sizeof(block), f)) > 0) {
		buf_add(out, block, n);
	}
	broken = ferror(f) != 0;
	if (f != stdin) {
		(void)fclose(f);
	}
	if (broken) {
		return why_set(why, ERR_IO, "%s: cannot be read", path);
	}
	return out->cut
		   ? why_set(why, ERR_TOO_BIG, "%s: is larger than %zu bytes", path, out->limit)
		   : ERR_OK;
}
