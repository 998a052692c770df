/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum err
why_set(struct why *why, enum err e, const char *fmt, ...)
{
	va_list ap;

	if (why != NULL) {
		va_start(ap, fmt);
		(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
		va_end(ap);
	}
	return e;
}

enum err
why_prefix(struct why *why, enum err e, const char *fmt, ...)
{
	struct why old;
	va_list ap;
	int n;

	if (why == NULL) {
		return e;
	}
	old = *why;
	va_start(ap, fmt);
	n = vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n + 2 < sizeof(why->text)) {
		size_t room = sizeof(why->text) - (size_t)n - 3;

		memcpy(why->text + n, ": ", 2);
		memcpy(why->text + n + 2, old.text, room);
		why->text[sizeof(why->text) - 1] = '\0';
	}
	return e;
}

const char *
why_errno(int errnum)
{
	const char *s = strerrordesc_np(errnum);

	return s == NULL ? "unknown error" : s;
}

_Noreturn void
check_failed(const char *cond, const char *file, int line)
{
	(void)fprintf(
	    stderr, "carom: bug: %s:%d: %s does not hold; please report this\n", file, line, cond);
	abort();
}

static void *
or_die(void *p)
{
	if (p == NULL) {
		(void)fputs("carom: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
mem_new(unsigned long n, unsigned long size)
{
	return or_die(calloc(n == 0 ? 1 : n, size));
}

void *
mem_map(unsigned long n, unsigned long size)
{
	unsigned long bytes = 0;
	void *p = MAP_FAILED;

	if (!__builtin_mul_overflow(n, size, &bytes) && bytes > 0) {
		p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	if (p == MAP_FAILED) {
		return or_die(NULL);
	}
	(void)madvise(p, bytes, MADV_HUGEPAGE); /* a kernel without them has small ones */
	return p;
}

void
mem_unmap(void *p, unsigned long n, unsigned long size)
{
	if (p != NULL) {
		(void)munmap(p, n * size);
	}
}

void *
mem_grow(void *p, unsigned long n, unsigned long size)
{
	return or_die(reallocarray(p, n == 0 ? 1 : n, size));
}

char *
mem_dup(const char *p, unsigned long n)
{
	char *copy = mem_new(n + 1, 1);

	if (n > 0) {
		memcpy(copy, p, n);
	}
	return copy;
}
