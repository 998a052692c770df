/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/dsn.h"

#include "mail/mime.h"

static const struct {
	struct sv name;
	enum dsn_action action;
} actions[] = { { SV_INIT("failed"), DSN_FAILED }, { SV_INIT("failure"), DSN_FAILED },
	{ SV_INIT("delayed"), DSN_DELAYED }, { SV_INIT("deferred"), DSN_DELAYED },
	{ SV_INIT("delivered"), DSN_DELIVERED }, { SV_INIT("deliverable"), DSN_DELIVERED },
	{ SV_INIT("relayed"), DSN_RELAYED }, { SV_INIT("expanded"), DSN_EXPANDED },
	{ SV_INIT("expired"), DSN_FAILED } };

const char *
dsn_action_name(enum dsn_action a)
{
	static const char *const names[] = { "", "failed", "delayed", "delivered", "relayed",
		"expanded" };

	return names[a];
}

static enum dsn_action
action_of(struct sv value)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (sv_istarts(value, actions[i].name)) {
			return actions[i].action;
		}
	}
	return DSN_NO_ACTION;
}

/* What is behind "type;"; the whole where there is no type. */
static struct sv
behind_type(struct sv value, struct sv *type_out)
{
	ptrdiff_t semicolon = sv_chr(value, ';');

	*type_out = (struct sv){ 0 };
	for (ptrdiff_t i = 0; i < semicolon; i++) {
		char c = value.p[i];

		if (!char_is_alnum(c) && strchr("-_/. \t", c) == NULL) {
			return value;
		}
	}
	if (semicolon < 0 || semicolon > 60) {
		return value;
	}
	*type_out = sv_trim(sv_head(value, (size_t)semicolon));
	return sv_trim(sv_from_at(value, (size_t)semicolon + 1));
}

struct sv
dsn_address(struct sv value)
{
	struct sv type;
	struct sv in;
	struct sv head;
	struct sv rest;

	value = behind_type(sv_trim(value), &type);
	if (value.n > 0 && value.p[0] == '|') { /* a program: delivered to by an alias */
		return value;
	}
	in = mime_address(value);
	if (in.n > 0) {
		(void)sv_take(&in, SV("mailto:"));
		return in;
	}
	rest = value;
	if (sv_cut(&rest, '<', &head) && sv_cut(&rest, '>', &head)) {
		return sv_trim(head);
	}
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == ' ' || value.p[i] == '(' || value.p[i] == '>') {
			value.n = i;
		}
	}
	return value;
}

/* "dns; mx.example.com (TCP|...)" -> mx.example.com */
static struct sv
host_of(struct sv value)
{
	struct sv type;

	value = behind_type(value, &type);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == ' ' || value.p[i] == '(' || value.p[i] == ';' ||
		    value.p[i] == '\t') {
			value.n = i;
		}
	}
	if (value.n > 2 && value.p[0] == '[' && value.p[value.n - 1] == ']') {
		value = sv_make(value.p + 1, value.n - 2);
	}
	return value;
}

/* ---- fields ---- */

struct reader {
	struct arena *arena;
	struct dsn *out;
	struct dsn_recipient now;
	struct sv actual; /* X-Actual-Recipient */
	unsigned seen;    /* bits: fields that begin a new group when they come again */
};

static void
on_final(struct reader *r, struct sv v)
{
	struct sv a = dsn_address(v);

	if (a.n > 0) {
		r->now.address = a;
	}
}

static void
on_original(struct reader *r, struct sv v)
{
	r->now.original = dsn_address(v);
}

static void
on_actual(struct reader *r, struct sv v)
{
	r->actual = dsn_address(v);
}

static void
on_action(struct reader *r, struct sv v)
{
	r->now.action = action_of(v);
}

static void
on_status(struct reader *r, struct sv v)
{
	struct sv head;

	if (!status_take(&v, &r->now.status)) {
		r->now.comment = v;
		return;
	}
	v = sv_trim(v);
	if (v.n > 0 && v.p[0] == '(' && sv_cut(&v, '(', &head)) {
		(void)sv_drop_tail(&v, SV(")"));
		r->now.comment = v;
	}
}

static void
on_remote(struct reader *r, struct sv v)
{
	r->now.host = host_of(v);
}

static void
on_diagnostic(struct reader *r, struct sv v)
{
	struct sv type;
	struct sv text = behind_type(v, &type);

	if (r->now.diagnostic.n == 0) {
		r->now.diagnostic = text;
		r->now.diagnostic_smtp = type.n == 0 || sv_ieq(type, SV("smtp"));
	}
}

static void
on_category(struct reader *r, struct sv v)
{
	r->now.category = v;
}

static void
on_reporter(struct reader *r, struct sv v)
{
	r->out->reporter = host_of(v);
}

