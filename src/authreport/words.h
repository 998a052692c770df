/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTHREPORT_WORDS_H
#define CAROM_AUTHREPORT_WORDS_H

/* Between words.c, which reads share/reports, and words_find.c, which looks things up in it. */

#include "authreport/authreport.h"

struct network {
	unsigned char ip[16];
	size_t ip_bytes; /* 4, 16 */
	unsigned bits;
};

struct report_words {
	struct arena *arena;      /* owned */
	struct service *services; /* in the arena */
	size_t n_services;
	struct tls_words *results; /* in the arena */
	size_t n_results;
	const char **senders; /* in the arena */
	size_t n_senders;
};

#endif
