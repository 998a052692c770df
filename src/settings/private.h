/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SETTINGS_PRIVATE_H
#define CAROM_SETTINGS_PRIVATE_H

/* Between the table of all settings, what reads them and what prints them. */

#include "settings/settings.h"

#define SETTINGS_MAX 64 /* rows of the table */

enum setting_kind {
	SETTING_PATH, /* absolute */
	SETTING_TEXT, /* may be empty */
	SETTING_BOOL,
	SETTING_NUMBER,
	SETTING_LIST,
	SETTING_PATHS,
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	const char *standard; /* as it stands in a file, without quotes or brackets */
	const char *unit;     /* of a number */
	int64_t low, high;
	const char *choice; /* of a text: "a b c", one of which it is; NULL: any */
	const char *says;
};

extern const struct setting settings_table[];
extern const size_t settings_n;

#endif
