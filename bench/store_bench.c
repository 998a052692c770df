/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/err.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * store_bench [RECIPIENTS [FOLDER]]: what the store adds to SQLite.  Plain upserts into a table
 * of one row a recipient (number, time, count), in transactions of 20,000, are the limit of
 * the machine; the store's recipients are written the same way, with all that they remember.
 * Then how many bytes of disk a recipient takes.
 */

#define BATCH 20000

static double
now_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t
number_of(uint64_t i)
{
	uint64_t h = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	h ^= h >> 32;
	return h * UINT64_C(0xd6e8feb86659fd93);
}

static int
by_number(const void *pa, const void *pb)
{
	const uint64_t *a = pa;
	const uint64_t *b = pb;

	return (int64_t)*a < (int64_t)*b ? -1 : (int64_t)*a > (int64_t)*b;
}

/* The hashes of a batch, in order, as the ingest writes them. */
static size_t
batch_of(uint64_t from, uint64_t n, uint64_t *out)
{
	size_t k = 0;

	while (k < BATCH && from + k < n) {
		out[k] = number_of(from + k);
		k++;
	}
	qsort(out, k, sizeof(*out), by_number);
	return k;
}

static void
must(int code, sqlite3 *db)
{
	if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
		(void)fprintf(stderr, "store_bench: %s\n", sqlite3_errmsg(db));
		exit(1); // NOLINT(concurrency-mt-unsafe): one thread
	}
}

static double
plain(const char *path, uint64_t n)
{
	static uint64_t batch[BATCH];
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	double from;

	must(sqlite3_open(path, &db), db);
	must(sqlite3_exec(db,
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = "
		 "-65536;"
		 "CREATE TABLE r(id INTEGER PRIMARY KEY, t INTEGER, n INTEGER)",
		 NULL, NULL, NULL),
	    db);
	must(sqlite3_prepare_v2(db,
		 "INSERT INTO r VALUES(?1, ?2, 1) ON CONFLICT(id) DO UPDATE SET t = ?2, n = n + 1",
		 -1, &q, NULL),
	    db);
	from = now_seconds();
	for (uint64_t i = 0; i < n; i += BATCH) {
		size_t k = batch_of(i, n, batch);

		must(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), db);
		for (size_t j = 0; j < k; j++) {
			(void)sqlite3_bind_int64(q, 1, (int64_t)batch[j]);
			(void)sqlite3_bind_int64(q, 2, (int64_t)(1600000000 + i));
			must(sqlite3_step(q), db);
			(void)sqlite3_reset(q);
		}
		must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db);
	}
	from = now_seconds() - from;
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return from;
}

static double
ours(const char *path, uint64_t n)
{
	static uint64_t batch[BATCH];
	struct store_options opt = { .path = path, .create = true, .key = { 1, 2 } };
	struct store *s = NULL;
	struct why why;
	double from;

	if (store_open(&opt, &s, &why) != ERR_OK) {
		(void)fprintf(stderr, "store_bench: %s\n", why.text);
		exit(1); // NOLINT(concurrency-mt-unsafe): one thread
	}
	from = now_seconds();
	for (uint64_t i = 0; i < n; i += BATCH) {
		size_t k = batch_of(i, n, batch);

		store_begin(s);
		for (size_t j = 0; j < k; j++) {
			char address[48];
			struct memory before;
			struct memory m = { .run = { .hash = batch[j],
						.accepted_s = (uint32_t)(1600000000 + i) },
				.state = RECIPIENT_GOOD,
				.since_s = (uint32_t)(1600000000 + i) };
			int len = snprintf(address, sizeof(address), "user%llu@example.com",
			    (unsigned long long)(batch[j] % 10000000));

			bool known = store_recipient_get(s, batch[j], &before);

			store_recipient_put(s, sv_make(address, (size_t)len), &m, known);
		}
		if (store_commit(s, &why) != ERR_OK) {
			(void)fprintf(stderr, "store_bench: %s\n", why.text);
			exit(1); // NOLINT(concurrency-mt-unsafe): one thread
		}
	}
	from = now_seconds() - from;
	store_close(&s);
	return from;
}

/* Each has SQLite to itself: what one sets up for the whole process is not lent to the other. */
static double
in_a_process(double (*run)(const char *path, uint64_t n), const char *path, uint64_t n)
{
	int ends[2];
	double seconds = 0.0;
	pid_t child = pipe(ends) == 0 ? fork() : -1;

	if (child == 0) {
		seconds = run(path, n);
		_exit(write(ends[1], &seconds, sizeof(seconds)) == sizeof(seconds) ? 0 : 1);
	}
	if (child < 0 || close(ends[1]) != 0 ||
	    read(ends[0], &seconds, sizeof(seconds)) != sizeof(seconds)) {
		(void)fprintf(stderr, "store_bench: a run gave no time\n");
		exit(1); // NOLINT(concurrency-mt-unsafe): one thread
	}
	(void)close(ends[0]);
	(void)waitpid(child, NULL, 0);
	return seconds;
}

static double
bytes_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (double)st.st_size : 0.0;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	const char *folder = argc > 2 ? argv[2] : "/tmp";
	char dir[256];
	char a[300];
	char b[300];
	double p;
	double o;

	(void)snprintf(dir, sizeof(dir), "%s/store_bench_XXXXXX", folder);
	if (n == 0 || mkdtemp(dir) == NULL) {
		(void)fprintf(stderr, "usage: store_bench [RECIPIENTS [FOLDER]]\n");
		return 2;
	}
	(void)snprintf(a, sizeof(a), "%s/plain", dir);
	(void)snprintf(b, sizeof(b), "%s/ours", dir);
	p = in_a_process(plain, a, n);
	o = in_a_process(ours, b, n);
	printf("recipients    %.0f upserts/s into the store, %.0f %% of plain SQLite upserts "
	       "(%.0f/s), over %llu recipients\n",
	    (double)n / o, 100.0 * p / o, (double)n / p, (unsigned long long)n);
	printf("              %.0f bytes of disk a recipient, with its address\n",
	    bytes_of(b) / (double)n);
	(void)unlink(a);
	(void)unlink(b);
	(void)rmdir(dir);
	return 0;
}
