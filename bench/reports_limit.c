/* SPDX-License-Identifier: Apache-2.0 */

/*
 * reports_limit DATABASE FOLDER|FILE: what the machine allows for the same reports, in CPU seconds:
 * unpacking with zlib and libarchive, libxml2 with empty handlers over the same bytes, and as many
 * rows of the same width into an SQLite table.  Nobody who uses these libraries can be faster.
 */

#include "base/buf.h"
#include "base/err.h"
#include "source/unpack.h"

#include <dirent.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct work {
	struct buf text; /* of one member */
	xmlSAXHandler sax;
	xmlParserCtxtPtr parser;
	double parse_s, rows_s;
	uint64_t records, bytes;
	sqlite3_stmt *insert;
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
nothing_start(void *c, const xmlChar *n, const xmlChar *p, const xmlChar *u, int nn,
    const xmlChar **ns, int na, int nd, const xmlChar **a)
{
	struct work *w = c;

	(void)p, (void)u, (void)nn, (void)ns, (void)na, (void)nd, (void)a;
	w->records += n[0] == 'r' && n[1] == 'e' && n[2] == 'c';
}

static void
nothing_end(void *c, const xmlChar *n, const xmlChar *p, const xmlChar *u)
{
	(void)c, (void)n, (void)p, (void)u;
}

static void
nothing_text(void *c, const xmlChar *p, int n)
{
	(void)c, (void)p, (void)n;
}

static bool
begin(void *context, struct sv name, struct sv first)
{
	struct work *w = context;

	(void)name, (void)first;
	(void)xmlCtxtResetPush(w->parser, NULL, 0, NULL, NULL);
	return true;
}

static void
bytes(void *context, struct sv b)
{
	struct work *w = context;
	double from = now();

	w->bytes += b.n;
	for (; b.n > 0; b = sv_from_at(b, 16384)) {
		(void)xmlParseChunk(w->parser, b.p, (int)sv_head(b, 16384).n, 0);
	}
	w->parse_s += now() - from;
}

static void
end(void *context, enum err e, const struct why *why)
{
	struct work *w = context;
	double from = now();

	(void)e, (void)why;
	(void)xmlParseChunk(w->parser, NULL, 0, 1);
	w->parse_s += now() - from;
}

static void
insert_rows(struct work *w, sqlite3 *db)
{
	static const char ip[4] = { 10, 0, 0, 1 };
	double from = now();

	(void)sqlite3_exec(db,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (id INTEGER "
	    "PRIMARY KEY,"
	    " a, b, c, d, e, f, g, h, i, j, k, l, m); BEGIN",
	    NULL, NULL, NULL);
	if (sqlite3_prepare_v2(db,
		"INSERT INTO t (a, b, c, d, e, f, g, h, i, j, k, l, m)"
		" VALUES (?1, ?2, ?3, 1, 0, 1, 0, 0, 1, 2, NULL, ?4, NULL)",
		-1, &w->insert, NULL) != SQLITE_OK) {
		return;
	}
	for (uint64_t i = 0; i < w->records; i++) {
		(void)sqlite3_bind_int64(w->insert, 1, (sqlite3_int64)(i / 10));
		(void)sqlite3_bind_blob(w->insert, 2, ip, sizeof(ip), SQLITE_STATIC);
		(void)sqlite3_bind_int64(w->insert, 3, (sqlite3_int64)i % 500);
		(void)sqlite3_bind_int64(w->insert, 4, (sqlite3_int64)i % 100);
		(void)sqlite3_step(w->insert);
		(void)sqlite3_reset(w->insert);
	}
	(void)sqlite3_finalize(w->insert);
	(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	w->rows_s = now() - from;
}

static void
read_file(struct work *w, const char *path)
{
	const struct unpack_sink sink = { begin, bytes, end, w };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)unpack_fd(fd, &sink, NULL);
		(void)close(fd);
	}
}

static void
read_all(struct work *w, const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	char name[4096];

	if (d == NULL) {
		read_file(w, path);
		return;
	}
	while ((e = readdir(d)) != NULL) { // NOLINT(concurrency-mt-unsafe): one thread
		if (e->d_name[0] != '.') {
			(void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
			read_file(w, name);
		}
	}
	(void)closedir(d);
}

int
main(int argc, char **argv)
{
	struct work w = { .parse_s = 0 };
	double from;
	double all;
	sqlite3 *db;

	if (argc != 3 || sqlite3_open(argv[1], &db) != SQLITE_OK) {
		(void)fputs("usage: reports_limit DATABASE FOLDER|FILE\n", stderr);
		return 2;
	}
	w.sax = (xmlSAXHandler){ .initialized = XML_SAX2_MAGIC,
		.startElementNs = nothing_start,
		.endElementNs = nothing_end,
		.characters = nothing_text,
		.ignorableWhitespace = nothing_text };
	w.parser = xmlCreatePushParserCtxt(&w.sax, &w, NULL, 0, NULL);
	from = now();
	read_all(&w, argv[2]);
	all = now() - from;
	insert_rows(&w, db);
	(void)sqlite3_close(db);
	xmlFreeParserCtxt(w.parser);
	/* unpack, parse, rows, records, bytes */
	(void)printf("%.6f %.6f %.6f %llu %llu\n", all - w.parse_s, w.parse_s, w.rows_s,
	    (unsigned long long)w.records, (unsigned long long)w.bytes);
	return 0;
}
