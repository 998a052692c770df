/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_MONITOR_H
#define CAROM_ROLE_MONITOR_H

/*
 * The part of `carom serve` that looks at what others say of the sender, if the settings ask for
 * it: at its intervals it runs `carom blocklists` and `carom audit` with the store, one at a time,
 * each a process of its own, as cron would.  So no other part waits for the DNS, every rule of
 * those commands holds (rates, test points, keys that are never shown), and what they find is in
 * the store.  Alerts that are new there are told in the log, whoever made them.
 *
 * The first run is a while after the start, so that a service that is restarted again and again
 * asks nobody more often.
 */

#include "settings/settings.h"

#include <uv.h>

#define MONITOR_FIRST_S 300  /* at most, after the start */
#define MONITOR_RUN_S   7200 /* for one command; then it is killed */
#define MONITOR_WORDS   256  /* of one command: addresses and domains over that are left out */
#define MONITOR_ALERTS  100  /* told at once; the rest is counted, and is in the store */

struct monitor;

bool monitor_is_wanted(const struct settings *s);
/* Settings and share are borrowed. */
struct monitor *monitor_new(uv_loop_t *loop, const struct settings *s, const char *share);
void monitor_close(struct monitor **m);
/* NULL: nothing. */
void monitor_tick(struct monitor *m);
/* Counters, for people. */
void monitor_tell(const struct monitor *m);

#endif
