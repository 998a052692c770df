/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include "base/civil.h"
#include "base/num.h"
#include "cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>

#define FIRST 256 /* option n is FIRST + n for getopt, --help one behind the last */

static bool
wrong(const char *command, const struct cmd_option *o, const char *value, const char *expected)
{
	cmd_complain(command, "--%s %s: expected %s", o->name, value, expected);
	return false;
}

static bool
take_number(const char *command, const struct cmd_option *o, const char *value)
{
	char text[80];
	uint64_t v;

	if (num_u64(sv_from(value), o->high, &v) && v >= o->low) {
		*(uint64_t *)o->out = v;
		return true;
	}
	(void)snprintf(text, sizeof(text), "a whole number from %llu to %llu",
	    (unsigned long long)o->low, (unsigned long long)o->high);
	return wrong(command, o, value, text);
}

static bool
take(const char *command, const struct cmd_option *o, const char *value)
{
	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)o->out = true;
		return true;
	case OPTION_TEXT:
		*(const char **)o->out = value;
		return true;
	case OPTION_NUMBER:
		return take_number(command, o, value);
	case OPTION_DATE:
		return civil_take_iso(sv_from(value), o->out) ||
		       wrong(
			   command, o, value, "a date such as 2020-09-21 or 2020-09-21T10:00:00Z");
	case OPTION_OTHER:
	default:
		return o->take(sv_from(value), o->out) || wrong(command, o, value, o->expected);
	}
}

int
cmd_options(const char *help, const struct cmd_option *options, size_t n, int argc, char **argv,
    struct cmd_words *words_out)
{
	struct option longs[OPTIONS_MAX + 2] = { { 0 } };
	int got;

	check(n <= OPTIONS_MAX);
	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){ options[i].name,
			options[i].kind == OPTION_FLAG ? no_argument : required_argument, NULL,
			FIRST + (int)i };
	}
	longs[n] = (struct option){ "help", no_argument, NULL, FIRST + (int)n };
	optind = 1;
	while ((got = getopt_long(argc, argv, "", longs, NULL)) !=
	       -1) { // NOLINT(concurrency-mt-unsafe): one thread
		if (got == FIRST + (int)n) {
			(void)fputs(help, stdout);
			return EXIT_FINE;
		}
		if (got < FIRST) { /* getopt said what is wrong */
			(void)fputs(help, stderr);
			return EXIT_USAGE_ERROR;
		}
		if (!take(argv[0], &options[got - FIRST], optarg)) {
			return EXIT_USAGE_ERROR;
		}
	}
	*words_out = (struct cmd_words){ argv + optind, argc - optind };
	return -1;
}
