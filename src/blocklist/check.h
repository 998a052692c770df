/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BLOCKLIST_CHECK_H
#define CAROM_BLOCKLIST_CHECK_H

/*
 * One round over lists and targets, as a plan without a clock or a socket: it says which question
 * is due (never two of a zone closer together than its rate), is told the answers, and knows:
 *   - health first: the test points of RFC 5782 section 5; a zone that lists everything or nothing,
 *     refuses or is silent is suspended, and its targets are unknown;
 *   - a second look before anything is called a listing, and before an answer is missed;
 *   - a zone that refuses in the middle, or is silent SILENT_MAX times, is asked no more;
 *   - the reason (TXT) of what is listed.
 *
 * Times are microseconds of any clock that does not go back.  Texts of the results live as long
 * as the check; it borrows the lists, the keys and the targets.
 */

#include "blocklist/blocklist.h"

#define CHECK_TARGETS_MAX 65536
#define CHECK_SILENT_MAX  8
#define CHECK_REASON_MAX  300

enum list_health {
	HEALTH_ASKING,
	HEALTH_GOOD,
	HEALTH_UNTESTED, /* it has no test points: believed, and said so */
	HEALTH_LISTS_ALL,
	HEALTH_LISTS_NOTHING,
	HEALTH_BROKEN, /* answers outside 127.0.0.0/8 */
	HEALTH_REFUSES,
	HEALTH_SILENT,
	HEALTH_NOT_ASKED, /* dead, private, no key, another holds its data */
	HEALTH_N
};

struct check_zone {
	const struct blocklist *list; /* borrowed */
	const char *key;              /* borrowed; NULL: none.  Secret: never shown */
	enum list_health health;      /* set HEALTH_GOOD beforehand: it was tested today */
	const char *says;             /* why it is suspended or not asked; NULL: it is not */
	uint64_t asked;
};

struct check_item {
	enum listing state;
	const char *says, *reason; /* the code's meaning or why nobody knows; the TXT, printable */
	uint32_t code;
	bool done;
	unsigned char looks;
};

struct list_check;

struct check_options {
	const struct blocklists *lists;
	struct check_zone *zones; /* borrowed, changed */
	size_t n_zones;
	const struct list_target *targets;
	size_t n_targets; /* at most CHECK_TARGETS_MAX */
};

struct list_check *list_check_new(const struct check_options *opt);
void list_check_free(struct list_check **c);

struct check_question {
	uint64_t id;
	enum dns_type type;
	struct sv name; /* holds the key; lives until the next call */
};

enum check_step {
	CHECK_ASK,
	CHECK_WAIT,
	CHECK_DONE
};

/* CHECK_WAIT: nothing is due before *until_us (INT64_MAX: before an answer comes). */
enum check_step list_check_next(
    struct list_check *c, int64_t now_us, struct check_question *out, int64_t *until_us);
void list_check_answer(struct list_check *c, uint64_t id, const struct dns_answer *a);
/* NULL: the zone cannot be asked for such a target. */
const struct check_item *list_check_item(const struct list_check *c, size_t zone, size_t target);

#endif
