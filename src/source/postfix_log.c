/* SPDX-License-Identifier: Apache-2.0 */
#include "source/postfix_log.h"

#include "source/queue_table.h"
#include "source/reader.h"
#include "source/shapes.h"

#include <stdlib.h>

#define OUR_MARK "[carom:" /* every answer of ours carries its decision id so: "[carom:ID]" */
#define OUR_PAUSE \
	"/carom-pause" /* syslog_name of the service that we pause providers by (doc/serve.md) */

struct source_file {
	const char *path; /* borrowed */
	char *own_path;   /* owned; of a live input */
	int64_t first_us; /* TIME_NONE: no line of it has a date */
	uint64_t identity;
	bool kept; /* standard input: opened once only */
	bool readable;
};

struct postfix_log {
	struct log_options opt;
	struct source_file *files; /* owned; in order of their first date */
	size_t n_files, at;
	struct reader reader;
	struct reader stdin_reader;
	bool reading, live;
	uint64_t done_before; /* bytes on disk of the files behind us */
	uint64_t total;
	struct queue_table *queue; /* owned */
	struct shapes *shapes;     /* owned */
	struct log_counts counts;
	struct log_problem *problems; /* owned */
	size_t n_problems;
};

/* ---- opening and ordering ---- */

static void
add_problem(struct postfix_log *log, const char *path, const char *text)
{
	log->problems = mem_grow(log->problems, log->n_problems + 1, sizeof(*log->problems));
	log->problems[log->n_problems++] = (struct log_problem){
		.path = mem_dup(path, strlen(path)),
		.text = mem_dup(text, strlen(text)),
	};
}

/* The date of the first line that has one, among the first thousand. */
static int64_t
first_date(struct reader *r)
{
	struct record rec;

	for (int i = 0; i < 1000 && reader_next(r, &rec); i++) {
		if (rec.headed) {
			return rec.time_us;
		}
	}
	return TIME_NONE;
}

uint64_t
postfix_log_identity_of(struct sv first_line)
{
	return first_line.n == 0 ? 0 : hash_sip(&(struct hash_key){ 0, 0 }, first_line);
}

static void
look_at(struct postfix_log *log, struct source_file *f)
{
	struct reader r;
	struct why why;

	if (reader_open(&r, f->path, log->opt.year, log->opt.now_us, &why) != ERR_OK) {
		add_problem(log, f->path, why.text);
		return;
	}
	f->readable = true;
	f->identity = postfix_log_identity_of(r.peeked);
	log->total += input_size(r.in);
	if (strcmp(f->path, "-") ==
	    0) { /* cannot be read twice, so its place is where it was named */
		f->kept = true;
		log->stdin_reader = r;
		return;
	}
	f->first_us = first_date(&r);
	reader_close(&r);
}

static int
file_cmp(const void *pa, const void *pb)
{
	const struct source_file *a = pa;
	const struct source_file *b = pb;

	if (a->kept != b->kept) {
		return a->kept ? 1 : -1;
	}
	if (a->first_us != b->first_us) {
		return a->first_us < b->first_us ? -1 : 1;
	}
	return strcmp(a->path, b->path);
}

enum err
postfix_log_open(const struct log_options *opt, struct postfix_log **out, struct why *why)
{
	struct postfix_log *log = mem_new(1, sizeof(*log));
	size_t readable = 0;

	log->opt = *opt;
	log->files = mem_new(opt->n_paths, sizeof(*log->files));
	for (size_t i = 0; i < opt->n_paths; i++) {
		struct source_file *f = &log->files[log->n_files++];

		*f = (struct source_file){ .path = opt->paths[i], .first_us = TIME_NONE };
		look_at(log, f);
		readable += f->readable;
	}
	if (readable == 0) {
		(void)why_set(why, ERR_IO, "%s",
		    log->n_problems > 0 ? log->problems[0].text : "no input was named");
		postfix_log_close(&log);
		return ERR_IO;
	}
	qsort(log->files, log->n_files, sizeof(*log->files), file_cmp);
	log->queue = queue_table_new(LOG_QUEUE_MAX, LOG_TEXT_BYTES, &opt->key);
	log->shapes = mem_new(1, sizeof(*log->shapes));
	*out = log;
	return ERR_OK;
}

