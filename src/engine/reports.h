/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_REPORTS_H
#define CAROM_ENGINE_REPORTS_H

/*
 * `carom reports` in order: input, store, view.  Counts what came and keeps a note of what was
 * damaged or was no report.
 */

#include "authreport/authreport.h"
#include "store/reports_store.h"

#define REPORTS_NOTES_MAX 200 /* notes that are kept; the rest is counted */

struct reports_run;

/* Who tells whether the mail around a report is what it says to be. */
struct report_judge {
	void (*mail)(void *context, struct sv mail, struct report_mail *out);
	/* The report is read: does it name who sent the mail? */
	void (*names)(void *context, struct report_mail *m, struct sv address, struct sv org);
	void *context;
};

/* judge NULL: nobody looks at mails, and none is proven.  Both are borrowed. */
struct reports_run *reports_run_new(struct reports_store *store, const struct report_judge *judge);
void reports_run_free(struct reports_run **run);
/* Reads files and folders into the store and commits. */
enum err reports_run_read(
    struct reports_run *run, const char *const *paths, size_t n_paths, struct why *why);
const struct report_input_counts *reports_run_counts(const struct reports_run *run);
/* n_left_out: how many are not in the list. */
const struct report_note *reports_run_notes(
    const struct reports_run *run, size_t *n_out, size_t *n_left_out);

/* Asks the store for all that a view has.  The week ends with the range, or the newest report. */
enum err reports_view(struct reports_store *store, const struct report_words *words,
    const struct alert_policy *policy, const struct reports_range *range, struct view **out,
    struct why *why);

#endif
