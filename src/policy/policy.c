/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/num.h"
#include "policy/private.h"

#include <stddef.h>

#define ARENA_MAX ((size_t)4 * 1024 * 1024)

struct parameter {
	const char *name;
	size_t offset; /* in struct policies */
	double low, high;
	bool whole; /* an unsigned; else a double */
};

#define S(member) offsetof(struct policies, detect.member)

static const struct parameter of_detect[] = {
	{ "kappa", S(kappa), 1, 100, false },
	{ "kappa_stream", S(kappa_stream), 1, 100, false },
	{ "kappa_campaign", S(kappa_campaign), 1, 100, false },
	{ "campaign_cap", S(campaign_cap), 0.0, 1, false },
	{ "campaign_strength", S(campaign_strength), 1, 1e+06, false },
	{ "floor", S(floor), 1e-06, 0.3, false },
	{ "clamp", S(clamp), 0.1, 100, false },
	{ "ratio_unknown", S(ratio_unknown), 1.1, 100, false },
	{ "ratio", S(ratio), 1.1, 100, false },
	{ "a_provider", S(a_provider), 1, 1e+12, false },
	{ "a_mx", S(a_mx), 1, 1e+12, false },
	{ "a_sender", S(a_sender), 1, 1e+12, false },
	{ "a_list", S(a_list), 1, 1e+12, false },
	{ "kappa_list", S(kappa_list), 1, 100, false },
	{ "list_floor", S(list_floor), 1e-06, 0.3, false },
	{ "list_cap", S(list_cap), 0.001, 0.3, false },
	{ "list_ratio", S(list_ratio), 1.1, 100, false },
	{ "temp_floor", S(temp_floor), 1e-06, 0.3, false },
	{ "margin", S(margin), 0.0, 100, false },
	{ "min_recipients", S(min_recipients), 1, 4, true },
	{ "beta", S(beta), 1e-12, 0.5, false },
	{ "reopen_gain", S(reopen_gain), 0.0, 20, false },
	{ "domain_cap", S(domain_cap), 1, 1e+06, true },
	{ "strength", S(strength), 1, 1e+06, false },
	{ "half_life_days", S(half_life_days), 0.1, 3650, false },
	{ "learn_delay_events", S(learn_delay_events), 1, 1e+09, false },
	{ "learn_delay_s", S(learn_delay_s), 0.0, 1e+07, false },
	{ "learn_at_once", S(learn_at_once), 0.0, 1e+09, false },
	{ "purge_gain", S(purge_gain), 0.1, 100, false },
	{ "purge_gain_daily", S(purge_gain_daily), 0.0, 100, false },
	{ "purge_min_s", S(purge_min_s), 0.0, 1e+08, false },
	{ "purge_after_s", S(purge_after_s), 3600, 1e+08, false },
	{ "move_gain", S(move_gain), 0.1, 100, false },
	{ "move_after_s", S(move_after_s), 3600, 1e+08, false },
	{ "purge_share", S(purge_share), 0.0, 1, false },
	{ "close_min_s", S(close_min_s), 0.0, 1e+06, false },
	{ "amend_p", S(amend_p), 0.5, 1, false },
};

#define R(member) offsetof(struct policies, recipients.member)

static const struct parameter of_recipients[] = {
	{ "good_days", R(good_days), 1, 36500, false },
	{ "rest_days", R(rest_days), 0.0, 3650, false },
	{ "rest_confirm_hours", R(rest_confirm_hours), 0.0, 87600, false },
	{ "hard_count", R(hard_count), 1, 1000, false },
	{ "full_count", R(full_count), 1, 1000, false },
	{ "full_days", R(full_days), 0.0, 3650, false },
	{ "soft_count", R(soft_count), 1, 1000, false },
	{ "soft_days", R(soft_days), 0.0, 3650, false },
};

#define P(member) offsetof(struct policies, pace.member)

static const struct parameter of_pace[] = {
	{ "ceiling_connections", P(ceiling_connections), 1, 1000, false },
	{ "floor_delay_s", P(floor_delay_s), 1, 3600, false },
	{ "down_factor", P(down_factor), 0.05, 0.95, false },
	{ "down_every_s", P(down_every_s), 1, 86400, false },
	{ "down_refusals", P(down_refusals), 1, 1e+06, false },
	{ "down_share", P(down_share), 0.0, 1, false },
	{ "up_every_s", P(up_every_s), 1, 864000, false },
	{ "up_every_max_s", P(up_every_max_s), 1, 864000, false },
	{ "up_again_s", P(up_again_s), 1, 864000, false },
	{ "up_accepted", P(up_accepted), 1, 1e+06, false },
	{ "up_connections", P(up_connections), 1, 100, false },
	{ "up_rate", P(up_rate), 0.001, 100, false },
	{ "pause_refusals", P(pause_refusals), 1, 1e+06, false },
	{ "pause_s", P(pause_s), 1, 86400, false },
	{ "pause_factor", P(pause_factor), 1, 100, false },
	{ "pause_max_s", P(pause_max_s), 1, 864000, false },
	{ "probes", P(probes), 1, 1000, false },
	{ "probe_delay_s", P(probe_delay_s), 0.1, 3600, false },
	{ "refused_wait_s", P(refused_wait_s), 0.0, 60, false },
};

