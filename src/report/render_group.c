/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"
#include "report/private.h"
#include "report/render_private.h"

#include <inttypes.h>

/* The part of the text about one provider. */

#define SPARK_CELLS   24
#define REASONS_SHOWN 6
#define DOUBTS_SHOWN  5

static void
field(const struct render *r, struct buf *b, const char *name, const char *text)
{
	buf_fmt(b, "      %-9s ", name);
	text_wrapped(r, b, 16, text);
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
spark(const struct render *r, struct buf *b, const struct trend *t)
{
	buf_char(b, '|');
	trend_print(t, tally_first_us(r->tally), tally_last_us(r->tally), SPARK_CELLS, r->utf8, b);
	buf_char(b, '|');
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
	text_percent(&line, &mine);
	buf_str(&line, " of attempts; all your others together ");
	text_percent(&line, &others);
	if (group_disproportionate(r->tally, g)) {
		if (others.value > 0) {
			buf_fmt(
			    &line, ": %.0f times, out of proportion", mine.value / others.value);
		} else {
			buf_str(&line, ": out of proportion");
		}
		buf_str(b, "    ");
		text_tint(r, b, RED, line.p);
		buf_char(b, '\n');
	} else {
		buf_str(b, "    ");
		text_wrapped(r, b, 4, line.p);
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
	text_tint(r, b, BOLD, x->cause->name);
	buf_fmt(b,
	    "  %" PRIu64 " refusals (%" PRIu64 " rejected, %" PRIu64 " deferred), fault: %s\n",
	    x->n, x->rejected, x->deferred, fault_name(x->verdict.fault));
	buf_str(b, "      ");
	spark(r, b, &x->trend);
	buf_str(b, "  first ");
	text_when(b, x->trend.first_us);
	buf_str(b, ", last ");
	text_when(b, x->trend.last_us);
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

/* Masked names are alike, so each is shown once, with how many stand behind it.  How many were shown. */
static uint64_t
masked_doubts(struct buf *b, const struct group *g)
{
	struct buf names[DOUBTS_SHOWN];
	uint64_t counts[DOUBTS_SHOWN] = { 0 }, shown = 0;
	size_t n = 0;

	for (size_t i = 0; i < g->n_doubt_list; i++) {
		struct buf name;
		size_t at = 0;

		buf_init(&name, 0);
		address_mask(sv_from(g->doubt_list[i]), &name);
		while (at < n && !sv_eq(buf_view(&names[at]), buf_view(&name))) {
			at++;
		}
		if (at == n && n < DOUBTS_SHOWN) {
			names[n++] = name;
		} else {
			buf_done(&name);
		}
		if (at < n) {
			counts[at]++;
			shown++;
		}
	}
	for (size_t i = 0; i < n; i++) {
		buf_fmt(b, "           %s", names[i].p);
		if (counts[i] > 1) {
			buf_fmt(b, " (%" PRIu64 " of that form)", counts[i]);
		}
		buf_char(b, '\n');
		buf_done(&names[i]);
	}
	return shown;
}

static uint64_t
named_doubts(struct buf *b, const struct group *g)
{
	for (size_t i = 0; i < g->n_doubt_list; i++) {
		buf_str(b, "           ");
		buf_printable(b, sv_from(g->doubt_list[i]), 0);
		buf_char(b, '\n');
	}
	return g->n_doubt_list;
}

static void
doubts(const struct render *r, struct buf *b, const struct group *g)
{
	uint64_t shown;
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
	text_tint(r, b, YELLOW, "doubt");
	buf_str(b, "  ");
	text_wrapped(r, b, 11, line.p);
	shown = r->addresses ? named_doubts(b, g) : masked_doubts(b, g);
	if (shown < g->doubts) {
		buf_fmt(b, "           ... and %" PRIu64 " more\n", g->doubts - shown);
	}
	if (!r->addresses) {
		buf_str(b, "           (--show-addresses names them)\n");
	}
	buf_done(&line);
}

void
text_group(const struct render *r, struct buf *b, const struct group *g)
{
	buf_char(b, '\n');
	text_tint(r, b, BOLD, g->name);
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
