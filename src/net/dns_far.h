/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_NET_DNS_FAR_H
#define CAROM_NET_DNS_FAR_H

/*
 * The keys of DKIM for a process that has given up its network: a second process asks.  It is
 * started before the first hostile byte is read, and knows nothing but the questions: TXT at
 * names with a label "_domainkey", at most DNS_FAR_QUESTIONS_MAX, one after the other.  So who
 * takes over the reading process can ask for keys, and no more.
 *
 * When DNS_FAR_SILENT_MAX questions in a row were not answered, or the second process is lost,
 * the rest is DNS_SILENT at once: reading must not take hours because a resolver is down.
 */

#include "net/dns.h"

#define DNS_FAR_QUESTIONS_MAX 5000
#define DNS_FAR_SILENT_MAX    3

struct dns_far;

/* Starts the process.  Of the options, `deadline_ms` is not looked at: tries times timeout is. */
enum err dns_far_start(const struct dns_options *opt, struct dns_far **out, struct why *why);
/* Answers everything that the book wants; other questions than those above are DNS_FAILED. */
void dns_far_answer(struct dns_far *f, struct book *book);
/* Ends it. */
void dns_far_stop(struct dns_far **f);

#endif
