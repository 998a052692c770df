/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/private.h"

static void
print_text(const char *s, struct buf *out)
{
	buf_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\') {
			buf_char(out, '\\');
		}
		buf_char(out, *s);
	}
	buf_char(out, '"');
}

static void
print_value(const struct settings *s, const struct setting *row, struct buf *out)
{
	const char *at = (const char *)s + row->offset;
	const struct setting_list *list;

	switch (row->kind) {
	case SETTING_BOOL:
		buf_str(out, *(const bool *)at ? "true" : "false");
		return;
	case SETTING_NUMBER:
		buf_fmt(out, "%lld", (long long)*(const int64_t *)(const void *)at);
		return;
	case SETTING_LIST:
	case SETTING_PATHS:
		list = (const struct setting_list *)(const void *)at;
		buf_char(out, '[');
		for (size_t i = 0; i < list->n; i++) {
			buf_str(out, i == 0 ? "" : ", ");
			print_text(list->all[i], out);
		}
		buf_char(out, ']');
		return;
	case SETTING_PATH:
	case SETTING_TEXT:
	default:
		print_text(*(const char *const *)(const void *)at, out);
		return;
	}
}

void
settings_print(const struct settings *s, struct buf *out)
{
	for (size_t i = 0; i < settings_n; i++) {
		const struct setting *row = &settings_table[i];

		buf_fmt(out, "%s# %s", i == 0 ? "" : "\n", row->says);
		if (row->kind == SETTING_NUMBER) {
			buf_fmt(out, " (%s, %lld to %lld)", row->unit, (long long)row->low,
			    (long long)row->high);
		} else if (row->choice != NULL) {
			buf_fmt(out, " (one of: %s)", row->choice);
		}
		buf_fmt(out, "\n%s: ", row->name);
		print_value(s, row, out);
		buf_char(out, '\n');
	}
}
