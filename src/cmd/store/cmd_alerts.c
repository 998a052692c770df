/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cmd/cmd_store.h"
#include "cmd/options.h"
#include "store/listing.h"

#include <stdio.h>

static const char help[] = "usage: carom alerts [--store FILE] [--since DATE] [--json]\n\n"
			   "What changed outside: listings, records of the DNS, sources in "
			   "reports, in the order they were "
			   "seen.\n"
			   "exit: 0 there is none; 1 there is one; 2 usage; 4 no store\n";

struct list {
	struct buf out;
	struct json j;
	bool json;
	size_t n;
};

static bool
row(void *context, const struct stored_alert *a)
{
	struct list *l = context;
	char when[40];

	l->n++;
	if (l->json) {
		json_open(&l->j, NULL, '{');
		json_int(&l->j, "id", (int64_t)a->id);
		cmd_json_time(&l->j, "time", a->t_s);
		json_sv(&l->j, "kind", a->kind);
		json_sv(&l->j, "subject", a->subject);
		json_sv(&l->j, "says", a->says);
		json_close(&l->j, '}');
		return true;
	}
	buf_fmt(&l->out, "%s  %.*s: ", cmd_time(a->t_s, when, sizeof(when)), SV_ARG(a->kind));
	buf_printable(&l->out, a->subject, 300);
	buf_str(&l->out, "\n    ");
	buf_printable(&l->out, a->says, 600);
	buf_char(&l->out, '\n');
	return true;
}

static int
show(struct store *s, int64_t since_us, struct list *l)
{
	struct why why;

	json_init(&l->j, &l->out, false);
	if (l->json) {
		json_open(&l->j, NULL, '{');
		json_int(&l->j, "version", 1);
		json_open(&l->j, "alerts", '[');
	}
	store_alerts(s, since_us == TIME_NONE ? 0 : since_us / US_PER_SECOND, row, l);
	if (l->json) {
		json_close(&l->j, ']');
		json_close(&l->j, '}');
		buf_char(&l->out, '\n');
	} else if (l->n == 0) {
		buf_str(&l->out, "no alert\n");
	}
	if (store_trouble(s, &why) != ERR_OK) {
		cmd_complain("alerts", "%s", why.text);
		return EXIT_BROKEN;
	}
	return !cmd_print(&l->out) ? EXIT_BROKEN : l->n > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

int
cmd_alerts(const struct cmd_context *ctx, int argc, char **argv)
{
	const char *path = cmd_store_path();
	int64_t since_us = TIME_NONE;
	struct list l = { .n = 0 };
	const struct cmd_option options[] = {
		{ "store", OPTION_TEXT, .out = &path },
		{ "since", OPTION_DATE, .out = &since_us },
		{ "json", OPTION_FLAG, .out = &l.json },
	};
	struct cmd_words words;
	struct store *s;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);

	(void)ctx;
	if (code >= 0) {
		return code;
	}
	if (words.n > 0) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	s = cmd_store("alerts", path, true);
	if (s == NULL) {
		return EXIT_BROKEN;
	}
	buf_init(&l.out, 0);
	code = show(s, since_us, &l);
	buf_done(&l.out);
	store_close(&s);
	return code;
}
