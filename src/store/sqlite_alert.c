/* SPDX-License-Identifier: Apache-2.0 */

/* Alerts, and what was published in the DNS. */

#include "store/listing.h"
#include "store/private.h"

/* ---- alerts ---- */

void
store_alert_put(struct store *s, const struct stored_alert *a)
{
	sqlite3_stmt *q = !listing_make_tables(s)
			      ? NULL
			      : listing_prepare(s, "INSERT INTO alert(t_s, kind, subject, says) "
						   "VALUES(?1, ?2, ?3, ?4)");

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, a->t_s);
		bind_text(q, 2, a->kind);
		bind_text(q, 3, a->subject);
		bind_text(q, 4, a->says);
	}
	listing_run(s, q);
}

static int64_t
alerted_s(struct store *s, const struct stored_alert *a)
{
	sqlite3_stmt *q =
	    !listing_has_tables(s)
		? NULL
		: listing_prepare(s, "SELECT max(t_s) FROM alert WHERE kind = ?1 AND subject = ?2");

	if (q == NULL) {
		return 0;
	}
	bind_text(q, 1, a->kind);
	bind_text(q, 2, a->subject);
	return listing_number(s, q);
}

bool
store_alert_once(struct store *s, const struct stored_alert *a, double again_days)
{
	int64_t before = alerted_s(s, a);

	if (before != 0 && (double)(a->t_s - before) < again_days * 86400) {
		return false;
	}
	store_alert_put(s, a);
	return s->trouble == ERR_OK;
}

void
store_alerts(struct store *s, int64_t since_s, store_alert_row *row, void *context)
{
	sqlite3_stmt *q = !listing_has_tables(s)
			      ? NULL
			      : listing_prepare(s, "SELECT id, t_s, kind, subject, says FROM alert "
						   "WHERE t_s >= ?1 ORDER BY id");

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, since_s);
	}
	while (listing_row(s, q)) {
		const struct stored_alert a = {
			.id = (uint64_t)sqlite3_column_int64(q, 0),
			.t_s = sqlite3_column_int64(q, 1),
			.kind = column_text(q, 2),
			.subject = column_text(q, 3),
			.says = column_text(q, 4),
		};

		if (!row(context, &a)) {
			break;
		}
	}
	(void)sqlite3_finalize(q);
}

/* ---- what was published ---- */

static int64_t
last_value(struct store *s, struct sv kind, struct sv name, struct buf *value)
{
	sqlite3_stmt *q =
	    listing_prepare(s, "SELECT first_s, value FROM published WHERE kind = ?1 AND name = ?2"
			       " ORDER BY first_s DESC LIMIT 1");
	int64_t first = 0;

	if (q != NULL) {
		bind_text(q, 1, kind);
		bind_text(q, 2, name);
	}
	if (listing_row(s, q)) {
		first = sqlite3_column_int64(q, 0);
		buf_sv(value, column_text(q, 1));
	}
	(void)sqlite3_finalize(q);
	return first;
}

bool
store_record_seen(struct store *s, const struct stored_record *r, struct buf *old_out)
{
	size_t before = old_out->n;
	int64_t first = listing_make_tables(s) ? last_value(s, r->kind, r->name, old_out) : 0;
	bool same =
	    first != 0 && sv_eq(sv_make(old_out->p + before, old_out->n - before), r->value);
	sqlite3_stmt *q =
	    listing_prepare(s, "INSERT INTO published(kind, name, first_s, last_s, domain, value)"
			       " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
			       " last_s = excluded.last_s, value = excluded.value");

	if (q != NULL) {
		bind_text(q, 1, r->kind);
		bind_text(q, 2, r->name);
		bind_numbers(q, 3, (int64_t[]){ same ? first : r->last_s, r->last_s }, 2);
		bind_text(q, 5, r->domain);
		bind_text(q, 6, r->value);
	}
	listing_run(s, q);
	return first != 0 && !same && s->trouble == ERR_OK;
}

int64_t
store_record_since(struct store *s, struct sv kind, struct sv name)
{
	struct buf none;
	int64_t first = 0;

	buf_init(&none, 0);
	if (listing_has_tables(s)) {
		first = last_value(s, kind, name, &none);
	}
	buf_done(&none);
	return first;
}
