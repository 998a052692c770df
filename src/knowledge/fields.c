/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/private.h"

/* The actions a decision knows; a cause or a rule names one of them. */
static const char *const actions[] = { "suppress", "suppress_after_n", "retry", "pace", "delist",
	"fix_dns", "fix_auth", "fix_config", "fix_content", "contact_postmaster", "complaint",
	"ignore", "review" };

bool
field_string(void *context, struct fy_node *n, void *field)
{
	return yaml_string(((struct loader *)context)->y, n, field);
}

bool
field_remark(void *context, struct fy_node *n, void *field)
{
	const char *remark;

	(void)field;
	return yaml_string(((struct loader *)context)->y, n, &remark);
}

bool
field_date(void *context, struct fy_node *n, void *field)
{
	return yaml_date(((struct loader *)context)->y, n, field);
}

bool
field_bool(void *context, struct fy_node *n, void *field)
{
	return yaml_bool(((struct loader *)context)->y, n, field);
}

bool
field_sources(void *context, struct fy_node *n, void *field)
{
	struct sources *s = field;

	return yaml_strings(((struct loader *)context)->y, n, 1, &s->list, &s->n);
}

bool
field_fault(void *context, struct fy_node *n, void *field)
{
	struct yaml *y = ((struct loader *)context)->y;
	struct sv s = { 0 };

	return yaml_sv(y, n, &s) &&
	       (fault_find(s, field) ||
		   yaml_fail(
		       y, n, "expected recipient, sender, message, provider, network or none"));
}

bool
field_lasting(void *context, struct fy_node *n, void *field)
{
	struct yaml *y = ((struct loader *)context)->y;
	struct sv s = { 0 };

	return yaml_sv(y, n, &s) &&
	       (lasting_find(s, field) ||
		   yaml_fail(y, n, "expected permanent, temporary, by_code or none"));
}

bool
field_action(void *context, struct fy_node *n, void *field)
{
	struct yaml *y = ((struct loader *)context)->y;
	const char **out = field;
	struct sv s = { 0 };

	if (!yaml_sv(y, n, &s)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (sv_eq(s, sv_from(actions[i]))) {
			*out = actions[i];
			return true;
		}
	}
	return yaml_fail(
	    y, n, "'%.*s' is no action; causes.yaml shows them", SV_ARG(sv_head(s, 40)));
}