void
postfix_log_close(struct postfix_log **plog)
{
	struct postfix_log *log = *plog;

	if (log == NULL) {
		return;
	}
	if (log->reading) {
		reader_close(&log->reader);
	}
	if (log->live) {
		reader_end_lines(&log->reader);
	}
	reader_close(&log->stdin_reader);
	queue_table_free(&log->queue);
	if (log->shapes != NULL) {
		shapes_done(log->shapes);
		free(log->shapes);
	}
	for (size_t i = 0; i < log->n_problems; i++) {
		free(log->problems[i].path);
		free(log->problems[i].text);
	}
	for (size_t i = 0; i < log->n_files; i++) {
		free(log->files[i].own_path);
	}
	free(log->problems);
	free(log->files);
	free(log);
	*plog = NULL;
}

/* ---- lines -> events ---- */

/* Services of one instance have one queue, whatever syslog_name adds: "postfix/submission" is "postfix". */
static uint64_t
message_hash(const struct postfix_log *log, struct sv instance, struct sv queue_id)
{
	struct sv base;

	return queue_hash(log->queue, sv_cut(&instance, '/', &base) ? base : instance, queue_id);
}

static void
join(struct postfix_log *log, const struct record *rec, const struct postfix_line *line,
    struct sv instance)
{
	struct queue_entry *e = queue_put(log->queue, message_hash(log, instance, line->queue_id));

	(void)rec;
	log->counts.joined_lines++;
	if (line->kind == POSTFIX_MESSAGE_ID) {
		queue_set_message_id(log->queue, e, line->message_id);
	} else if (line->kind == POSTFIX_FROM || line->kind == POSTFIX_PICKED_UP) {
		queue_set_sender(log->queue, e, line->sender);
		e->size_bytes = line->size_bytes != 0 ? line->size_bytes : e->size_bytes;
		e->nrcpt = line->nrcpt != 0 ? line->nrcpt : e->nrcpt;
	}
}

static void
fill_from_queue(struct postfix_log *log, struct queue_entry *e, struct event *out)
{
	if (e == NULL) {
		return;
	}
	out->has_sender = queue_sender(log->queue, e, &out->sender);
	(void)queue_message_id(log->queue, e, &out->message_id);
	out->size_bytes = e->size_bytes;
	out->nrcpt = e->nrcpt;
}

static void
count_attempts(struct postfix_log *log, uint64_t hash, struct queue_entry *e, struct event *out)
{
	bool deferred = out->kind == EVENT_DEFERRED && !out->suspended;

	out->first_attempt = true;
	if (!deferred && (e == NULL || !e->deferred)) {
		return;
	}
	if (deferred) {
		e = e == NULL ? queue_put(log->queue, hash) : e;
		e->deferred = true;
	}
	out->earlier_deferrals = queue_deferrals(log->queue, hash, out->recipient, deferred);
	out->first_attempt = out->earlier_deferrals == 0;
}

static void
read_reason(const struct postfix_line *line, struct event *out)
{
	struct postfix_reason r;

	if (out->kind == EVENT_ACCEPTED) { /* nobody asks what an acceptance means */
		out->reply.text = line->reason;
		return;
	}
	postfix_reason_read(line->reason, &r);
	out->saw = r.saw;
	out->stage = r.stage;
	out->suspended = r.suspended;
	if (r.host.n > 0) {
		out->host = r.host;
		out->ip = r.ip;
	}
	if (out->saw == SAW_NOTHING && line->relay_host.n == 0) {
		out->saw = SAW_LOCAL;
	}
	reply_read(r.reply, &out->reply);
	/* A host may say anything, our mark too; but what was returned was not our doing. */
	out->ours = out->kind == EVENT_DEFERRED && (sv_find(line->reason, SV(OUR_MARK)) >= 0 ||
						       sv_ends(out->instance, SV(OUR_PAUSE)));
}

/* False: an address probe, nothing that was to be delivered. */
static bool
delivery(
    struct postfix_log *log, const struct postfix_line *line, struct sv instance, struct event *out)
{
	static const enum event_kind kinds[] = {
		[POSTFIX_SENT] = EVENT_ACCEPTED,
		[POSTFIX_DEFERRED] = EVENT_DEFERRED,
		[POSTFIX_BOUNCED] = EVENT_REJECTED,
		[POSTFIX_SOFTBOUNCE] = EVENT_DEFERRED,
	};
	uint64_t hash = message_hash(log, instance, line->queue_id);
	struct queue_entry *e = queue_find(log->queue, hash);

