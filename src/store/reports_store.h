/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_REPORTS_STORE_H
#define CAROM_STORE_REPORTS_STORE_H

/*
 * Reports of receivers, kept in SQLite: for each DMARC or TLS report what it says and what was
 * wrong with it, and each of its records.  A report counts once: the same organisation, address,
 * id, domain and range are the same report.  Written by one process; read by anybody, also
 * with sqlite3(1): doc/schema/reports.md has the tables.
 *
 * Each says what is known of the mail that it came in.  A report whose mail failed is kept, and is
 * in no sum; it does not stand in the way of the same report by a better way, and one that is
 * proven takes the place of one that is not.
 *
 * Reports are written in transactions of REPORTS_BATCH; reports_commit() ends one.  What was
 * not committed is as if it had never come.  After an error nothing more is written.
 */

#include "base/err.h"
#include "base/hash.h"
#include "fact/auth_source.h"
#include "fact/report_mail.h"
#include "mail/auth_failure.h"
#include "mail/dmarc_report.h"
#include "mail/tlsrpt.h"

#define REPORTS_BATCH          2000  /* reports in a transaction */
#define REPORTS_NAMES_MAX      65536 /* names that are remembered; over that it forgets all */
#define REPORTS_NAME_BYTES_MAX ((size_t)4 * 1024 * 1024) /* the same, in bytes */
#define REPORTS_SOURCES_MAX    20000 /* rows that a view gets, the largest first */

struct reports_store;

/* NULL: a database for this run only, which goes to a temporary file when it grows. */
enum err reports_open(
    const char *path, const struct hash_key *key, struct reports_store **out, struct why *why);
void reports_close(struct reports_store **s);

/* ---- writing ---- */

enum reports_outcome {
	REPORTS_NEW,
	REPORTS_DUPLICATE
};

/* The mail that what follows is in; NULL: a file.  Borrowed until it is called again.  What a
 * mail says of itself may get worse when the report is complete, never better. */
void reports_in_mail(struct reports_store *s, const struct report_mail *m);
/* A record of the report that is being read; false: it is known already, or writing failed. */
bool reports_record(
    struct reports_store *s, const struct dmarc_report *r, const struct dmarc_record *rec);
/* The report is complete; `file` is where it was found. */
enum err reports_dmarc(struct reports_store *s, const struct dmarc_report *r, struct sv file,
    enum reports_outcome *outcome_out, struct why *why);
enum err reports_tls(struct reports_store *s, const struct tlsrpt *t, struct sv file,
    enum reports_outcome *outcome_out, struct why *why);
enum err reports_failure(struct reports_store *s, const struct auth_failure *f, struct sv file,
    enum reports_outcome *outcome_out, struct why *why);
/* Takes back the records of a report that turned out to be none. */
enum err reports_drop(struct reports_store *s, struct why *why);
enum err reports_commit(struct reports_store *s, struct why *why);

/* ---- reading ---- */

struct reports_range {
	const char *domain;   /* NULL: all */
	bool apart;           /* only what is kept apart; else all but that */
	int32_t since, until; /* days; until is not in it */
	int32_t week;         /* the first day of the last week */
};

/* The newest day before `until` that has a report (-1: there is none), and how many reports say
 * to be of later days. */
int32_t reports_newest_day(
    struct reports_store *s, const struct reports_range *range, uint64_t *later_out);

/* Each calls back with rows whose views live until the callback returns. */
enum err reports_domains(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_domain *), void *context, struct why *why);
/* At most REPORTS_SOURCES_MAX, those with most failed messages first, then by messages. */
enum err reports_sources(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_source *), void *context, struct why *why);
enum err reports_reporters(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_reporter *), void *context, struct why *why);
enum err reports_selectors(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_selector *), void *context, struct why *why);
enum err reports_tls_domains(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct tls_domain *), void *context, struct why *why);
enum err reports_tls_failures(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct tls_failure *), void *context, struct why *why);
/* Failure reports by what they say, most incidents first; of all days: they carry no day that
 * can be trusted. */
enum err reports_failed(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_failed *), void *context, struct why *why);
/* Reports by what is known of their mails, whatever `apart` says. */
enum err reports_proofs(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_proof *), void *context, struct why *why);
/* Those kept apart, by who sent them and whom they name, most reports first. */
enum err reports_apart(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_apart *), void *context, struct why *why);
/* Every record with its report, as texts in the order of reports_columns(). */
enum err reports_rows(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct sv *cells, size_t n), void *context, struct why *why);
/* The names of those cells; *n_out of them. */
const char *const *reports_columns(size_t *n_out);

#endif
