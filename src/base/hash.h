/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_HASH_H
#define CAROM_BASE_HASH_H

/*
 * SipHash-1-3, keyed: for every table whose keys strangers choose (addresses,
 * queue ids, hosts).  The key is drawn once at start by cmd/; tests fix it.
 */

#include "base/sv.h"

/* Wrapping is what a hash does; only clang has a check for it to be told. */
#ifdef __clang__
#define NO_WRAP_CHECK __attribute__((no_sanitize("unsigned-integer-overflow")))
#else
#define NO_WRAP_CHECK
#endif

struct hash_key {
	uint64_t k0, k1;
};

uint64_t hash_sip(const struct hash_key *key, struct sv in);

/* For data of our own only (no stranger chooses it): FNV-1a, 64 bits. */
uint64_t hash_fnv(struct sv s, uint64_t seed);
#define HASH_FNV_START UINT64_C(0xcbf29ce484222325)

#endif
