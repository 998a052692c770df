/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_PRIVATE_H
#define CAROM_REPORT_PRIVATE_H

/* Shared inside report/ only. */

#include "base/err.h"
#include "base/map.h"
#include "report/tally.h"

#include <libpsl.h>

#define MESSAGES_MAX ((size_t)1024 * 1024) /* messages and refused recipients remembered, each */

struct tally {
	const struct knowledge *k; /* borrowed */
	struct hash_key key;
	struct group **groups; /* owned */
	size_t n_groups;
	struct group *local, *others; /* borrowed from groups; NULL until needed */
	struct group total;
	struct map by_host, by_domain; /* keyed hash -> group index */
	struct map by_name;            /* keyed hash of the name -> group index */
	struct map by_message; /* keyed hash of a deferred message's queue id -> group index */
	struct heard *heard, *messages, *refused; /* owned */
	struct template_row *templates;           /* owned */
	uint64_t *template_hashes;                /* owned */
	size_t n_templates;
	struct buf text; /* scratch */
	int64_t first_us, last_us;
	struct tally_limits limits;
};

/* groups.c */
struct group *group_find(struct tally *t, const struct event *e);
/* The message waits there; whose line that gives it up names nobody is found by it. */
void group_waits(struct tally *t, const struct group *g, const struct event *e);
void group_free(struct group *g);

/* reasons.c */
void reason_add(struct tally *t, struct group *g, const struct event *e, const struct verdict *v);
void template_add(
    struct tally *t, const struct group *g, const struct event *e, const struct verdict *v);
void reasons_sort(struct group *g);

/* The reply with its code, printable, addresses masked. */
void masked_reply(const struct reply *r, struct buf *out, size_t max);

#endif
