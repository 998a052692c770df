/* SPDX-License-Identifier: Apache-2.0 */
#include "source/postfix_log.h"

#include "source/postfix_log_private.h"

#include <stdlib.h>

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
	struct record rec __attribute__((uninitialized)); /* reader_next fills it */

	for (;;) {
		if (!log->reading && !begin_file(log)) {
			return false;
		}
		while (reader_next(&log->reader, &rec)) {
			if (postfix_event_take(log, &rec, out)) {
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
	return postfix_event_take(log, &rec, out);
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
