/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

/* ---- inputs ---- */

uint64_t
store_input_done(struct store *s, uint64_t id)
{
	sqlite3_stmt *q = store_statement(s, Q_INPUT_GET);
	uint64_t done = 0;

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, (int64_t)id);
		if (store_row(s, q, "reading how far an input was read")) {
			done = (uint64_t)sqlite3_column_int64(q, 0);
			(void)sqlite3_reset(q);
		}
	}
	return done;
}

void
store_input_put(struct store *s, uint64_t id, const char *path, uint64_t done)
{
	sqlite3_stmt *q = store_statement(s, Q_INPUT_PUT);

	if (q != NULL) {
		bind_numbers(q, 1, (int64_t[]){ (int64_t)id, (int64_t)done }, 2);
		bind_text(q, 3, sv_from(path));
		store_run(s, q, "writing how far an input was read");
	}
}

/* ---- names ---- */

uint32_t
store_name(struct store *s, struct sv text)
{
	size_t before = s->names.n;
	uint32_t id;
	sqlite3_stmt *q;

	if (text.n == 0) {
		return 0;
	}
	id = names_put(&s->names, text);
	check(id != NAME_NONE);
	q = s->names.n > before ? store_statement(s, Q_NAME_ADD) : NULL;
	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, (int64_t)id + 1);
		bind_text(q, 2, text);
		store_run(s, q, "writing a name");
	}
	return id + 1;
}

struct sv
store_name_text(const struct store *s, uint32_t id)
{
	return id == 0 || id > s->names.n ? (struct sv){ 0 } : names_text(&s->names, id - 1);
}

/* ---- recipients ---- */

static uint32_t
seconds(sqlite3_stmt *q, int at)
{
	return (uint32_t)sqlite3_column_int64(q, at);
}

static void
read_recipient(sqlite3_stmt *q, struct memory *m)
{
	int64_t state = sqlite3_column_int64(q, 2);

	*m = (struct memory){
		.run = { .hash = (uint64_t)sqlite3_column_int64(q, 0),
		    .accepted_s = seconds(q, 6),
		    .gone_s = seconds(q, 7) },
		.state = state >= 0 && state < RECIPIENT_STATES ? (enum recipient_state)state
								: RECIPIENT_NEW,
		.since_s = seconds(q, 3),
		.until_s = seconds(q, 4),
		.decision = (uint64_t)sqlite3_column_int64(q, 5),
		.complained_s = seconds(q, 17),
		.unsubscribed_s = seconds(q, 18),
		.by_hand_s = seconds(q, 19),
	};
	for (int i = 0; i < REFUSAL_KINDS; i++) {
		m->run.runs[i] =
		    (struct refusal_run){ seconds(q, 8 + i * 3), seconds(q, 9 + i * 3) };
		m->run.counts[i] = (uint16_t)sqlite3_column_int(q, 10 + i * 3);
	}
}

bool
store_recipient_get(struct store *s, uint64_t hash, struct memory *out)
{
	sqlite3_stmt *q = store_statement(s, Q_RECIPIENT_GET);

	*out = (struct memory){ .run = { .hash = hash } };
	if (q == NULL) {
		return false;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)hash);
	if (!store_row(s, q, "reading a recipient")) {
		return false;
	}
	read_recipient(q, out);
	(void)sqlite3_reset(q);
	return true;
}

void
store_recipient_put(struct store *s, struct sv address, const struct memory *m)
{
	sqlite3_stmt *q = store_statement(s, Q_RECIPIENT_PUT);
	const struct recipient *r = &m->run;

	if (q == NULL) {
		return;
	}
	bind_numbers(q, 1,
	    (int64_t[]){ (int64_t)r->hash, m->state, m->since_s, m->until_s, (int64_t)m->decision,
		r->accepted_s, r->gone_s, r->runs[0].first_s, r->runs[0].last_s, r->counts[0],
		r->runs[1].first_s, r->runs[1].last_s, r->counts[1], r->runs[2].first_s,
		r->runs[2].last_s, r->counts[2], m->complained_s, m->unsubscribed_s, m->by_hand_s },
	    19);
	bind_text(q, 20, s->hash_only ? (struct sv){ 0 } : address);
	store_run(s, q, "writing a recipient");
}

void
store_recipients(struct store *s, unsigned states, store_recipient_row *row, void *context)
{
	sqlite3_stmt *q = store_statement(s, Q_RECIPIENTS);
	bool partial = (states & 7u) == 0; /* then the index of the states from 3 up serves */

	if (q == NULL) {
		return;
	}
	bind_numbers(q, 1, (int64_t[]){ partial ? 3 : 0, states }, 2);
	while (store_row(s, q, "reading the recipients")) {
		struct memory m;

		read_recipient(q, &m);
		if (!row(context, column_text(q, 1), &m)) {
			(void)sqlite3_reset(q);
			return;
		}
	}
}
