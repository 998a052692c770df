/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"
#include "report/private.h"
#include "report/render_private.h"

#include <inttypes.h>

#define TEMPLATES_SHOWN 8

static bool
wanted(const struct render *r, const struct group *g)
{
	return r->only == NULL ? g->attempts + g->suspended + g->expired > 0
			       : strcmp(r->only, g->name) == 0;
}

static void
headline(const struct render *r, struct buf *b)
{
	const struct group *t = tally_total(r->tally);
	struct share refused = group_refused(t);

	text_tint(r, b, BOLD, "carom analyze");
	if (tally_first_us(r->tally) == TIME_NONE) {
		buf_str(b, ": no delivery was found in this input\n");
		return;
	}
	buf_str(b, "  ");
	text_when(b, tally_first_us(r->tally));
	buf_str(b, " to ");
	text_when(b, tally_last_us(r->tally));
	buf_fmt(b,
	    "\n%" PRIu64 " messages to other hosts, %" PRIu64 " attempts: %" PRIu64
	    " accepted, %" PRIu64 " deferred, %" PRIu64 " rejected; refused ",
	    t->messages, t->attempts, t->accepted, t->deferred, t->rejected);
	text_percent(b, &refused);
	buf_char(b, '\n');
}

static void
first_things(const struct render *r, struct buf *b, struct group *const *groups, size_t n)
{
	unsigned shown = 0;

	for (size_t i = 0; i < n && shown < 3; i++) {
		const struct group *g = groups[i];
		const struct reason_row *x = g->reasons;
		struct buf line;

		if (!wanted(r, g) || g->local || g->n_reasons == 0) {
			continue;
		}
		if (shown++ == 0) {
			buf_char(b, '\n');
			text_tint(r, b, BOLD, "What to do first");
			buf_char(b, '\n');
		}
		buf_init(&line, 0);
		buf_fmt(&line, "%s: %" PRIu64 " refusals, mostly %s (%.0f %%) since ", g->name,
		    g->deferred + g->rejected, x->cause->name,
		    100.0 * (double)x->n / (double)(g->deferred + g->rejected));
		text_when(&line, x->trend.first_us);
		buf_fmt(&line, ", fault: %s. %s", fault_name(x->verdict.fault),
		    verdict_does(&x->verdict));
		if (g->doubts > 0) {
			buf_fmt(&line,
			    " %" PRIu64 " recipients called gone had accepted mail before: see the "
			    "list to doubt.",
			    g->doubts);
		}
		buf_fmt(b, "  %u. ", shown);
		text_wrapped(r, b, 5, line.p);
		buf_done(&line);
	}
}

static void
templates(const struct render *r, struct buf *b)
{
	size_t n;
	const struct template_row *rows = tally_templates(r->tally, &n);
	unsigned shown = 0;

	for (size_t i = 0; i < n && shown < TEMPLATES_SHOWN; i++) {
		const struct template_row *t = &rows[i];
		struct buf command;

		if (r->only != NULL && strcmp(r->only, t->group->name) != 0) {
			continue;
		}
		if (shown++ == 0) {
			buf_char(b, '\n');
			text_tint(r, b, BOLD, "Replies that no rule knows by their words");
			buf_char(b, '\n');
		}
		buf_fmt(b, "  %6" PRIu64 "  ", t->n);
		text_wrapped(r, b, 10, t->shape);
		buf_init(&command, 0);
		buf_str(&command, "carom classify ");
		if (t->host[0] != '\0') {
			buf_fmt(&command, "--host %s ", t->host);
		}
		buf_char(&command, '\'');
		for (const char *c = t->sample; *c != '\0'; c++) { /* quoted for a shell */
			if (*c == '\'') {
				buf_str(&command, "'\\''");
			} else {
				buf_char(&command, *c);
			}
		}
		buf_char(&command, '\'');
		buf_fmt(b, "          %s\n", command.p);
		buf_done(&command);
	}
}

static void
notes(const struct render *r, struct buf *b)
{
	buf_char(b, '\n');
	text_tint(r, b, BOLD, "Input");
	buf_char(b, '\n');
	for (size_t i = 0; i < r->n_notes; i++) {
		const struct input_note *x = &r->notes[i];

		if (x->text != NULL) {
			buf_fmt(b, "  %s: ", x->name);
			text_wrapped(r, b, 4, x->text);
		} else if (x->n > 0) {
			buf_fmt(b, "  %12" PRIu64 "  %s\n", x->n, x->name);
		}
	}
}

void
render_text(const struct render *r, struct buf *out)
{
	size_t n;
	struct group *const *groups = tally_groups(r->tally, &n);
	unsigned shown = 0;
	size_t left = 0;

	headline(r, out);
	first_things(r, out, groups, n);
	for (size_t i = 0; i < n; i++) {
		if (!wanted(r, groups[i])) {
			continue;
		}
		if (shown < r->top || groups[i]->local) {
			shown++;
			text_group(r, out, groups[i]);
		} else {
			left++;
		}
	}
	if (left > 0) {
		buf_fmt(
		    out, "\n%zu more providers; --top %zu shows them all\n", left, left + r->top);
	}
	templates(r, out);
	notes(r, out);
}
