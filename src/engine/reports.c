/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/reports.h"

#include "source/report_input.h"

#include <stdlib.h>

#define NOTES_BYTES ((size_t)512 * 1024)

struct reports_run {
	struct reports_store *store; /* borrowed */
	struct arena *arena;         /* owned: of notes */
	struct report_input_counts counts;
	struct report_note notes[REPORTS_NOTES_MAX];
	size_t n_notes, n_left;
	enum err failed;
	struct why why;
};

/* ---- notes ---- */

static void
add_note(struct reports_run *run, struct sv where, struct sv text, bool damaged)
{
	struct report_note n = { .damaged = damaged };

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
	add_note(run, where, buf_view(&b), true);
	buf_done(&b);
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

	if (run->failed == ERR_OK) {
		run->failed = reports_dmarc(run->store, r, where, &outcome, &run->why);
	}
	if (outcome == REPORTS_DUPLICATE) {
		run->counts.duplicates++;
		return;
	}
	run->counts.dmarc++;
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

	if (run->failed == ERR_OK) {
		run->failed = reports_tls(run->store, t, where, &outcome, &run->why);
	}
	if (outcome == REPORTS_DUPLICATE) {
		run->counts.duplicates++;
		return;
	}
	run->counts.tls++;
	if (t->damaged) {
		run->counts.damaged++;
		add_note(run, where, t->problem, true);
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
	if (f->damaged) {
		run->counts.damaged++;
		add_note(run, where, sv_from(f->problem), true);
	}
}

static void
on_nothing(void *context, struct sv where, const char *why)
{
	struct reports_run *run = context;

	run->counts.nothing++;
	add_note(run, where, sv_from(why), false);
	if (run->failed == ERR_OK) {
		run->failed = reports_drop(run->store, &run->why);
	}
}

enum err
reports_run_read(struct reports_run *run, const char *const *paths, size_t n_paths, struct why *why)
{
	const struct report_sink sink = { on_record, on_dmarc, on_tls, on_failure, on_nothing,
		run };
	struct report_input *in = report_input_new(&sink);

	for (size_t i = 0; i < n_paths && run->failed == ERR_OK; i++) {
		report_input_path(in, paths[i]);
	}
	report_input_free(&in);
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
reports_run_new(struct reports_store *store)
{
	struct reports_run *run = mem_new(1, sizeof(*run));

	run->store = store;
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
    const struct reports_range *range, struct view **out, struct why *why)
{
	struct reports_range r = *range;
	uint64_t later;
	int32_t last = reports_newest_day(store, r.until, &later);
	struct view *v;
	enum err e;

	r.week = last - 6;
	v = view_new(words, last, r.week);
	v->later = later;
	e = reports_domains(store, &r, view_add_domain, v, why);
	e = e == ERR_OK ? reports_sources(store, &r, view_add_source, v, why) : e;
	e = e == ERR_OK ? reports_reporters(store, &r, view_add_reporter, v, why) : e;
	e = e == ERR_OK ? reports_selectors(store, &r, view_add_selector, v, why) : e;
	e = e == ERR_OK ? reports_tls_domains(store, &r, view_add_tls, v, why) : e;
	e = e == ERR_OK ? reports_tls_failures(store, &r, view_add_failure, v, why) : e;
	e = e == ERR_OK ? reports_failed(store, &r, view_add_failed, v, why) : e;
	if (e != ERR_OK) {
		view_free(&v);
		return e;
	}
	view_finish(v);
	*out = v;
	return ERR_OK;
}
