/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/num.h"
#include "knowledge/private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- codes and statuses with placeholders ---- */

static bool
read_code(struct loader *l, struct fy_node *n, struct code_range *out)
{
	struct sv s = { 0 };
	uint32_t low;
	size_t digits = 0;

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	while (digits < s.n && char_is_digit(s.p[digits])) {
		digits++;
	}
	if (s.n != 3 || digits == 0 || !num_u32(sv_head(s, digits), 599, &low) || s.p[0] < '2' ||
	    s.p[0] > '5' || !sv_eq(sv_from_at(s, digits), sv_head(SV("xx"), 3 - digits))) {
		return yaml_fail(l->y, n, "expected a reply code such as 550, 55x or 5xx");
	}
	*out = digits == 3 ? (struct code_range){ (uint16_t)low, (uint16_t)low }
	       : digits == 2
		   ? (struct code_range){ (uint16_t)(low * 10), (uint16_t)(low * 10 + 9) }
		   : (struct code_range){ (uint16_t)(low * 100), (uint16_t)(low * 100 + 99) };
	return true;
}

static bool
take_part(struct sv *s, uint16_t *out)
{
	uint32_t v;

	if (sv_take(s, SV("x"))) {
		*out = STATUS_ANY;
		return true;
	}
	if (!num_take_u32(s, 999, &v)) {
		return false;
	}
	*out = (uint16_t)v;
	return true;
}

static bool
read_status(struct loader *l, struct fy_node *n, struct status_glob *out)
{
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	if (!take_part(&s, &out->klass) || !sv_take(&s, SV(".")) || !take_part(&s, &out->subject) ||
	    !sv_take(&s, SV(".")) || !take_part(&s, &out->detail) || s.n > 0) {
		return yaml_fail(
		    l->y, n, "expected an enhanced code such as 5.1.1, x.1.1 or 5.7.x");
	}
	return true;
}

bool
codes_read(struct loader *l, struct fy_node *n, struct rule *r)
{
	struct fy_node *item;
	void *at = NULL;
	int count = fy_node_is_sequence(n) ? fy_node_sequence_item_count(n) : 0;

	if (count == 0) {
		return yaml_fail(l->y, n, "expected a list of reply codes: [550, 4xx]");
	}
	if (r->n_codes != 0) {
		return yaml_fail(l->y, n, "'code' stands in this rule twice");
	}
	r->codes = arena_alloc(l->k->arena, (size_t)count * sizeof(*r->codes));
	check(r->codes != NULL);
	while ((item = fy_node_sequence_iterate(n, &at)) != NULL) {
		if (!read_code(l, item, &r->codes[r->n_codes++])) {
			return false;
		}
	}
	return true;
}

bool
statuses_read(struct loader *l, struct fy_node *n, struct rule *r)
{
	struct fy_node *item;
	void *at = NULL;
	int count = fy_node_is_sequence(n) ? fy_node_sequence_item_count(n) : 0;

	if (count == 0) {
		return yaml_fail(l->y, n, "expected a list of enhanced codes: [5.1.1, 4.7.x]");
	}
	if (r->n_statuses != 0) {
		return yaml_fail(l->y, n, "'status' stands in this rule twice");
	}
	r->statuses = arena_alloc(l->k->arena, (size_t)count * sizeof(*r->statuses));
	check(r->statuses != NULL);
	while ((item = fy_node_sequence_iterate(n, &at)) != NULL) {
		if (!read_status(l, item, &r->statuses[r->n_statuses++])) {
			return false;
		}
	}
	return true;
}

/* ---- when: ---- */

static bool
when_code(void *context, struct fy_node *n, void *object)
{
	struct rule *r = object;

	r->conditions++;
	return codes_read(context, n, r);
}

static bool
when_status(void *context, struct fy_node *n, void *object)
{
	struct rule *r = object;

	r->conditions++;
	return statuses_read(context, n, r);
}

static bool
stage_item(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	enum smtp_stage stage;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	if (!smtp_stage_find(s, &stage)) {
		return yaml_fail(l->y, n,
		    "expected connect, helo, starttls, auth, mail, rcpt, data or end_of_data");
	}
	*(unsigned *)object |= 1u << stage;
	return true;
}