	if (line->outcome == POSTFIX_DELIVERABLE || line->outcome == POSTFIX_UNDELIVERABLE) {
		return false;
	}
	out->kind = kinds[line->outcome];
	out->softbounce = line->outcome == POSTFIX_SOFTBOUNCE;
	out->recipient = line->recipient;
	out->orig_to = line->orig_to;
	out->host = line->relay_host;
	out->ip = line->relay_ip;
	out->port = line->relay_port;
	out->conn_use = line->conn_use;
	out->delay_us = line->delay_us;
	memcpy(out->delays_us, line->delays_us, sizeof(out->delays_us));
	out->dsn = line->dsn;
	out->reason = line->reason;
	read_reason(line, out);
	fill_from_queue(log, e, out);
	count_attempts(log, hash, e, out);
	return true;
}

static void
expired(
    struct postfix_log *log, const struct postfix_line *line, struct sv instance, struct event *out)
{
	fill_from_queue(
	    log, queue_find(log->queue, message_hash(log, instance, line->queue_id)), out);
	out->kind = EVENT_EXPIRED;
	out->sender = line->sender;
	out->has_sender = true;
	out->delay_us = -1;
	out->saw = SAW_LOCAL;
	out->reason = line->reason;
	out->reply.text = line->reason;
}

static void
removed(struct postfix_log *log, const struct postfix_line *line, struct sv instance)
{
	struct queue_entry *e = queue_find(log->queue, message_hash(log, instance, line->queue_id));

	log->counts.joined_lines++;
	if (e != NULL) {
		e->removed = true;
	}
}

/* True if the line is an event. */
static bool
take_line(struct postfix_log *log, const struct record *rec, const struct postfix_line *line,
    struct sv instance, struct event *out)
{
	struct log_counts *c = &log->counts;

	if (line->kind == POSTFIX_DELIVERY || line->kind == POSTFIX_EXPIRED) {
		*out = (struct event){
			.time_us = rec->time_us,
			.instance = instance,
			.via = line->daemon,
			.queue_id = line->queue_id,
			.file = (uint32_t)log->at,
			.offset = rec->offset,
		};
	}
	switch (line->kind) {
	case POSTFIX_DELIVERY:
		if (delivery(log, line, instance, out)) {
			return true;
		}
		c->ignored_lines++;
		return false;
	case POSTFIX_EXPIRED:
		expired(log, line, instance, out);
		return true;
	case POSTFIX_FROM:
	case POSTFIX_MESSAGE_ID:
	case POSTFIX_CLIENT:
	case POSTFIX_PICKED_UP:
		join(log, rec, line, instance);
		return false;
	case POSTFIX_REMOVED:
		removed(log, line, instance);
		return false;
	case POSTFIX_NOTIFICATION:
		c->joined_lines++;
		c->notifications += sv_find(line->reason, SV("non-delivery")) >= 0;
		return false;
	case POSTFIX_REFUSED_IN:
		c->incoming_refused++;
		return false;
	case POSTFIX_TROUBLE:
		c->trouble_lines++;
		return false;
	case POSTFIX_IGNORED:
		c->ignored_lines++;
		return false;
	case POSTFIX_UNKNOWN:
		break;
	}
	c->unknown_lines++;
	shapes_add(log->shapes, rec->message, rec->whole, (uint32_t)log->at, rec->offset);
	return false;
}

static bool
take_record(struct postfix_log *log, const struct record *rec, struct event *out)
{
	struct postfix_line line;
	struct sv instance = { 0 };
	enum postfix_daemon daemon;

	log->counts.lines++;
	if (!rec->headed) {
		log->counts.garbage_lines += rec->whole.n > 0;
		return false;
	}
	daemon = postfix_daemon_of(rec->tag, &instance);
	if (daemon == POSTFIX_DAEMON_NONE) {
		log->counts.other_lines++;
		return false;
	}
	postfix_line_read(daemon, rec->message, &line);
	if (!take_line(log, rec, &line, instance, out)) {
		return false;
	}
	if ((log->opt.since_us != TIME_NONE && rec->time_us < log->opt.since_us) ||
	    (log->opt.until_us != TIME_NONE && rec->time_us >= log->opt.until_us)) {
		return false;
	}
	log->counts.events++;
	return true;
}

/* ---- from file to file ---- */