#define I(member) offsetof(struct policies, incidents.member)

static const struct parameter of_incidents[] = {
	{ "hold_s", I(hold_s), 1800, 864000,
	    false }, /* the detector says it again each half hour */
	{ "mix_half_refusals", I(mix_half_refusals), 1, 1e+06, false },
	{ "own_fault_providers", I(own_fault_providers), 2, 1e+06, false },
};

#define K(member) offsetof(struct policies, keep.member)

static const struct parameter of_keep[] = {
	{ "events_days", K(events_days), 30, 36500, false },
	{ "minutes_days", K(minutes_days), 1, 3650, false },
	{ "hours_days", K(hours_days), 1, 36500, false },
};

#define A(member) offsetof(struct policies, alerts.member)

static const struct parameter of_alerts[] = {
	{ "source_messages", A(source_messages), 1, 1e+09, false },
	{ "sources_most", A(sources_most), 1, 1000, false },
	{ "daily_days", A(daily_days), 2, 3650, false },
	{ "daily_share", A(daily_share), 0.1, 1, false },
	{ "silent_days", A(silent_days), 1, 3650, false },
	{ "key_days", A(key_days), 1, 36500, false },
	{ "again_days", A(again_days), 0.0, 36500, false },
};

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define PARAMETERS_MAX COUNT(of_detect) /* of a section */
_Static_assert(COUNT(of_recipients) <= PARAMETERS_MAX, "room for the larger section");
_Static_assert(COUNT(of_pace) <= PARAMETERS_MAX, "room for the larger section");

struct reading {
	struct yaml *y;
	struct policies set;
};

/* field is the parameter's own row. */
static bool
read_value(void *context, struct fy_node *n, void *field)
{
	struct reading *r = context;
	const struct parameter *p = field;
	char *at = (char *)&r->set + p->offset;
	struct sv s = { 0 };
	double v;

	if (!yaml_sv(r->y, n, &s)) {
		return false;
	}
	if (!num_decimal(s, &v) || v < p->low || v > p->high ||
	    (p->whole && v != (double)(unsigned)v)) {
		return yaml_fail(r->y, n, "%s: expected a %snumber from %g to %g", p->name,
		    p->whole ? "whole " : "", p->low, p->high);
	}
	if (p->whole) {
		*(unsigned *)(void *)at = (unsigned)v;
	} else {
		*(double *)(void *)at = v;
	}
	return true;
}

/* The offset of a parameter is the number of its row. */
static bool
read_parameter(void *context, struct fy_node *n, void *field)
{
	return policy_read_row(((struct reading *)context)->y, n,
	    &(struct policy_value){ read_value, context, field });
}

static bool
read_section(struct reading *r, struct fy_node *n, const struct parameter *of, size_t count)
{
	struct yaml_key keys[PARAMETERS_MAX];
	struct parameter rows[PARAMETERS_MAX];

	memcpy(rows, of, count * sizeof(rows[0]));
	for (size_t i = 0; i < count; i++) {
		keys[i] =
		    (struct yaml_key){ of[i].name, read_parameter, true, i * sizeof(rows[0]) };
	}
	return yaml_mapping(r->y, n, keys, count, r, rows);
}

static bool
read_detect(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return read_section(context, n, of_detect, COUNT(of_detect));
}

static bool
read_recipients(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return read_section(context, n, of_recipients, COUNT(of_recipients));
}

static bool
read_pace(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return read_section(context, n, of_pace, COUNT(of_pace));
}

static bool
read_incidents(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return read_section(context, n, of_incidents, COUNT(of_incidents));
}

static bool
read_keep(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return read_section(context, n, of_keep, COUNT(of_keep));
}

static bool
read_alerts(void *context, struct fy_node *n, void *field)
{
	(void)field;
	return read_section(context, n, of_alerts, COUNT(of_alerts));
}

static bool
read_door(void *context, struct fy_node *n, void *field)
{
	struct reading *r = context;

	(void)field;
	return policy_read_door(r->y, n, &r->set.door);
}

enum err
policy_read(const char *path, struct sv text, struct policies *out, struct why *why)
{
	static const struct yaml_key keys[] = { { "detect", read_detect, true, 0 },
		{ "recipients", read_recipients, true, 0 }, { "pace", read_pace, true, 0 },
		{ "incidents", read_incidents, true, 0 }, { "keep", read_keep, true, 0 },
		{ "door", read_door, true, 0 }, { "alerts", read_alerts, true, 0 } };
	struct arena *arena = arena_new(ARENA_MAX);
	struct yaml y;
	struct reading r = { .y = &y };
	bool ok = yaml_open(&y, path, text, arena, why) &&
		  yaml_mapping(&y, y.root, keys, COUNT(keys), &r, NULL);

	yaml_close(&y);
	arena_free(&arena);
	if (!ok) {
		return ERR_DATA;
	}
	*out = r.set;
	return ERR_OK;
}

enum err
policy_load(const char *path, struct policies *out, struct why *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, POLICY_FILE_MAX);
	e = file_read(path, &text, why);
	if (e == ERR_OK) {
		e = policy_read(path, buf_view(&text), out, why);
	}
	buf_done(&text);
	return e;
}