static bool
kind_item(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	enum postfix_saw saw;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	if (!postfix_saw_find(s, &saw)) {
		return yaml_fail(l->y, n,
		    "expected said, refused_to_talk, lost_connection, timed_out, connect_failed,"
		    " dns, tls or local");
	}
	*(unsigned *)object |= 1u << saw;
	return true;
}

static bool
when_stage(void *context, struct fy_node *n, void *object)
{
	struct rule *r = object;

	r->conditions++;
	return yaml_each(((struct loader *)context)->y, n, stage_item, context, &r->stages);
}

static bool
when_kind(void *context, struct fy_node *n, void *object)
{
	struct rule *r = object;

	r->conditions++;
	return yaml_each(((struct loader *)context)->y, n, kind_item, context, &r->saws);
}

bool
when_read(void *context, struct fy_node *n, void *rule)
{
	static const struct yaml_key keys[] = {
		{ "code", when_code, false, 0 },
		{ "status", when_status, false, 0 },
		{ "stage", when_stage, false, 0 },
		{ "kind", when_kind, false, 0 },
	};

	return yaml_mapping(((struct loader *)context)->y, n, keys, COUNT(keys), context, rule);
}

/* ---- bit tokens ---- */

struct flag_draft {
	struct rule *rule;
	const char **digits;
	size_t n_digits;
};

static bool
flags_prefix(void *context, struct fy_node *n, void *object)
{
	return field_string(context, n, &((struct flag_draft *)object)->rule->flag_prefix);
}

static bool
flags_digits(void *context, struct fy_node *n, void *object)
{
	return yaml_strings(((struct loader *)context)->y, n, 1,
	    &((struct flag_draft *)object)->digits, &((struct flag_draft *)object)->n_digits);
}

static bool
flags_bits(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct rule *r = ((struct flag_draft *)object)->rule;
	struct fy_node_pair *pair;
	void *at = NULL;
	int count = fy_node_is_mapping(n) ? fy_node_mapping_item_count(n) : 0;

	if (count == 0) {
		return yaml_fail(
		    l->y, n, "expected a mapping of bits: { 8: \"Cloudmark CSI\", 1: Spamhaus }");
	}
	r->flags = arena_alloc(l->k->arena, (size_t)count * sizeof(*r->flags));
	check(r->flags != NULL);
	while ((pair = fy_node_mapping_iterate(n, &at)) != NULL) {
		int64_t bit;

		if (!yaml_int(l->y, fy_node_pair_key(pair), 1, 1 << 15, &bit) ||
		    !yaml_string(l->y, fy_node_pair_value(pair), &r->flags[r->n_flags].name)) {
			return false;
		}
		if ((bit & (bit - 1)) != 0) {
			return yaml_fail(
			    l->y, fy_node_pair_key(pair), "expected one bit: 1, 2, 4, 8 ...");
		}
		r->flags[r->n_flags++].bit = (unsigned)bit;
	}
	return true;
}

bool
flags_read(struct loader *l, struct fy_node *n, struct rule *r)
{
	static const struct yaml_key keys[] = {
		{ "prefix", flags_prefix, true, 0 },
		{ "digits", flags_digits, true, 0 },
		{ "bits", flags_bits, true, 0 },
	};
	struct flag_draft d = { .rule = r };
	struct buf b;

	if (!yaml_mapping(l->y, n, keys, COUNT(keys), l, &d)) {
		return false;
	}
	buf_init(&b, 256);
	for (size_t i = 0; i < d.n_digits; i++) {
		uint32_t count;

		if (!num_u32(sv_from(d.digits[i]), 16, &count) || count == 0) {
			buf_done(&b);
			return yaml_fail(
			    l->y, n, "expected how many digits the token has, 1 to 16");
		}
		buf_clear(&b);
		buf_fmt(&b, "\\b%s[01]{%u}\\b", r->flag_prefix, count);
		if (!pattern_add(l, r, &(struct pattern_text){ 'r', false, buf_view(&b), n })) {
			buf_done(&b);
			return false;
		}
	}
	buf_done(&b);
	return true;
}