static void
end_file(struct postfix_log *log)
{
	const struct why *why;

	if (reader_problem(&log->reader, &why) != ERR_OK) {
		add_problem(log, log->files[log->at].path, why->text);
	}
	log->counts.long_lines += log->reader.lines.n_long;
	log->counts.bytes += log->reader.lines.base + log->reader.lines.end;
	log->done_before += input_consumed(log->reader.in);
	reader_close(&log->reader);
	log->reading = false;
	log->at++;
}

/* The next file that can be opened; false: there is none. */
static bool
begin_file(struct postfix_log *log)
{
	for (; log->at < log->n_files; log->at++) {
		const struct source_file *f = &log->files[log->at];
		struct why why;

		if (f->kept) {
			log->reader = log->stdin_reader;
			log->stdin_reader = (struct reader){ 0 };
			log->reading = true;
			return true;
		}
		if (f->readable) {
			if (reader_open(&log->reader, f->path, log->opt.year, log->opt.now_us,
				&why) == ERR_OK) {
				log->reading = true;
				return true;
			}
			add_problem(log, f->path, why.text);
		}
	}
	return false;
}

bool
postfix_log_next(struct postfix_log *log, struct event *out)
{
	struct record rec;

	for (;;) {
		if (!log->reading && !begin_file(log)) {
			return false;
		}
		while (reader_next(&log->reader, &rec)) {
			if (take_record(log, &rec, out)) {
				return true;
			}
		}
		end_file(log);
	}
}

/* ---- line by line ---- */

struct postfix_log *
postfix_log_live(const struct log_options *opt)
{
	struct postfix_log *log = mem_new(1, sizeof(*log));

	log->opt = *opt;
	log->live = true;
	log->queue = queue_table_new(LOG_QUEUE_MAX, LOG_TEXT_BYTES, &opt->key);
	log->shapes = mem_new(1, sizeof(*log->shapes));
	reader_begin_lines(&log->reader, opt->year, opt->now_us);
	return log;
}

uint32_t
postfix_log_input(struct postfix_log *log, const char *path, uint64_t identity, int64_t mtime_us)
{
	char *own = mem_dup(path, strlen(path));

	reader_end_lines(&log->reader);
	reader_begin_lines(&log->reader, log->opt.year, mtime_us);
	log->files = mem_grow(log->files, log->n_files + 1, sizeof(*log->files));
	log->files[log->n_files] =
	    (struct source_file){ .path = own, .own_path = own, .identity = identity };
	log->at = log->n_files++;
	return (uint32_t)log->at;
}

void
postfix_log_rename(struct postfix_log *log, const char *path)
{
	struct source_file *f = &log->files[log->at];

	free(f->own_path);
	f->own_path = mem_dup(path, strlen(path));
	f->path = f->own_path;
}

bool
postfix_log_line(struct postfix_log *log, struct sv line, uint64_t offset, struct event *out)
{
	struct record rec;

	log->counts.bytes += line.n + 1;
	reader_take_line(&log->reader, line, offset, &rec);
	return take_record(log, &rec, out);
}

/* ---- what was seen ---- */

const struct log_counts *
postfix_log_counts(struct postfix_log *log)
{
	log->counts.forgotten = queue_forgotten(log->queue);
	log->counts.shapes_lost = log->shapes->lost;
	return &log->counts;
}

static int
shape_cmp(const void *pa, const void *pb)
{
	const struct log_shape *a = pa;
	const struct log_shape *b = pb;

	if (a->lines != b->lines) {
		return a->lines > b->lines ? -1 : 1;
	}
	return sv_cmp(a->shape, b->shape);
}

const struct log_shape *
postfix_log_shapes(const struct postfix_log *log, size_t *n_out)
{
	*n_out = log->shapes->n;
	qsort(log->shapes->rows, log->shapes->n, sizeof(log->shapes->rows[0]), shape_cmp);
	return log->shapes->rows;
}

const struct log_problem *
postfix_log_problems(const struct postfix_log *log, size_t *n_out)
{
	*n_out = log->n_problems;
	return log->problems;
}

const char *
postfix_log_file(const struct postfix_log *log, uint32_t file)
{
	return file < log->n_files ? log->files[file].path : "";
}

uint64_t
postfix_log_identity(const struct postfix_log *log, uint32_t file)
{
	return file < log->n_files ? log->files[file].identity : 0;
}

void
postfix_log_progress(const struct postfix_log *log, uint64_t *done_out, uint64_t *total_out)
{
	*done_out = log->done_before + (log->reading ? input_consumed(log->reader.in) : 0);
	*total_out = log->total;
}
