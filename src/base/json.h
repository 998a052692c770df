/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_JSON_H
#define CAROM_BASE_JSON_H

/*
 * Writes JSON (RFC 8259) into a buf: commas and nesting are kept track of here,
 * so callers only say what comes.  Strings that are not UTF-8 are written byte
 * by byte as U+00NN, so every line is valid JSON and no byte is lost.
 * Reading JSON is jansson's business.
 */

#include "base/buf.h"

#define JSON_DEPTH_MAX 16

struct json {
	struct buf *out; /* borrowed */
	unsigned depth;
	bool comma[JSON_DEPTH_MAX];
	bool pretty;
};

void json_init(struct json *j, struct buf *out, bool pretty);
/* key is NULL inside arrays and at the top. */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
void json_sv(struct json *j, const char *key, struct sv s);
void json_str(struct json *j, const char *key, const char *s); /* NULL: null */
void json_int(struct json *j, const char *key, int64_t v);
void json_bool(struct json *j, const char *key, bool v);
void json_nothing(struct json *j, const char *key);
/* A number with `digits` decimals; NaN and infinities become null. */
void json_num(struct json *j, const char *key, double v, int digits);

#endif
