/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as an input: syslog, journal export or JSON, packed or not, from a file
 * in memory.  Whatever comes out lies in order, and the end is an end or has a reason.
 */

#include "base/civil.h"
#include "source/reader.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(struct reader *r)
{
	struct record rec;
	const struct why *why;
	uint64_t last = 0;
	size_t n = 0;

	/* A few packed bytes can hold millions of lines. */
	while (n < 10000 && reader_next(r, &rec)) {
		check(rec.offset >= last);
		check(rec.whole.n <= LINES_MAX && rec.message.n <= LINES_MAX);
		check(!rec.headed || rec.tag.n > 0);
		last = rec.offset;
		n++;
	}
	if (reader_problem(r, &why) != ERR_OK) {
		check(why->text[0] != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];
	struct reader r;
	struct why why = { 0 };

	if (fd < 0) {
		fd = memfd_create("source_fuzz", MFD_CLOEXEC);
		check(fd >= 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	check(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	if (reader_open(&r, path, 0, INT64_C(1600000000) * US_PER_SECOND, &why) != ERR_OK) {
		check(why.text[0] != '\0');
		return 0;
	}
	read_all(&r);
	reader_close(&r);
	return 0;
}
