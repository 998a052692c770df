/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "cmd/reports/private.h"
#include "feed/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- CSV ---- */

/* What a spreadsheet would run as a formula gets an apostrophe in front. */
static void
add_cell(struct buf *line, struct sv s)
{
	bool formula = s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL;
	struct buf safe;

	buf_init(&safe, 0);
	buf_str(&safe, formula ? "'" : "");
	buf_sv(&safe, s);
	csv_cell(line, buf_view(&safe));
	buf_done(&safe);
}

static void
csv_row(void *context, const struct sv *cells, size_t n)
{
	struct buf line;

	buf_init(&line, 0);
	for (size_t i = 0; i < n; i++) {
		buf_str(&line, i == 0 ? "" : ",");
		add_cell(&line, cells[i]);
	}
	buf_str(&line, "\r\n"); /* RFC 4180 */
	(void)fwrite(line.p, 1, line.n, context);
	buf_done(&line);
}

#define COLUMNS_MAX 64

static enum err
show_csv(struct reports_store *store, const struct reports_args *args, struct why *why)
{
	struct sv heads[COLUMNS_MAX];
	size_t n;
	const char *const *names = reports_columns(&n);

	check(n <= COLUMNS_MAX);
	for (size_t i = 0; i < n; i++) {
		heads[i] = sv_from(names[i]);
	}
	csv_row(stdout, heads, n);
	return reports_rows(store, &args->range, csv_row, stdout, why);
}

/* ---- views ---- */

static enum err
show_view(const struct reports_made *m, const struct reports_args *args,
    const struct reports_run *run, bool *trouble_out, struct why *why)
{
	bool tty = isatty(1) == 1 && getenv("NO_COLOR") == NULL; // NOLINT(concurrency-mt-unsafe)
	struct view_show show = {
		.input = reports_run_counts(run),
		.top = args->top,
		.colour = strcmp(args->colour, "always") == 0 ||
			  (strcmp(args->colour, "auto") == 0 && tty),
	};
	struct view *v = NULL;
	struct buf out;
	enum err e = reports_view(m->store, m->words, &m->policies.alerts, &args->range, &v, why);

	if (e != ERR_OK) {
		return e;
	}
	show.view = v;
	show.notes = reports_run_notes(run, &show.n_notes, &show.n_notes_left);
	*trouble_out = view_has_trouble(v);
	buf_init(&out, 0);
	if (args->form == FORM_JSON) {
		view_json(&show, &out);
	} else {
		view_text(&show, &out);
	}
	if (fwrite(out.p, 1, out.n, stdout) != out.n) {
		e = why_set(why, ERR_IO, "standard output");
	}
	buf_done(&out);
	view_free(&v);
	return e;
}

/* Without a view, only what went wrong is told. */
static void
complain_notes(const struct reports_run *run)
{
	size_t n;
	size_t left;
	const struct report_note *notes = reports_run_notes(run, &n, &left);

	for (size_t i = 0; i < n; i++) {
		if (notes[i].kind == NOTE_APART_KNOWN) {
			continue;
		}
		cmd_complain("reports", "%.*s: %s: %.*s", SV_ARG(notes[i].where),
		    report_note_name(notes[i].kind), SV_ARG(notes[i].text));
	}
	if (left > 0) {
		cmd_complain("reports", "and %zu more files like these", left);
	}
}

int
reports_show(
    const struct reports_made *m, const struct reports_args *args, const struct reports_run *run)
{
	const struct report_input_counts *c = reports_run_counts(run);
	struct why why = { "" };
	bool trouble = false;
	enum err e = ERR_OK;

	if (args->form == FORM_TEXT || args->form == FORM_JSON) {
		e = show_view(m, args, run, &trouble, &why);
	} else {
		complain_notes(run);
		e = args->form == FORM_CSV ? show_csv(m->store, args, &why) : ERR_OK;
	}
	if (e != ERR_OK || fflush(stdout) != 0) {
		cmd_complain("reports", "%s", e != ERR_OK ? why.text : "standard output");
		return EXIT_BROKEN;
	}
	if (c->damaged + c->nothing > 0) {
		return EXIT_INPUT_PROBLEM;
	}
	return trouble || c->apart > 0 ? EXIT_TROUBLE : EXIT_FINE;
}
