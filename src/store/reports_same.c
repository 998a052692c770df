/* SPDX-License-Identifier: Apache-2.0 */

/* Which reports are the same, and which of two is kept: the one whose mail says more. */

#include "store/reports_private.h"

void
reports_in_mail(struct reports_store *s, const struct report_mail *m)
{
	s->mail = m;
}

static enum report_proof
proof_of(const struct reports_store *s)
{
	return s->mail == NULL ? REPORT_PROOF_NO_MAIL : s->mail->proof;
}

/* Apart, counted, proven. */
static int
rank_of(enum report_proof p)
{
	return p == REPORT_PROOF_FAIL ? 0 : p == REPORT_PROOF_PASS ? 2 : 1;
}

enum report_proof
reports_proof_of(struct sv name)
{
	for (int p = 0; p < REPORT_PROOFS; p++) {
		if (sv_eq(name, sv_from(report_proof_name((enum report_proof)p)))) {
			return (enum report_proof)p;
		}
	}
	return REPORT_PROOF_UNSAID;
}

enum reports_same
reports_same(struct reports_store *s, const struct report_key *k, uint64_t records,
    uint64_t messages, int64_t *id_out)
{
	sqlite3_stmt *st = s->statement[SQL_FIND_REPORT];
	int mine = rank_of(proof_of(s));
	enum reports_same same = REPORTS_OTHER;
	int there;

	reports_bind_sv(s, SQL_FIND_REPORT, 1, k->rid);
	reports_bind_sv(s, SQL_FIND_REPORT, 2, k->domain);
	reports_bind_int(s, SQL_FIND_REPORT, 3, k->begin_s);
	reports_bind_sv(s, SQL_FIND_REPORT, 4, k->org);
	reports_bind_int(s, SQL_FIND_REPORT, 5, k->end_s);
	reports_bind_sv(s, SQL_FIND_REPORT, 6, k->address);
	reports_bind_sv(s, SQL_FIND_REPORT, 7, k->kind);
	if (reports_step(s, SQL_FIND_REPORT) != SQLITE_ROW) {
		return REPORTS_OTHER;
	}
	*id_out = sqlite3_column_int64(st, 0);
	there = rank_of(reports_proof_of(reports_column(st, 1)));
	if (there >= mine) {
		same = REPORTS_KNOWN;
	} else if (there > 0) {
		same = (uint64_t)sqlite3_column_int64(st, 2) == records &&
			       (uint64_t)sqlite3_column_int64(st, 3) == messages
			   ? REPORTS_PROVEN
			   : REPORTS_BETTER;
	}
	(void)sqlite3_reset(st);
	return same;
}

void
reports_bind_mail(struct reports_store *s, enum reports_statement which, int at)
{
	reports_bind_sv(s, which, at, sv_from(report_proof_name(proof_of(s))));
	reports_bind_sv(s, which, at + 1, sv_from(s->mail == NULL ? "" : s->mail->by));
	reports_bind_sv(s, which, at + 2, sv_from(s->mail == NULL ? "" : s->mail->author));
	reports_bind_sv(s, which, at + 3, sv_from(s->mail == NULL ? "" : s->mail->why));
}

void
reports_prove(struct reports_store *s, int64_t id)
{
	reports_bind_mail(s, SQL_PROVE, 1);
	reports_bind_int(s, SQL_PROVE, 5, id);
	(void)reports_step(s, SQL_PROVE);
}

void
reports_take_out(struct reports_store *s, int64_t id)
{
	for (int which = SQL_DROP_RECORDS_OF; which <= SQL_DROP_REPORT && !s->failed; which++) {
		reports_bind_int(s, (enum reports_statement)which, 1, id);
		(void)reports_step(s, (enum reports_statement)which);
	}
}
