/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_LISTING_H
#define CAROM_STORE_LISTING_H

/*
 * What is kept of the outside's opinion: listings on blocklists with since and until, the last
 * health of each list, and alerts.  Tables of their own in the same store, made when they are
 * first written to (STORE_LISTING_TABLES in sqlite_listing.c), so that they are no step of the
 * numbered migrations; a store without them reads as one with nothing in them.
 *
 * Puts belong into a transaction, as those of store.h.  Views in rows live until the row returns.
 */

#include "base/buf.h"
#include "store/store.h"

struct stored_listing {
	struct sv target, zone;
	struct sv says, reason;             /* the code's meaning; the list's own words */
	bool policy;                        /* on the list, but no verdict on the sender */
	int64_t since_s, seen_s, cleared_s; /* cleared_s 0: still there */
};

/* It was seen at l->seen_s.  True: it is new (since_s is then seen_s). */
bool store_listing_seen(struct store *s, const struct stored_listing *l);
/* It is surely not there any more.  True: it was until now. */
bool store_listing_cleared(struct store *s, struct sv target, struct sv zone, int64_t t_s);
/* Since when; 0: it is not known as listed. */
int64_t store_listing_since(struct store *s, struct sv target, struct sv zone);
typedef bool store_listing_row(void *context, const struct stored_listing *l);
void store_listings(struct store *s, store_listing_row *row, void *context);

struct stored_health {
	struct sv zone, says;
	int64_t checked_s;
	bool good;
};
void store_health_put(struct store *s, const struct stored_health *h);
/* When it was last found good; 0: never, or not good the last time. */
int64_t store_health_good_s(struct store *s, struct sv zone);

struct stored_alert {
	uint64_t id; /* when read */
	int64_t t_s;
	struct sv kind, subject, says;
};
void store_alert_put(struct store *s, const struct stored_alert *a);
/* Writes it unless the same kind and subject was told less than so many days before.  True: written. */
bool store_alert_once(struct store *s, const struct stored_alert *a, double again_days);
typedef bool store_alert_row(void *context, const struct stored_alert *a);
/* From since_s on, in the order they came. */
void store_alerts(struct store *s, int64_t since_s, store_alert_row *row, void *context);

/* What was published under a name when it was looked at. */
struct stored_record {
	struct sv domain, kind, name, value;
	int64_t first_s, last_s;
};
/* Writes what is there now.  True: another value stood there before, which is added to old_out. */
bool store_record_seen(struct store *s, const struct stored_record *r, struct buf *old_out);
/* Since when the present value stands there; 0: not known. */
int64_t store_record_since(struct store *s, struct sv kind, struct sv name);

#endif
