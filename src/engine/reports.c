/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/reports.h"

#include "source/report_input.h"

#include <stdlib.h>

#define NOTES_BYTES ((size_t)512 * 1024)

struct reports_run {
	struct reports_store *store;      /* borrowed */
	const struct report_judge *judge; /* borrowed; NULL: none */
	struct arena *arena;              /* owned: of notes */
	struct report_mail mail;          /* around what is read */
	bool in_mail;
	struct report_input_counts counts;
	struct report_note notes[REPORTS_NOTES_MAX];
	size_t n_notes, n_left;
	enum err failed;
	struct why why;
};

/* ---- notes ---- */

static void
add_note(struct reports_run *run, struct sv where, struct sv text, enum report_note_kind kind)
{
	struct report_note n = { .kind = kind };

	n.where = arena_sv(run->arena, sv_head(where, 1024));
	n.text = arena_sv(run->arena, sv_head(text, 1024));
	if (run->n_notes == REPORTS_NOTES_MAX || n.where.p == NULL || n.text.p == NULL) {
		run->n_left++;
		return;
	}
	run->notes[run->n_notes++] = n;
}

/* All kinds of damage of a report in one line. */
static void
note_damage(struct reports_run *run, struct sv where, const struct dmarc_report *r)
{
	struct buf b;

	buf_init(&b, 900);
	for (int k = 0; k < DMARC_FAULTS; k++) {
		const struct dmarc_fault *f = &r->faults[k];

		if (f->count == 0 || !dmarc_fault_damages((enum dmarc_fault_kind)k)) {
			continue;
		}
		buf_str(&b, b.n == 0 ? "" : "; ");
		buf_str(&b, f->first);
		if (f->count > 1) {
			buf_fmt(&b, " (and %llu more like it)", (unsigned long long)f->count - 1);
		}
	}
	add_note(run, where, buf_view(&b), NOTE_DAMAGED);
	buf_done(&b);
}

/* ---- the mail around it ---- */

static void
on_mail(void *context, struct sv where, struct sv mail)
{
	struct reports_run *run = context;

	(void)where;
	run->in_mail = mail.n > 0;
	run->mail = (struct report_mail){ .proof = REPORT_PROOF_UNKNOWN, .by = "" };
	if (run->in_mail && run->judge != NULL) {
		run->judge->mail(run->judge->context, mail, &run->mail);
	}
	reports_in_mail(run->store, run->in_mail ? &run->mail : NULL);
}

/* What is known now that the report says who it is of; used until on_mail() or this again. */
static const struct report_mail *
mail_of(struct reports_run *run, struct sv address, struct sv org, struct report_mail *room)
{
	if (!run->in_mail) {
		return NULL;
	}
	*room = run->mail;
	if (run->judge != NULL) {
		run->judge->names(run->judge->context, room, address, org);
	}
	return room;
}

/* Taken in: is it kept apart? */
static void
note_apart(struct reports_run *run, struct sv where, const struct report_mail *m)
{
	if (m != NULL && m->proof == REPORT_PROOF_FAIL) {
		run->counts.apart++;
		add_note(run, where, sv_from(m->why), NOTE_APART);
	}
}

/* ---- what the input tells ---- */

static bool
on_record(void *context, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	return reports_record(((struct reports_run *)context)->store, r, rec);
}

static void
on_dmarc(void *context, struct sv where, const struct dmarc_report *r)
{
	struct reports_run *run = context;
	enum reports_outcome outcome = REPORTS_NEW;
	struct report_mail room;
	const struct report_mail *m = mail_of(run, r->email, r->org, &room);

	if (run->failed == ERR_OK) {
		reports_in_mail(run->store, m);
		run->failed = reports_dmarc(run->store, r, where, &outcome, &run->why);
		reports_in_mail(run->store, run->in_mail ? &run->mail : NULL);
	}
	if (outcome == REPORTS_DUPLICATE) {
		run->counts.duplicates++;
		return;
	}
	run->counts.dmarc++;
	note_apart(run, where, m);
	if (r->damaged) {
		run->counts.damaged++;
		note_damage(run, where, r);
	}
}

