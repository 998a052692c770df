/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/cases.h"

void
case_question(const struct rule_case *c, struct question *out)
{
	question_from_text(c->reply, out);
	out->time_us = c->time_us;
	if (c->host.n > 0) {
		out->host = c->host;
	}
	if (c->recipient.n > 0) {
		out->domain = address_domain(c->recipient);
	}
	if (c->stage != STAGE_NONE) {
		out->stage = c->stage;
	}
}

static const char *
wanted_rule(const struct rule_case *c)
{
	return c->expect_rule != NULL ? c->expect_rule : c->rule->id;
}

/* A case that names another rule and no cause leaves the cause to that rule. */
static const char *
wanted_cause(const struct rule_case *c)
{
	return c->expect_cause != NULL  ? c->expect_cause
	       : c->expect_rule != NULL ? NULL
					: c->rule->cause->name;
}

bool
case_run(struct classifier *classifier, const struct rule_case *c, struct verdict *out)
{
	struct question q;
	const char *cause = wanted_cause(c);

	case_question(c, &q);
	classify(classifier, &q, out);
	return out->rule != NULL && strcmp(out->rule->id, wanted_rule(c)) == 0 &&
	       (cause == NULL || strcmp(out->cause->name, cause) == 0) &&
	       (c->expect_suppress < 0 || out->suppress == (c->expect_suppress != 0)) &&
	       (c->expect_lasting == LASTING_NONE || out->lasting == c->expect_lasting) &&
	       (c->expect_provider == NULL ||
		   (out->provider != NULL && strcmp(out->provider->id, c->expect_provider) == 0));
}

void
case_explain(const struct rule_case *c, const struct verdict *got, struct buf *out)
{
	const char *cause = wanted_cause(c);

	buf_fmt(out, "%s:%d: the case of rule %s\n", c->rule->file, c->line, c->rule->id);
	buf_str(out, "  reply: ");
	buf_printable(out, c->reply, 200);
	buf_fmt(out, "\n  want:  rule %s, cause %s", wanted_rule(c),
	    cause == NULL ? "of that rule" : cause);
	if (c->expect_suppress >= 0) {
		buf_fmt(out, ", suppress %s", c->expect_suppress != 0 ? "true" : "false");
	}
	if (c->expect_lasting != LASTING_NONE) {
		buf_fmt(out, ", %s", lasting_name(c->expect_lasting));
	}
	if (c->expect_provider != NULL) {
		buf_fmt(out, ", provider %s", c->expect_provider);
	}
	buf_fmt(out, "\n  got:   rule %s, cause %s, suppress %s, %s, provider %s\n",
	    got->rule == NULL ? "none" : got->rule->id, got->cause->name,
	    got->suppress ? "true" : "false", lasting_name(got->lasting),
	    got->provider == NULL ? "none" : got->provider->id);
}
