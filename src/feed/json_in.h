/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FEED_JSON_IN_H
#define CAROM_FEED_JSON_IN_H

/*
 * Reads one JSON object (RFC 8259) a line, member by member, without building a
 * tree: for inputs of millions of lines whose members are known by name.  What
 * the caller does not want is skipped, nested or not.  Strings without a
 * backslash are views of the line; others are views of a room of the reader, so
 * all live until the next line.  Bytes are bytes: UTF-8 is not looked at.
 *
 * A refusal leaves `at` on the byte and `expected` on what should have stood there.
 */

#include "base/sv.h"

#define JSON_IN_NESTING_MAX 32

struct json_in {
	const char *start, *p, *end; /* borrowed: the line */
	char *room;                  /* owned: unescaped strings of this line */
	size_t room_n, used;
	size_t at; /* of the refusal: bytes from the start of the line */
	const char *expected;
	bool first;
};

void json_in_init(struct json_in *j);
void json_in_done(struct json_in *j);
/* Begins the object of a line; it must outlive the views. */
bool json_in_open(struct json_in *j, struct sv line);
enum json_in_step {
	JSON_IN_BROKEN,
	JSON_IN_MEMBER, /* its value must be taken or skipped before the next step */
	JSON_IN_END,    /* of the object and of the line */
};
enum json_in_step json_in_member(struct json_in *j, struct sv *name_out);
bool json_in_string(struct json_in *j, struct sv *out);
/* A finite number: exact when it has at most 15 digits. */
bool json_in_number(struct json_in *j, double *out);
/* A whole number from 0 to max. */
bool json_in_u64(struct json_in *j, uint64_t max, uint64_t *out);
bool json_in_skip(struct json_in *j);
/* Always false: `return json_in_refuse(j, p, "a colon")`. */
bool json_in_refuse(struct json_in *j, const char *at, const char *expected);

#endif
