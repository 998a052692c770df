/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/store/suppression_import.h"

#include "base/file.h"
#include "cmd/cmd_store.h"
#include "cmd/store/suppression_list.h"
#include "engine/by_hand.h"
#include "feed/json_list.h"

#include <stdio.h>

#define IMPORT_BYTES_MAX ((size_t)1 << 30)

struct import {
	struct store *s;
	const struct import_options *opt; /* borrowed */
	struct list_head head;
	size_t n, n_changed, n_bad;
	bool failed; /* and it was said */
};

/* Why the addresses are on the list: false, and said, if neither the list nor the person knows. */
static bool
take_head(struct import *im, unsigned line)
{
	if (!im->head.says_why && im->opt->reason == NULL) {
		cmd_complain("suppressions",
		    "%s:%u: no column tells why the addresses are on the list: say it with "
		    "--reason bounce, complaint, unsubscribe or manual",
		    im->opt->path, line);
		im->failed = true;
	} else if (im->opt->reason != NULL && im->head.at[COLUMN_REASON] < 0) {
		(void)list_reason_word(sv_from(im->opt->reason), &im->head.kind);
	}
	return !im->failed;
}

static void
import_row(struct import *im, const struct csv *row)
{
	struct sv address = list_field(&im->head, row, COLUMN_ADDRESS);
	struct happening h = { .kind = list_kind(&im->head, row), .permanent = true };
	int64_t t_us = im->opt->now_us;
	struct decision d;

	if (!list_is_address(address)) {
		im->n_bad++;
		if (im->n_bad <= 10) {
			cmd_complain("suppressions", "%s:%u: expected an address, not '%.*s'",
			    im->opt->path, row->line, SV_ARG(sv_head(address, 100)));
		}
		return;
	}
	(void)list_date(list_field(&im->head, row, COLUMN_DATE), &t_us);
	h.t = (double)t_us / 1e6;
	by_hand(im->s, im->opt->policy, address, &h, &d);
	im->n++;
	im->n_changed += d.kind != DECISION_NONE;
}

static void
import_csv(struct import *im, struct sv text)
{
	struct csv csv;

	csv_init(&csv, text);
	if (!csv_next(&csv) || !list_head_read(&csv, &im->head)) {
		cmd_complain("suppressions",
		    "%s:1: expected a first line that names the columns, one of "
		    "them address, email or recipient",
		    im->opt->path);
		im->failed = true;
	} else if (take_head(im, 1)) {
		while (csv_next(&csv)) {
			import_row(im, &csv);
		}
	}
	csv_done(&csv);
}

/* Each object names its columns itself. */
static bool
import_object(void *context, const struct csv *names, const struct csv *values)
{
	struct import *im = context;

	if (!list_head_read(names, &im->head)) {
		return false;
	}
	if (!im->failed && take_head(im, names->line)) {
		import_row(im, values);
	}
	return true;
}

static void
import_json(struct import *im, struct sv text)
{
	char expected[JSON_LIST_WHY];
	unsigned line;

	if (!json_list_each(text, import_object, im, &line, expected)) {
		cmd_complain("suppressions", "%s:%u: expected JSON: %s; nothing was imported",
		    im->opt->path, line, expected);
		im->failed = true;
	} else if (!im->failed && im->n + im->n_bad == 0) {
		cmd_complain("suppressions",
		    "%s: expected objects with a member address, email or recipient; there is "
		    "none",
		    im->opt->path);
		im->failed = true;
	}
}

/* All of it, or nothing. */
static int
import_all(struct import *im, struct sv text)
{
	struct why why;

	store_begin(im->s);
	if (json_list_is(text)) {
		import_json(im, text);
	} else {
		import_csv(im, text);
	}
	if (im->failed) {
		store_rollback(im->s);
		return EXIT_BROKEN;
	}
	if (store_commit(im->s, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
		return EXIT_BROKEN;
	}
	(void)printf("%zu addresses read, %zu of them changed, %zu lines without an address\n",
	    im->n, im->n_changed, im->n_bad);
	return im->n_bad > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

int
suppression_import(struct store *s, const struct import_options *opt)
{
	struct import im = { .s = s, .opt = opt };
	struct buf text;
	struct why why;
	int code = EXIT_BROKEN;

	buf_init(&text, IMPORT_BYTES_MAX);
	if (file_read(opt->path, &text, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
	} else {
		code = import_all(&im, buf_view(&text));
	}
	buf_done(&text);
	return code;
}
