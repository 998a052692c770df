/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/store/list_match.h"

#include "base/file.h"
#include "cmd/cmd_store.h"
#include "cmd/store/suppression_list.h"

#include <stdio.h>

#define MATCH_BYTES_MAX ((size_t)1 << 30)

/* ---- a row of who is not to be mailed ---- */

const char *
list_reason_of(const struct memory *m)
{
	return m->complained_s != 0     ? "complaint"
	       : m->unsubscribed_s != 0 ? "unsubscribe"
	       : m->by_hand_s != 0      ? "manual"
					: "bounce";
}

void
list_put(struct buf *out, bool json, struct sv address, const struct memory *m,
    enum recipient_state state)
{
	char since[40];
	char hash[24];
	struct json j;

	(void)cmd_time(m->since_s, since, sizeof(since));
	if (!json) {
		csv_cell(out, address);
		buf_fmt(out, ",%s,%s,%s\n", list_reason_of(m), since, recipient_state_name(state));
		return;
	}
	(void)snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)m->run.hash);
	json_init(&j, out, false);
	json_open(&j, NULL, '{');
	if (address.n == 0) {
		json_nothing(&j, "address");
	} else {
		json_sv(&j, "address", address);
	}
	json_str(&j, "hash", hash);
	json_str(&j, "reason", list_reason_of(m));
	json_str(&j, "created", since);
	json_str(&j, "state", recipient_state_name(state));
	json_close(&j, '}');
	buf_char(out, '\n');
}

/* ---- a list ---- */

struct match {
	struct store *s;
	const struct match_options *opt; /* borrowed */
	struct csv csv;
	size_t column; /* of the addresses */
	struct buf out;
	size_t n, n_away, n_bad;
};

/* The line that is read now is the first: a head that names the columns, or an address already. */
static bool
find_column(struct match *m, bool *head_out)
{
	struct list_head head;

	*head_out = false;
	for (m->column = 0; m->column < m->csv.n; m->column++) {
		if (list_is_address(m->csv.fields[m->column])) {
			return true;
		}
	}
	*head_out = true;
	if (!list_head_read(&m->csv, &head)) {
		return false;
	}
	m->column = (size_t)head.at[COLUMN_ADDRESS];
	return true;
}

static void
take_line(struct match *m, struct sv line)
{
	struct sv address = m->column < m->csv.n ? m->csv.fields[m->column] : (struct sv){ 0 };
	struct memory known;
	enum recipient_state state = RECIPIENT_NEW;

	if (!list_is_address(address)) {
		m->n_bad++;
		if (m->n_bad <= 10) {
			cmd_complain("suppressions", "%s:%u: expected an address, not '%.*s'",
			    m->opt->path, m->csv.line, SV_ARG(sv_head(address, 100)));
		}
		return;
	}
	m->n++;
	if (store_recipient_get(m->s, store_hash(m->s, address), &known)) {
		state = decide_state_at(&known, (double)m->opt->now_us / 1e6);
	}
	if (state == RECIPIENT_SUPPRESSED || state == RECIPIENT_RESTING) {
		m->n_away++;
		if (!m->opt->clean) {
			list_put(&m->out, m->opt->json, address, &known, state);
		}
	} else if (m->opt->clean) {
		buf_sv(&m->out, line);
		buf_str(&m->out, sv_ends(line, SV("\n")) ? "" : "\n");
	}
}

/* The text of the present row, as it stands in the list. */
static struct sv
row_text(struct sv before, struct sv after)
{
	return sv_head(before, before.n - after.n);
}

static bool
take_list(struct match *m, struct sv text)
{
	struct sv before;
	bool head = false;
	bool first = true;

	csv_init(&m->csv, text);
	for (before = m->csv.rest; csv_next(&m->csv); before = m->csv.rest) {
		if (first && !find_column(m, &head)) {
			cmd_complain("suppressions",
			    "%s:%u: expected an address, or the names of the columns, one of them "
			    "address, email or recipient",
			    m->opt->path, m->csv.line);
			return false;
		}
		if (!first || !head) {
			take_line(m, row_text(before, m->csv.rest));
		} else if (m->opt->clean) {
			buf_sv(&m->out, row_text(before, m->csv.rest));
		}
		first = false;
	}
	return true;
}

int
list_match(struct store *s, const struct match_options *opt)
{
	struct match m = { .s = s, .opt = opt };
	struct buf text;
	struct why why;
	int code = EXIT_BROKEN;

	buf_init(&text, MATCH_BYTES_MAX);
	buf_init(&m.out, 0);
	if (!opt->clean && !opt->json) {
		buf_str(&m.out, LIST_HEADER);
	}
	if (file_read(opt->path, &text, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
	} else if (take_list(&m, buf_view(&text))) {
		if (store_trouble(s, &why) != ERR_OK) {
			cmd_complain("suppressions", "%s", why.text);
		} else if (m.out.cut || !cmd_print(&m.out)) {
			cmd_complain("suppressions", "the list could not be written whole");
		} else {
			(void)fprintf(stderr,
			    "%zu addresses read, %zu of them not to be mailed, %zu lines without "
			    "an "
			    "address\n",
			    m.n, m.n_away, m.n_bad);
			code = m.n_bad > 0 ? EXIT_TROUBLE : EXIT_FINE;
		}
	}
	csv_done(&m.csv);
	buf_done(&m.out);
	buf_done(&text);
	return code;
}
