/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include "mail/postfix_private.h"

/* "to=<address>, relay=..., status=sent (...)": what became of one recipient. */

/* ---- key=value, separated by ", " ---- */

bool
postfix_bracketed_take(struct sv *s, struct sv *out)
{
	struct sv t = *s;
	ptrdiff_t end;

	if (!sv_take(&t, SV("<"))) {
		return false;
	}
	end = sv_find(t, SV(">, "));
	if (end < 0) {
		if (!sv_drop_tail(&t, SV(">"))) {
			return false;
		}
		*out = t;
		*s = (struct sv){ 0 };
		return true;
	}
	*out = sv_head(t, (size_t)end);
	*s = sv_from_at(t, (size_t)end + 3);
	return true;
}

struct sv
postfix_value_take(struct sv *s)
{
	struct sv v;

	for (size_t i = 0; i + 1 < s->n; i++) {
		const char *comma = memchr(s->p + i, ',', s->n - 1 - i);

		if (comma == NULL) {
			break;
		}
		i = (size_t)(comma - s->p);
		if (comma[1] == ' ') {
			v = sv_head(*s, i);
			*s = sv_from_at(*s, i + 2);
			return v;
		}
	}
	v = *s;
	*s = (struct sv){ 0 };
	return v;
}

/* ---- relay=h[ip]:port ---- */

static void
read_relay(struct sv relay, struct postfix_line *out)
{
	ptrdiff_t open = sv_chr(relay, '[');
	ptrdiff_t close = sv_rfind(relay, SV("]"));
	struct sv port;

	out->relay = relay;
	out->relay_host = out->relay_ip = (struct sv){ 0 }; /* a line may hold relay= twice */
	out->relay_port = 0;
	if (open <= 0 || close < open) {
		return;
	}
	out->relay_host = sv_head(relay, (size_t)open);
	out->relay_ip = sv_from_at(sv_head(relay, (size_t)close), (size_t)open + 1);
	port = sv_from_at(relay, (size_t)close + 1);
	if (sv_take(&port, SV(":"))) {
		(void)num_u32(port, 65535, &out->relay_port);
	}
}

static void
read_delays(struct sv v, struct postfix_line *out)
{
	for (int i = 0; i < 4; i++) {
		struct sv part;

		if (!sv_cut(&v, '/', &part)) {
			part = v;
			v = (struct sv){ 0 };
		}
		if (!num_seconds_us(part, &out->delays_us[i])) {
			out->delays_us[i] = -1;
		}
	}
}

static const struct {
	struct sv word;
	enum postfix_outcome outcome;
} outcomes[] = {
	{ SV_INIT("sent"), POSTFIX_SENT },
	{ SV_INIT("deferred"), POSTFIX_DEFERRED },
	{ SV_INIT("bounced"), POSTFIX_BOUNCED },
	{ SV_INIT("SOFTBOUNCE"), POSTFIX_SOFTBOUNCE },
	{ SV_INIT("deliverable"), POSTFIX_DELIVERABLE },
	{ SV_INIT("undeliverable"), POSTFIX_UNDELIVERABLE },
};

/* "sent (250 2.0.0 Ok)": the text may hold anything, parentheses and cut ends too. */
static bool
read_outcome(struct sv s, struct postfix_line *out)
{
	struct sv word;

	if (!sv_cut(&s, ' ', &word)) {
		word = s;
		s = (struct sv){ 0 };
	}
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (sv_eq(word, outcomes[i].word)) {
			out->outcome = outcomes[i].outcome;
			(void)sv_take(&s, SV("("));
			(void)sv_drop_tail(&s, SV(")"));
			out->reason = s;
			return true;
		}
	}
	return false;
}

static void
read_field(struct sv key, struct sv value, struct postfix_line *out)
{
	if (sv_eq(key, SV("relay"))) {
		read_relay(value, out);
	} else if (sv_eq(key, SV("delay"))) {
		if (!num_seconds_us(value, &out->delay_us)) {
			out->delay_us = -1;
		}
	} else if (sv_eq(key, SV("delays"))) {
		read_delays(value, out);
	} else if (sv_eq(key, SV("dsn"))) {
		(void)status_take(&value, &out->dsn);
	} else if (sv_eq(key, SV("conn_use"))) {
		(void)num_u32(value, UINT32_MAX, &out->conn_use);
	} /* a key that a later Postfix adds is none of our business */
}

bool
postfix_delivery_read(struct sv s, struct postfix_line *out)
{
	if (!postfix_bracketed_take(&s, &out->recipient)) {
		return false;
	}
	if (sv_take(&s, SV("orig_to=")) && !postfix_bracketed_take(&s, &out->orig_to)) {
		return false;
	}
	while (s.n > 0) {
		struct sv key;

		if (sv_take(&s, SV("status="))) {
			out->kind = POSTFIX_DELIVERY;
			return read_outcome(s, out);
		}
		if (!sv_cut(&s, '=', &key) || key.n > 32) {
			return false;
		}
		read_field(key, postfix_value_take(&s), out);
	}
	return false;
}
