/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_HEARD_H
#define CAROM_REPORT_HEARD_H

/*
 * Recipients that accepted mail, as keyed 64-bit hashes in bounded memory: sets of
 * eight; in a full set the oldest is forgotten and counted.  Two different
 * addresses share a hash once in about 10^12 questions.
 */

#include "base/hash.h"

#define HEARD_MAX ((size_t)4 * 1024 * 1024) /* recipients; 32 MiB, touched only as they come */

struct heard;

struct heard *heard_new(size_t max, const struct hash_key *key);
void heard_free(struct heard **h);
/* True if it was not there. */
bool heard_put(struct heard *h, struct sv address);
size_t heard_count(const struct heard *h);
bool heard_has(struct heard *h, struct sv address);
uint64_t heard_forgotten(const struct heard *h);

/* The same by hash, for who asks several that were made with one key. */
uint64_t heard_hash(const struct hash_key *key, struct sv address);
/*
 * heard_put for who does not wait for the answer: the table is fetched from memory
 * meanwhile.  If it was not there, one is added to *count (borrowed; NULL: nobody counts),
 * at heard_settle at the latest.
 */
void heard_note_hash(struct heard *h, uint64_t hash, uint64_t *count);
void heard_settle(struct heard *h);
bool heard_has_hash(const struct heard *h, uint64_t hash);

#endif
