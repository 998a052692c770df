/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_ERR_H
#define CAROM_BASE_ERR_H

/*
 * What went wrong when the world refused.  Functions that can be refused return
 * `enum err` (0 is ok) and take a `struct why *` last, which may be NULL: a
 * fixed text, written where the failure happened and prefixed on the way up, so
 * that what reaches the person reads "share/rules/a.yaml:12:4: unknown cause ...".
 * Malformed outside text is no error of this kind: such parsers return bool.
 */

enum err {
	ERR_OK = 0,
	ERR_IO, /* the system refused: open, read, write */
	ERR_NOT_FOUND,
	ERR_DATA,    /* bytes that are not what they should be, with the place in why */
	ERR_TOO_BIG, /* a named limit was reached */
	ERR_USAGE,   /* the person asked for something that cannot be */
	ERR_MEMORY,  /* a library ran out of it */
	ERR_INTERRUPTED,
};

#define WHY_MAX 1024

struct why {
	char text[WHY_MAX];
};

/* Sets the text and returns `e`, so that a function can `return why_set(why, ERR_IO, ...)`. */
enum err why_set(struct why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "prefix: " in front of what is there and returns `e`. */
enum err why_prefix(struct why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The system's words for an errno, safe with threads. */
const char *why_errno(int errnum);

/* A bug, not an input: prints the place and aborts; compiled into every build. */
#define check(cond)                                              \
	do {                                                     \
		if (__builtin_expect(!(cond), 0)) {              \
			check_failed(#cond, __FILE__, __LINE__); \
		}                                                \
	} while (0)
_Noreturn void check_failed(const char *cond, const char *file, int line);

/* Memory that is there or the program ends: input sizes are bounded before. */
void *mem_new(unsigned long n, unsigned long size);
/*
 * A large table that is looked into at random, zeroed: on huge pages where the kernel has
 * them (each look into small ones costs a walk through page tables).  Freed with mem_unmap.
 */
void *mem_map(unsigned long n, unsigned long size);
void mem_unmap(void *p, unsigned long n, unsigned long size);
void *mem_grow(void *p, unsigned long n, unsigned long size);
char *mem_dup(const char *p, unsigned long n); /* with a NUL behind it */

/* p[n] with room for one more. */
#define LIST_ROOM(p, n, room)                                      \
	do {                                                       \
		if ((n) == (room)) {                               \
			(room) = (room) == 0 ? 64 : (room)*2;      \
			(p) = mem_grow((p), (room), sizeof(*(p))); \
		}                                                  \
	} while (0)

#endif
