/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_SAY_H
#define CAROM_ROLE_SAY_H

/* Lines for people who look into the journal: `event key=value`, on standard error, printable. */

/* say("engine.begin", "store=%s", path) */
void say(const char *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * What systemd wants to hear (sd_notify(3)): "READY=1", "WATCHDOG=1", "STOPPING=1".  Nothing
 * where $NOTIFY_SOCKET is not set.  Call notify_open once, before the environment is dropped.
 */
void notify_open(void);
void notify(const char *text);

#endif
