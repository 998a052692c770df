/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/file.h"
#include "knowledge/yaml.h"

enum err
yaml_file_read(struct yaml *y, const char *path, struct arena *arena,
    const struct yaml_table *table, struct why *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, YAML_FILE_MAX);
	e = file_read(path, &text, why);
	if (e == ERR_OK) {
		if (!yaml_open(y, path, buf_view(&text), arena, why) ||
		    !yaml_mapping(
			y, y->root, table->keys, table->n_keys, table->context, table->object) ||
		    y->failed) {
			e = ERR_DATA;
		}
		yaml_close(y);
	}
	buf_done(&text);
	return e;
}
