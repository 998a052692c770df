/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"
#include "report/private.h"
#include "report/render.h"

#include <inttypes.h>
#include <stdio.h>

#define SPARK_CELLS     24
#define REASONS_SHOWN   6
#define DOUBTS_SHOWN    5
#define TEMPLATES_SHOWN 8

#define BOLD   "1"
#define RED    "31"
#define YELLOW "33"

static void
tint(const struct render *r, struct buf *b, const char *code, const char *text)
{
	if (r->colour) {
		buf_fmt(b, "\x1b[%sm%s\x1b[0m", code, text);
	} else {
		buf_str(b, text);
	}
}

/* Wrapped at blanks to the width, every line after the first indented. */
static void
wrapped(const struct render *r, struct buf *b, unsigned indent, const char *text)
{
	struct sv rest = sv_from(text);
	size_t column = indent;
	struct sv word;

	while (rest.n > 0) {
		size_t n;

		if (!sv_cut(&rest, ' ', &word)) {
			word = rest;
			rest = (struct sv){ 0 };
		}
		n = utf8_columns(word);
		if (column > indent && column + 1 + n > r->width) {
			buf_fmt(b, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_char(b, ' ');
			column++;
		}
		buf_sv(b, word);
		column += n;
	}
	buf_char(b, '\n');
}

static void
field(const struct render *r, struct buf *b, const char *name, const char *text)
{
	buf_fmt(b, "      %-9s ", name);
	wrapped(r, b, 16, text);
}

static void
duration(struct buf *b, int64_t us)
{
	double s = (double)us / 1e6;

	if (s < 100) {
		buf_fmt(b, "%.1f s", s);
	} else if (s < 7200) {
		buf_fmt(b, "%.0f min", s / 60);
	} else {
		buf_fmt(b, "%.1f h", s / 3600);
	}
}

static void
when(struct buf *b, int64_t us)
{
	struct civil c = civil_from_us(us);

	buf_fmt(b, "%04d-%02u-%02u %02u:%02u", c.year, c.month, c.day, c.hour, c.minute);
}

static void
spark(const struct render *r, struct buf *b, const struct trend *t)
{
	buf_char(b, '|');
	trend_print(t, tally_first_us(r->tally), tally_last_us(r->tally), SPARK_CELLS, r->utf8, b);
	buf_char(b, '|');
}

/* "38.2 % (36.9-39.6)" */
static void
percent(struct buf *b, const struct share *s)
{
	buf_fmt(b, "%.1f %% (%.1f-%.1f)", 100 * s->value, 100 * s->low, 100 * s->high);
}

static void
proportion(const struct render *r, struct buf *b, const struct group *g)
{
	struct share mine = group_refused(g);
	struct share others = others_refused(r->tally, g);
	struct buf line;

	if (g->local || mine.n == 0) {
		return;
	}
	buf_init(&line, 0);
	buf_str(&line, "refuses ");
	percent(&line, &mine);
	buf_str(&line, " of attempts; all your others together ");
	percent(&line, &others);
	if (group_disproportionate(r->tally, g)) {
		if (others.value > 0) {
			buf_fmt(
			    &line, ": %.0f times, out of proportion", mine.value / others.value);
		} else {
			buf_str(&line, ": out of proportion");
		}
		buf_str(b, "    ");
		tint(r, b, RED, line.p);
		buf_char(b, '\n');
	} else {
		buf_str(b, "    ");
		wrapped(r, b, 4, line.p);
	}
	buf_done(&line);
}

static void
delays(struct buf *b, const struct group *g)
{
	if (g->delay.n == 0) {
		return;
	}
	buf_str(b, "    delay of accepted mail: half within ");
	duration(b, histogram_at(&g->delay, 500));
	buf_str(b, ", 90 % within ");
	duration(b, histogram_at(&g->delay, 900));
	buf_str(b, ", 99 % within ");
	duration(b, histogram_at(&g->delay, 990));
	buf_fmt(b, "; %.2f retries per delivered message\n",
	    (double)g->retries / (double)(g->accepted + g->returned));
}

static void
reason(const struct render *r, struct buf *b, const struct group *g, const struct reason_row *x)
{
	struct buf line;

	buf_init(&line, 0);
	buf_fmt(b, "\n    %5.1f %%  ", 100.0 * (double)x->n / (double)(g->deferred + g->rejected));
	tint(r, b, BOLD, x->cause->name);
	buf_fmt(b,
	    "  %" PRIu64 " refusals (%" PRIu64 " rejected, %" PRIu64 " deferred), fault: %s\n",
	    x->n, x->rejected, x->deferred, fault_name(x->verdict.fault));
	buf_str(b, "      ");
	spark(r, b, &x->trend);
	buf_str(b, "  first ");
	when(b, x->trend.first_us);
	buf_str(b, ", last ");
	when(b, x->trend.last_us);
	buf_char(b, '\n');
	field(r, b, "means", x->says);
	if (x->verdict.disagrees) {
		field(r, b, "beware",
		    x->verdict.lasting == LASTING_TEMPORARY
			? "The code says for ever, but this passes by itself."
			: "The code says try again, but waiting does not cure this.");
	}
	if ((x->verdict.quirks & QUIRK_MAY_BE_FALSE) != 0) {
		field(r, b, "beware", quirk_sentence(QUIRK_MAY_BE_FALSE));
	}
	field(r, b, "do", verdict_does(&x->verdict));
	field(r, b, "sample", x->sample);
	buf_fmt(&line, "%s%s%s", x->rule == NULL ? "none" : x->rule->id,
	    x->host[0] == '\0' ? "" : ", said by ", x->host);
	field(r, b, "rule", line.p);
	buf_done(&line);
}

static void
doubts(const struct render *r, struct buf *b, const struct group *g)
{
	size_t shown = r->addresses ? g->n_doubt_list : DOUBTS_SHOWN;
	struct buf line;

	if (g->doubts == 0) {
		return;
	}
	buf_init(&line, 0);
	buf_fmt(&line,
	    "%" PRIu64 " of %" PRIu64
	    " recipients refused as gone had accepted mail before in this log",
	    g->doubts, g->unknown);
	if (g->came_back > 0) {
		buf_fmt(&line, ", and recipients called gone accepted mail again %" PRIu64 " times",
		    g->came_back);
	}
	buf_str(&line, ": doubt the refusal before you throw them away");
	buf_str(b, "\n    ");
	tint(r, b, YELLOW, "doubt");
	buf_str(b, "  ");
	wrapped(r, b, 11, line.p);
	for (size_t i = 0; i < g->n_doubt_list && i < shown; i++) {
		buf_str(b, "           ");
		if (r->addresses) {
			buf_printable(b, sv_from(g->doubt_list[i]), 0);
		} else {
			address_mask(sv_from(g->doubt_list[i]), b);
		}
		buf_char(b, '\n');
	}
	if (shown < g->doubts) {
		buf_fmt(b, "           ... and %" PRIu64 " more%s\n",
		    g->doubts - (shown < g->n_doubt_list ? shown : g->n_doubt_list),
		    r->addresses ? "" : " (--show-addresses lists them)");
	}
	buf_done(&line);
}

static void
group_text(const struct render *r, struct buf *b, const struct group *g)
{
	buf_char(b, '\n');
	tint(r, b, BOLD, g->name);
	if (g->provider != NULL) {
		buf_fmt(b, "  %s", g->provider->name);
	}
	buf_fmt(b,
	    "\n    %" PRIu64 " messages, %" PRIu64 " attempts: %" PRIu64 " accepted, %" PRIu64
	    " deferred, %" PRIu64 " rejected; %" PRIu64 " expired, %" PRIu64 " suspended\n",
	    g->messages, g->attempts, g->accepted, g->deferred, g->rejected, g->expired,
	    g->suspended);
	if (g->ours > 0) {
		buf_fmt(b,
		    "    %" PRIu64 " deferrals were asked for by carom and are not counted\n",
		    g->ours);
	}
	proportion(r, b, g);
	delays(b, g);
	for (size_t i = 0; i < g->n_reasons && i < REASONS_SHOWN; i++) {
		reason(r, b, g, &g->reasons[i]);
	}
	if (g->n_reasons > REASONS_SHOWN) {
		buf_fmt(b, "\n    ... and %zu more reasons (--json has them all)\n",
		    g->n_reasons - REASONS_SHOWN);
	}
	doubts(r, b, g);
}

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

	tint(r, b, BOLD, "carom analyze");
	if (tally_first_us(r->tally) == TIME_NONE) {
		buf_str(b, ": no delivery was found in this input\n");
		return;
	}
	buf_str(b, "  ");
	when(b, tally_first_us(r->tally));
	buf_str(b, " to ");
	when(b, tally_last_us(r->tally));
	buf_fmt(b,
	    "\n%" PRIu64 " messages to other hosts, %" PRIu64 " attempts: %" PRIu64
	    " accepted, %" PRIu64 " deferred, %" PRIu64 " rejected; refused ",
	    t->messages, t->attempts, t->accepted, t->deferred, t->rejected);
	percent(b, &refused);
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
			tint(r, b, BOLD, "What to do first");
			buf_char(b, '\n');
		}
		buf_init(&line, 0);
		buf_fmt(&line, "%s: %" PRIu64 " refusals, mostly %s (%.0f %%) since ", g->name,
		    g->deferred + g->rejected, x->cause->name,
		    100.0 * (double)x->n / (double)(g->deferred + g->rejected));
		when(&line, x->trend.first_us);
		buf_fmt(&line, ", fault: %s. %s", fault_name(x->verdict.fault),
		    verdict_does(&x->verdict));
		if (g->doubts > 0) {
			buf_fmt(&line,
			    " %" PRIu64 " recipients called gone had accepted mail before: see the "
			    "list to doubt.",
			    g->doubts);
		}
		buf_fmt(b, "  %u. ", shown);
		wrapped(r, b, 5, line.p);
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
			tint(r, b, BOLD, "Replies that no rule knows by their words");
			buf_char(b, '\n');
		}
		buf_fmt(b, "  %6" PRIu64 "  ", t->n);
		wrapped(r, b, 10, t->shape);
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
	tint(r, b, BOLD, "Input");
	buf_char(b, '\n');
	for (size_t i = 0; i < r->n_notes; i++) {
		const struct input_note *x = &r->notes[i];

		if (x->text != NULL) {
			buf_fmt(b, "  %s: ", x->name);
			wrapped(r, b, 4, x->text);
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
			group_text(r, out, groups[i]);
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
