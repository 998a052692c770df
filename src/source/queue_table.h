/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_QUEUE_TABLE_H
#define CAROM_SOURCE_QUEUE_TABLE_H

/*
 * What the other lines said of a message, by instance and queue id, in bounded
 * memory: sets of eight places; when a set is full the oldest message in it is
 * forgotten and counted.  Texts live in a ring that writes over its oldest bytes;
 * a text that was written over is not known any more.
 * Also: how often a recipient of a message was deferred so far.
 */

#include "base/hash.h"
#include "base/sv.h"

struct queue_table;

struct queue_entry {
	uint64_t sender_at, message_id_at; /* positions in the ring */
	uint64_t size_bytes;
	uint32_t stamp;
	uint32_t nrcpt;
	uint16_t sender_n, message_id_n;
	bool has_sender, has_message_id, removed, deferred;
};

struct queue_table *queue_table_new(size_t messages, size_t text_bytes, const struct hash_key *key);
void queue_table_free(struct queue_table **t);
uint64_t queue_hash(const struct queue_table *t, struct sv instance, struct sv queue_id);
/* Fetches from memory what queue_find and queue_put of this hash will look at. */
void queue_prefetch(const struct queue_table *t, uint64_t hash);
/* NULL: not known. */
struct queue_entry *queue_find(struct queue_table *t, uint64_t hash);
/* The entry of a message that begins here or goes on; one that was removed begins anew. */
struct queue_entry *queue_put(struct queue_table *t, uint64_t hash);
void queue_set_sender(struct queue_table *t, struct queue_entry *e, struct sv sender);
void queue_set_message_id(struct queue_table *t, struct queue_entry *e, struct sv id);
/* False: not known, or written over.  Views live until the next set. */
bool queue_sender(const struct queue_table *t, const struct queue_entry *e, struct sv *out);
bool queue_message_id(const struct queue_table *t, const struct queue_entry *e, struct sv *out);
uint64_t queue_forgotten(const struct queue_table *t);

/* Deferrals of one recipient of one message so far; counts one more if `deferred`. */
uint32_t queue_deferrals(
    struct queue_table *t, uint64_t queue_hash, struct sv recipient, bool deferred);

#endif
