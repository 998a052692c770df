/* SPDX-License-Identifier: Apache-2.0 */
#include "role/parser.h"

#include "fact/codec.h"
#include "source/postfix_log.h"

enum record { /* what goes to the process: a letter, a number, and a text */
	RECORD_RESET = 'R',
	RECORD_INPUT = 'I', /* number: modification time */
	RECORD_LINE = 'L',  /* number: offset; text: the line */
};

struct record_head {
	uint64_t number;
	uint32_t what, n;
};

/* ---- in the process ---- */

static void
take_record(struct postfix_log **log, const struct hash_key *key, const struct record_head *h,
    struct sv text, struct buf *out)
{
	const struct log_options opt = {
		.key = *key, .since_us = TIME_NONE, .until_us = TIME_NONE
	};
	struct event e;

	if (h->what == RECORD_RESET || *log == NULL) {
		postfix_log_close(log);
		*log = postfix_log_live(&opt);
	}
	if (h->what == RECORD_INPUT) {
		(void)postfix_log_input(*log, "", 0, (int64_t)h->number);
	} else if (h->what == RECORD_LINE && postfix_log_line(*log, text, h->number, &e)) {
		event_write(&e, out);
	}
}

static void
parse(void *context, struct sv text, struct buf *out)
{
	static struct postfix_log *log; /* of this process, for as long as it lives */

	while (text.n > 0) {
		struct record_head h;

		check(text.n >= sizeof(h));
		memcpy(&h, text.p, sizeof(h));
		text = sv_from_at(text, sizeof(h));
		check(h.n <= text.n);
		take_record(&log, context, &h, sv_head(text, h.n), out);
		text = sv_from_at(text, h.n);
	}
}

/* ---- in the engine ---- */

static void
put(struct parser *p, enum record what, uint64_t number, struct sv text)
{
	const struct record_head h = { number, (uint32_t)what, (uint32_t)text.n };

	buf_add(&p->batch, &h, sizeof(h));
	buf_sv(&p->batch, text);
}

static enum err
nothing(void *context, const struct event *e, struct why *why)
{
	(void)context;
	(void)e;
	(void)why;
	return ERR_OK;
}

enum err
parser_init(struct parser *p, const struct hash_key *key, struct why *why)
{
	p->key = *key;
	worker_init(&p->worker, parse, &p->key);
	buf_init(&p->batch, 0);
	buf_init(&p->answer, WORKER_ANSWER_MAX);
	parser_reset(p);
	return parser_flush(p, nothing, NULL, why);
}

void
parser_done(struct parser *p)
{
	worker_done(&p->worker);
	buf_done(&p->batch);
	buf_done(&p->answer);
}

void
parser_reset(struct parser *p)
{
	buf_clear(&p->batch);
	put(p, RECORD_RESET, 0, (struct sv){ 0 });
}

void
parser_input(struct parser *p, int64_t mtime_us)
{
	put(p, RECORD_INPUT, (uint64_t)mtime_us, (struct sv){ 0 });
}

void
parser_line(struct parser *p, struct sv line, uint64_t offset)
{
	put(p, RECORD_LINE, offset, line);
}

bool
parser_is_lost(const struct parser *p)
{
	return p->worker.to < 0;
}

bool
parser_is_full(const struct parser *p)
{
	return p->batch.n >= PARSER_BATCH;
}

enum err
parser_flush(struct parser *p, parser_sink *sink, void *context, struct why *why)
{
	struct sv events;
	struct event e;
	enum err err = ERR_OK;

	if (p->batch.n == 0) {
		return ERR_OK;
	}
	err = worker_ask(&p->worker, buf_view(&p->batch), &p->answer, why);
	buf_clear(&p->batch);
	if (err != ERR_OK) {
		return why_prefix(why, err, "reading the log");
	}
	events = buf_view(&p->answer);
	while (err == ERR_OK && events.n > 0) {
		if (!event_take(&events, &e)) {
			return why_set(why, ERR_DATA,
			    "reading the log: the process that reads it "
			    "says what is no event");
		}
		err = sink(context, &e, why);
	}
	return err;
}
