/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/num.h"
#include "gen_mail.h"

#include <getopt.h>
#include <stdlib.h>

/*
 * gen_log: a Postfix log that looks real and is the same every time.
 *
 * The mix with default options, in lines (gen_log --describe measures it):
 *   smtpd connect, disconnect  9.4 %    delivery status=sent       15.7 %
 *   smtpd client=, pickup     13.6 %    delivery status=deferred    1.0 %
 *   cleanup message-id=       14.1 %    delivery status=bounced     0.4 %
 *   qmgr queue active         15.0 %    bounce notification         0.4 %
 *   qmgr removed              14.1 %    qmgr status=expired         0.1 %
 *   smtp TLS, refused to talk  4.8 %    anvil, scache, warnings     5.4 %
 *   other programs             6.1 %    151 bytes a line, 7.3 lines a message
 *
 * Messages overlap: about --messages-in-flight are between their first line and
 * "removed" at any time, most for two seconds, some through retries for hours.
 * Queue ids are long ones.  Writing is a few hundred MB/s, so that a reader is
 * not measured against its input.
 */

struct options {
	uint64_t bytes, seed, in_flight;
	int64_t start_us;
	bool iso, sample, describe;
};

enum {
	DESCRIBE_BYTES = 1 << 30
};

static const char usage[] =
    "usage: gen_log [--bytes 1G] [--seed N] [--start 2020-09-21] [--format classic|iso]\n"
    "               [--messages-in-flight N] [--scenario bulk|sample] [--describe]\n"
    "Writes a Postfix log to standard output.  The sample scenario has its own dates and length.\n";

static const struct option long_options[] = {
	{ "bytes", required_argument, NULL, 'b' },
	{ "seed", required_argument, NULL, 's' },
	{ "start", required_argument, NULL, 't' },
	{ "format", required_argument, NULL, 'f' },
	{ "messages-in-flight", required_argument, NULL, 'm' },
	{ "scenario", required_argument, NULL, 'c' },
	{ "describe", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* "10", "64M", "1G": powers of 1024. */
static bool
size_read(struct sv s, uint64_t *out)
{
	unsigned shift = sv_drop_tail(&s, SV("G")) ? 30 : sv_drop_tail(&s, SV("M")) ? 20 : 0;

	if (shift == 0 && sv_drop_tail(&s, SV("K"))) {
		shift = 10;
	}
	if (!num_u64(s, UINT64_MAX >> shift, out)) {
		return false;
	}
	*out <<= shift;
	return true;
}

static bool
word_is(struct sv s, struct sv yes, struct sv no, bool *out)
{
	*out = sv_eq(s, yes);
	return *out || sv_eq(s, no);
}

static bool
option_take(struct options *o, int letter, struct sv value)
{
	switch (letter) {
	case 'b':
		return size_read(value, &o->bytes);
	case 's':
		return num_u64(value, UINT64_MAX, &o->seed);
	case 't':
		return civil_take_iso(value, &o->start_us) && o->start_us >= 0;
	case 'f':
		return word_is(value, SV("iso"), SV("classic"), &o->iso);
	case 'm':
		return num_u64(value, 1000000, &o->in_flight) && o->in_flight > 0;
	case 'c':
		return word_is(value, SV("sample"), SV("bulk"), &o->sample);
	case 'd':
		o->describe = true;
		return true;
	default:
		return false;
	}
}

/* Nothing is written; the lines are counted. */
static void
describe(const struct gen *g)
{
	uint64_t lines = 0;

	for (unsigned k = 0; k < LINE_KINDS; k++) {
		lines += g->lines[k];
	}
	for (unsigned k = 0; k < LINE_KINDS; k++) {
		printf("%-34s %5.1f %% of lines  %5.1f %% of bytes\n",
		    line_kind_name((enum line_kind)k), 100.0 * (double)g->lines[k] / (double)lines,
		    100.0 * (double)g->bytes[k] / (double)g->out.total);
	}
	printf("%.0f bytes a line, %.2f lines a message, %.0f messages in flight on average\n",
	    (double)g->out.total / (double)lines, (double)lines / (double)g->messages,
	    g->in_flight_us / (double)(g->now_us - SAMPLE_START));
}

static int
run(const struct options *o)
{
	struct gen *g =
	    gen_new(o->seed, o->sample ? SAMPLE_START : o->start_us, (uint32_t)o->in_flight);
	struct order *plan = NULL;
	size_t n;
	bool broken;

	g->stamp.iso = o->iso;
	g->limit_bytes = o->bytes;
	g->out.fd = o->describe ? -1 : 1;
	if (o->describe) {
		g->limit_bytes = DESCRIBE_BYTES;
		g->now_us = g->arrival_us = SAMPLE_START;
	}
	if (o->sample) {
		g->limit_bytes = UINT64_MAX;
		plan = sample_plan(g, &n);
	}
	gen_run(g);
	if (o->describe) {
		describe(g);
	}
	broken = g->out.broken;
	free(plan);
	gen_free(&g);
	return broken ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct options o = {
		.bytes = UINT64_C(1) << 30,
		.seed = 1,
		.in_flight = 2000,
		.start_us = SAMPLE_START,
	};
	int letter;

	// NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter == 'h') {
			(void)fputs(usage, stdout);
			return 0;
		}
		if (!option_take(&o, letter, sv_from(optarg))) {
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return run(&o);
}
