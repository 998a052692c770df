/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_JOURNAL_H
#define CAROM_SOURCE_JOURNAL_H

/*
 * Entries of systemd's journal as `journalctl -o export` and `-o json` write
 * them (systemd: "Journal Export Formats", "Journal JSON Format").  Only the
 * fields that a mail log needs are kept: time, host, identifier, pid, message.
 */

#include "base/buf.h"
#include "source/lines.h"

struct journal_entry {
	int64_t time_us;                     /* __REALTIME_TIMESTAMP; 0: none */
	struct sv host, identifier, message; /* borrowed from `text` */
	struct buf text;                     /* owned; reused from entry to entry */
	uint64_t offset;                     /* where the entry began */
};

void journal_init(struct journal_entry *e);
void journal_done(struct journal_entry *e);
/* The next entry of an export stream; false at the end.  Entries without MESSAGE have an empty one. */
bool journal_export_next(struct lines *l, struct journal_entry *e);
/* One line of `-o json`; false if it is no JSON object. */
bool journal_json_read(struct sv line, struct journal_entry *e);

#endif
