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

void
store_input_note(struct store *s, uint64_t id, struct buf *out)
{
	sqlite3_stmt *q = store_statement(s, Q_INPUT_NOTE);

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, (int64_t)id);
		if (store_row(s, q, "reading what an input is")) {
			buf_sv(out, column_text(q, 0));
			(void)sqlite3_reset(q);
		}
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

uint32_t
store_name_find(const struct store *s, struct sv text)
{
	uint32_t id = names_get(&s->names, text);

	return id == NAME_NONE ? 0 : id + 1;
}

struct sv
store_name_text(const struct store *s, uint32_t id)
{
	return id == 0 || id > s->names.n ? (struct sv){ 0 } : names_text(&s->names, id - 1);
}

/* ---- recipients ---- */

/*
 * What few recipients have, in one column that most leave empty: 46 bytes, numbers with the
 * low byte first.  doc/store.md has the layout.
 */
struct trouble {
	uint32_t gone_s, complained_s, unsubscribed_s, by_hand_s;
	uint32_t run_s[REFUSAL_KINDS][2];
	uint16_t counts[REFUSAL_KINDS];
} __attribute__((packed));
_Static_assert(sizeof(struct trouble) == 46, "the layout in doc/store.md");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the layout in doc/store.md");

static struct trouble
trouble_of(const struct memory *m)
{
	struct trouble t = { m->run.gone_s, m->complained_s, m->unsubscribed_s, m->by_hand_s,
		{ { 0 } }, { 0 } };

	for (int i = 0; i < REFUSAL_KINDS; i++) {
		t.run_s[i][0] = m->run.runs[i].first_s;
		t.run_s[i][1] = m->run.runs[i].last_s;
		t.counts[i] = m->run.counts[i];
	}
	return t;
}

static void
read_trouble(sqlite3_stmt *q, int at, struct memory *m)
{
	struct trouble t;

	if (sqlite3_column_bytes(q, at) != (int)sizeof(t)) {
		return; /* NULL: there is none */
	}
	memcpy(&t, sqlite3_column_blob(q, at), sizeof(t));
	m->run.gone_s = t.gone_s;
	m->complained_s = t.complained_s;
	m->unsubscribed_s = t.unsubscribed_s;
	m->by_hand_s = t.by_hand_s;
	for (int i = 0; i < REFUSAL_KINDS; i++) {
		m->run.runs[i] = (struct refusal_run){ t.run_s[i][0], t.run_s[i][1] };
		m->run.counts[i] = t.counts[i];
	}
}

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
		    .accepted_s = seconds(q, 6) },
		.state = state >= 0 && state < RECIPIENT_STATES ? (enum recipient_state)state
								: RECIPIENT_NEW,
		.since_s = seconds(q, 3),
		.until_s = seconds(q, 4),
		.decision = (uint64_t)sqlite3_column_int64(q, 5),
	};
	read_trouble(q, 7, m);
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

bool
store_recipient_address(struct store *s, uint64_t hash, struct buf *out)
{
	sqlite3_stmt *q = store_statement(s, Q_RECIPIENT_GET);
	size_t before = out->n;

	if (q == NULL) {
		return false;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)hash);
	if (store_row(s, q, "reading a recipient")) {
		buf_sv(out, column_text(q, 1));
		(void)sqlite3_reset(q);
	}
	return out->n > before;
}

static void
bind_recipient(sqlite3_stmt *q, int at, const struct memory *m)
{
	static const struct trouble none = { 0 };
	struct trouble t = trouble_of(m);

	bind_numbers(q, at,
	    (int64_t[]){ (int64_t)m->run.hash, m->state, m->since_s, m->until_s,
		(int64_t)m->decision, m->run.accepted_s },
	    6);
	if (memcmp(&t, &none, sizeof(t)) == 0) {
		(void)sqlite3_bind_null(q, at + 6);
	} else {
		(void)sqlite3_bind_blob(q, at + 6, &t, (int)sizeof(t), SQLITE_TRANSIENT);
	}
}

void
store_recipient_put(struct store *s, struct sv address, const struct memory *m, bool known)
{
	sqlite3_stmt *q = store_statement(s, known ? Q_RECIPIENT_PUT : Q_RECIPIENT_ADD);

	if (q == NULL) {
		return;
	}
	bind_recipient(q, 1, m);
	if (!known) {
		bind_text(q, 8, s->hash_only ? (struct sv){ 0 } : address);
	}
	store_run(s, q, "writing a recipient");
}

void
store_recipients_add(struct store *s, const struct new_recipient *rows, size_t n)
{
	for (; n >= STORE_TOGETHER; rows += STORE_TOGETHER, n -= STORE_TOGETHER) {
		sqlite3_stmt *q = store_statement(s, Q_RECIPIENTS_ADD);

		if (q == NULL) {
			return;
		}
		for (int i = 0; i < STORE_TOGETHER; i++) {
			bind_recipient(q, 1 + 8 * i, rows[i].m);
			bind_text(q, 8 + 8 * i, s->hash_only ? (struct sv){ 0 } : rows[i].address);
		}
		store_run(s, q, "writing recipients");
	}
	for (size_t i = 0; i < n; i++) {
		store_recipient_put(s, rows[i].address, rows[i].m, false);
	}
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