static const struct {
	struct sv name;
	void (*take)(struct reader *, struct sv);
	unsigned bit; /* of `seen`; 0: may come more than once */
} fields[] = {
	{ SV_INIT("Final-Recipient"), on_final, 1 },
	{ SV_INIT("Original-Recipient"), on_original, 2 },
	{ SV_INIT("X-Actual-Recipient"), on_actual, 4 },
	{ SV_INIT("Action"), on_action, 8 },
	{ SV_INIT("Status"), on_status, 16 },
	{ SV_INIT("Remote-MTA"), on_remote, 32 },
	{ SV_INIT("Diagnostic-Code"), on_diagnostic, 64 },
	{ SV_INIT("Diagnostic code"), on_diagnostic, 64 },
	{ SV_INIT("Recipient address"), on_final, 1 },
	{ SV_INIT("Remote system"), on_remote, 32 },
	{ SV_INIT("X-PowerMTA-BounceCategory"), on_category, 0 },
	{ SV_INIT("Reporting-MTA"), on_reporter, 0 },
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* ---- groups ---- */

/* The same recipient again: what the first did not say is added. */
static bool
merge(struct dsn *out, const struct dsn_recipient *now)
{
	for (size_t i = 0; i < out->n_recipients; i++) {
		struct dsn_recipient *r = &out->recipients[i];

		if (sv_ieq(r->address, now->address)) {
			if (r->diagnostic.n == 0) {
				r->diagnostic = now->diagnostic;
				r->diagnostic_smtp = now->diagnostic_smtp;
			}
			if (r->host.n == 0) {
				r->host = now->host;
			}
			return true;
		}
	}
	return false;
}

static bool
looks_whole(struct sv address)
{
	ptrdiff_t at = sv_rfind(address, SV("@"));

	return at > 0 && sv_chr(sv_from_at(address, (size_t)at), '.') > 0;
}

static void
end_group(struct reader *r)
{
	struct dsn *out = r->out;

	if (!looks_whole(r->now.address) && looks_whole(r->now.original)) {
		r->now.address = r->now.original;
	}
	if (!looks_whole(r->now.address) && looks_whole(r->actual)) {
		r->now.address = r->actual;
	}
	if (r->now.address.n == 0) {
		r->now.address = r->actual;
	}
	if (r->now.address.n > 0 && !merge(out, &r->now)) {
		if (out->n_recipients >= DSN_RECIPIENTS_MAX) {
			out->too_many = true;
		} else {
			out->recipients[out->n_recipients++] = r->now;
		}
	}
	r->now = (struct dsn_recipient){ 0 };
	r->actual = (struct sv){ 0 };
	r->seen = 0;
}

static void
take_field(struct reader *r, struct sv name, struct sv value)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!sv_ieq(name, fields[i].name)) {
			continue;
		}
		if ((r->seen & fields[i].bit) != 0 && fields[i].bit != 4) {
			end_group(r);
		}
		r->seen |= fields[i].bit;
		fields[i].take(r, mime_unfold(value, r->arena));
		return;
	}
	if (sv_iends(name, SV("-Queue-ID")) && sv_istarts(name, SV("X-"))) {
		r->out->queue_id = value;
	} else if (sv_iends(name, SV("-Sender")) && sv_istarts(name, SV("X-"))) {
		r->out->sender = dsn_address(value);
	}
}

/* At most as many groups as there are lines with a recipient. */
static size_t
count_groups(struct sv text)
{
	size_t n = 1;

	for (ptrdiff_t at; n < DSN_RECIPIENTS_MAX && (at = sv_ifind(text, SV("recipient"))) >= 0;
	     n++) {
		text = sv_from_at(text, (size_t)at + 9);
	}
	return n;
}

/* The fields up to the next empty line; false: there is no room for more recipients. */
static bool
read_block(struct reader *r, struct sv block, size_t room)
{
	struct sv name;
	struct sv value;

	while (mime_header_next(&block, &name, &value)) {
		if (r->out->n_recipients == room) {
			r->out->too_many = true;
			return false;
		}
		take_field(r, name, value);
	}
	return true;
}

bool
dsn_read(struct sv text, struct arena *arena, struct dsn *out)
{
	struct reader r = { .arena = arena, .out = out };
	size_t room = count_groups(text);
	bool more = true;

	*out = (struct dsn){ 0 };
	out->recipients = arena_alloc(arena, room * sizeof(*out->recipients));
	if (out->recipients == NULL) {
		return false;
	}
	while (text.n > 0 && more) {
		ptrdiff_t empty = sv_find(text, SV("\n\n"));
		struct sv block = empty < 0 ? text : sv_head(text, (size_t)empty + 1);

		if (text.p[0] != '\n') {
			text = sv_from_at(text, block.n);
			more = read_block(&r, block, room);
			continue;
		}
		/* Some put an empty line between the fields of one recipient. */
		if ((r.seen & 7u) != 0 && (r.seen & 8u) != 0 && (r.seen & (16u | 64u)) != 0) {
			end_group(&r);
		}
		text = sv_from_at(text, 1);
	}
	if (out->n_recipients < room) {
		end_group(&r);
	}
	return out->n_recipients > 0;
}

ptrdiff_t
dsn_find(struct sv text)
{
	static const struct sv starts[] = { SV_INIT("Reporting-MTA:"), SV_INIT("Final-Recipient:"),
		SV_INIT("Original-Recipient:") };
	struct sv rest = text;

	if (sv_ifind(text, SV("-Recipient:")) < 0) {
		return -1;
	}
	while (rest.n > 0) {
		struct sv line;

		if (!sv_cut(&rest, '\n', &line)) {
			line = rest;
			rest = sv_from_at(rest, rest.n);
		}
		for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
			if (sv_istarts(line, starts[i])) {
				return line.p - text.p;
			}
		}
	}
	return -1;
}
