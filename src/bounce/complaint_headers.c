/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/file.h"
#include "bounce/private.h"
#include "knowledge/yaml.h"

/* share/complaints.yaml: three lists of names of headers. */

#define FILE_MAX ((size_t)1024 * 1024)

static bool
read_names(void *context, struct fy_node *n, void *field)
{
	struct names_list *list = field;

	return yaml_strings(context, n, 1, &list->names, &list->n);
}

static const struct yaml_key keys[] = {
	{ "recipient", read_names, true, offsetof(struct complaint_headers, recipient) },
	{ "return_path", read_names, true, offsetof(struct complaint_headers, return_path) },
	{ "token", read_names, true, offsetof(struct complaint_headers, token) },
};

enum err
complaint_headers_load(struct bounce_forms *f, const char *path, struct why *why)
{
	struct yaml y;
	struct buf text;
	enum err e;
	bool ok;

	buf_init(&text, FILE_MAX);
	e = file_read(path, &text, why);
	if (e == ERR_OK) {
		ok = yaml_open(&y, path, buf_view(&text), f->arena, why) &&
		     yaml_mapping(
			 &y, y.root, keys, sizeof(keys) / sizeof(keys[0]), &y, &f->complaints);
		yaml_close(&y);
		e = ok ? ERR_OK : ERR_DATA;
	}
	buf_done(&text);
	return e;
}
