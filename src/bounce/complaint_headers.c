/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bounce/private.h"
#include "knowledge/yaml.h"

/* share/complaints.yaml: three lists of names of headers. */

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

	return yaml_file_read(&y, path, f->arena,
	    &(struct yaml_table){ keys, sizeof(keys) / sizeof(keys[0]), &y, &f->complaints }, why);
}
