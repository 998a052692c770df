/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_CHECK_H
#define CAROM_POSTFIX_CHECK_H

/*
 * The mistakes that people make beside carom: a table of checks over one instance's
 * configuration (postconf.h) and what was seen of the world (live.h).  Pure: the same
 * tables give the same findings.  Words, reasons and fixes are in share/postfix.yaml.
 */

#include "base/arena.h"
#include "base/err.h"
#include "knowledge/finding_text.h"
#include "postfix/live.h"
#include "postfix/postconf.h"

/* clang-format off */
#define POSTFIX_CHECKS(X) \
	X(odd_lines) X(version_old) X(filter_missing) X(filter_other) \
	X(filter_shadowed) X(filter_chroot) X(filter_silent) X(policy_missing) \
	X(policy_default_action) X(policy_timeout) X(policy_late) X(policy_shadowed) \
	X(policy_chroot) X(policy_silent) X(socket_open) X(map_fails_closed) \
	X(map_type_unknown) X(map_absent) X(map_missing) X(map_not_last) \
	X(rung_missing) X(rung_limits) X(retry_missing) X(recipient_limit_one) \
	X(concurrency_one) X(rate_delay_for_all) X(relayhost) X(soft_bounce) \
	X(greeting_5xx) X(lifetime_short) X(deferred_transport) X(reply_filter) \
	X(queue_ids_short)
/* clang-format on */

enum check_id {
#define X(name) CHECK_##name,
	POSTFIX_CHECKS(X)
#undef X
	N_CHECKS
};

struct check_texts {
	struct arena *arena; /* owned */
	struct finding_text of[N_CHECKS];
};

/* Where the two sides meet; see doc/serve.md. */
struct postfix_places {
	const char *status_socket, *policy_socket;
	const char *map; /* with its type: "hash:/var/lib/carom/maps/transport" */
};

struct finding_row {
	enum check_id id;
	char *about;  /* owned: a parameter, a service, a path; printable */
	char *detail; /* owned: the value, or what was seen; printable */
};

struct checks {
	struct finding_row *rows; /* owned */
	size_t n, room;
};

#define CHECK_ROWS_MAX 200

/* In the order of the table.  `live` may be NULL: nothing was looked at but the settings. */
void postfix_check(const struct postconf *c, const struct postfix_places *at,
    const struct live *live, struct checks *out);
void checks_done(struct checks *c);

/* What the file that Postfix reads has behind its name: ".db" for hash; "" if nothing. */
const char *map_ending(struct sv type);
const char *check_name(enum check_id id);
enum err check_texts_load(const char *path, struct check_texts **out, struct why *why);
void check_texts_free(struct check_texts **t);

#endif