static void
on_tls(void *context, struct sv where, const struct tlsrpt *t)
{
	struct reports_run *run = context;
	enum reports_outcome outcome = REPORTS_NEW;
	struct report_mail room;
	const struct report_mail *m = mail_of(run, t->contact, t->org, &room);

	if (run->failed == ERR_OK) {
		reports_in_mail(run->store, m);
		run->failed = reports_tls(run->store, t, where, &outcome, &run->why);
		reports_in_mail(run->store, run->in_mail ? &run->mail : NULL);
	}
	if (outcome == REPORTS_DUPLICATE) {
		run->counts.duplicates++;
		return;
	}
	run->counts.tls++;
	note_apart(run, where, m);
	if (t->damaged) {
		run->counts.damaged++;
		add_note(run, where, t->problem, NOTE_DAMAGED);
	}
}

static void
on_failure(void *context, struct sv where, const struct auth_failure *f)
{
	struct reports_run *run = context;
	enum reports_outcome outcome = REPORTS_NEW;

	if (run->failed == ERR_OK) {
		run->failed = reports_failure(run->store, f, where, &outcome, &run->why);
	}
	if (outcome == REPORTS_DUPLICATE) {
		run->counts.duplicates++;
		return;
	}
	run->counts.failures++;
	note_apart(run, where, run->in_mail ? &run->mail : NULL);
	if (f->damaged) {
		run->counts.damaged++;
		add_note(run, where, sv_from(f->problem), NOTE_DAMAGED);
	}
}

static void
on_nothing(void *context, struct sv where, const char *why)
{
	struct reports_run *run = context;

	run->counts.nothing++;
	add_note(run, where, sv_from(why), NOTE_NO_REPORT);
	if (run->failed == ERR_OK) {
		run->failed = reports_drop(run->store, &run->why);
	}
}

enum err
reports_run_read(struct reports_run *run, const char *const *paths, size_t n_paths, struct why *why)
{
	const struct report_sink sink = { on_record, on_dmarc, on_tls, on_failure, on_nothing, run,
		on_mail };
	struct report_input *in = report_input_new(&sink);

	for (size_t i = 0; i < n_paths && run->failed == ERR_OK; i++) {
		report_input_path(in, paths[i]);
	}
	report_input_free(&in);
	reports_in_mail(run->store, NULL);
	if (run->failed == ERR_OK) {
		run->failed = reports_commit(run->store, &run->why);
	}
	if (run->failed != ERR_OK && why != NULL) {
		*why = run->why;
	}
	return run->failed;
}

const struct report_input_counts *
reports_run_counts(const struct reports_run *run)
{
	return &run->counts;
}

const struct report_note *
reports_run_notes(const struct reports_run *run, size_t *n_out, size_t *n_left_out)
{
	*n_out = run->n_notes;
	*n_left_out = run->n_left;
	return run->notes;
}

struct reports_run *
reports_run_new(struct reports_store *store, const struct report_judge *judge)
{
	struct reports_run *run = mem_new(1, sizeof(*run));

	run->store = store;
	run->judge = judge;
	run->arena = arena_new(NOTES_BYTES);
	return run;
}

void
reports_run_free(struct reports_run **prun)
{
	if (*prun != NULL) {
		arena_free(&(*prun)->arena);
		free(*prun);
		*prun = NULL;
	}
}

/* ---- the view ---- */

enum err
reports_view(struct reports_store *store, const struct report_words *words,
    const struct alert_policy *policy, const struct reports_range *range, struct view **out,
    struct why *why)
{
	struct reports_range r = *range;
	uint64_t later;
	int32_t last = reports_newest_day(store, &r, &later);
	struct view *v;
	enum err e;

	r.week = last - 6;
	v = view_new(words, policy, last, r.week);
	v->later = later;
	e = reports_domains(store, &r, view_add_domain, v, why);
	e = e == ERR_OK ? reports_sources(store, &r, view_add_source, v, why) : e;
	e = e == ERR_OK ? reports_reporters(store, &r, view_add_reporter, v, why) : e;
	e = e == ERR_OK ? reports_selectors(store, &r, view_add_selector, v, why) : e;
	e = e == ERR_OK ? reports_tls_domains(store, &r, view_add_tls, v, why) : e;
	e = e == ERR_OK ? reports_tls_failures(store, &r, view_add_failure, v, why) : e;
	e = e == ERR_OK ? reports_failed(store, &r, view_add_failed, v, why) : e;
	e = e == ERR_OK ? reports_proofs(store, &r, view_add_proof, v, why) : e;
	e = e == ERR_OK ? reports_apart(store, &r, view_add_apart, v, why) : e;
	if (e != ERR_OK) {
		view_free(&v);
		return e;
	}
	view_finish(v);
	*out = v;
	return ERR_OK;
}
