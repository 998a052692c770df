/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FEED_JSON_LIST_H
#define CAROM_FEED_JSON_LIST_H

/*
 * Lists as the interfaces of mail services answer them: an array of objects, an object with such
 * arrays somewhere in it, or an object a line.  An object is shown as a row of CSV, its members as
 * the columns: whole numbers as digits, other numbers without their fraction, true, false, null and
 * what is nested as nothing.  Views live until the row is over.
 */

#include "feed/csv.h"

#define JSON_LIST_DEPTH_MAX 8 /* objects that lie deeper are not looked at */

/* An object that is no row (false) is looked into. */
typedef bool json_list_row(void *context, const struct csv *names, const struct csv *values);

bool json_list_is(struct sv text); /* begins as JSON, not as CSV */
/* False: the text is no JSON from line *line_out on; `expected` (of JSON_LIST_WHY bytes) says why. */
#define JSON_LIST_WHY 160
bool json_list_each(
    struct sv text, json_list_row *row, void *context, unsigned *line_out, char *expected);

#endif
