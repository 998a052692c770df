/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a DMARC report, in one piece and in small ones: limits hold, views stay inside. */

#include "base/err.h"
#include "mail/dmarc_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_text(struct sv s)
{
	volatile char last = 0;

	check(s.n <= DMARC_TEXT_MAX);
	if (s.n > 0) {
		last = s.p[s.n - 1]; /* the sanitizer looks */
	}
	(void)last;
}

static bool
look(void *context, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	uint64_t *messages = context;

	check(rec->count <= DMARC_COUNT_MAX);
	check(rec->ip_bytes == 0 || rec->ip_bytes == 4 || rec->ip_bytes == 16);
	check(rec->n_auth <= DMARC_RESULTS_MAX && rec->n_reasons <= DMARC_REASONS_MAX);
	check(rec->disposition < DMARC_DISPOSITIONS);
	is_text(r->org);
	is_text(rec->source);
	is_text(rec->header_from);
	is_text(rec->envelope_from);
	is_text(rec->envelope_to);
	for (size_t i = 0; i < rec->n_auth; i++) {
		is_text(rec->auth[i].domain);
		is_text(rec->auth[i].selector);
		is_text(rec->auth[i].result);
		is_text(rec->auth[i].human);
	}
	for (size_t i = 0; i < rec->n_reasons; i++) {
		is_text(rec->reasons[i].type);
		is_text(rec->reasons[i].comment);
	}
	*messages += rec->count;
	return true;
}

static uint64_t messages;

static void
read_in_pieces(struct dmarc_reader *reader, struct sv s, size_t piece)
{
	const struct dmarc_report *r;
	struct sv root;

	messages = 0;
	dmarc_reader_reset(reader);
	for (; s.n > 0; s = sv_from_at(s, piece)) {
		dmarc_reader_feed(reader, sv_head(s, piece));
	}
	r = dmarc_reader_end(reader, &root);
	check(root.n < 64);
	if (r != NULL) {
		check(r->messages == messages);
		is_text(r->policy.domain);
		is_text(r->id);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dmarc_handler handler = { look, &messages };
	static struct dmarc_reader
	    *reader; /* one for all: what one report leaves is seen by the next */
	struct sv s = sv_make((const char *)data, size);

	if (reader == NULL) {
		reader = dmarc_reader_new(&handler);
	}
	read_in_pieces(reader, s, size + 1);
	read_in_pieces(reader, s, 37);
	return 0;
}
