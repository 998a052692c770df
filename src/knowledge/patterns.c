/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/hash.h"
#include "knowledge/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_MAGIC   "caromhs2"
#define CACHE_MAX     ((size_t)256 * 1024 * 1024)
#define PATTERN_FLAGS (HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH | HS_FLAG_DOTALL | HS_FLAG_ALLOWEMPTY)

/* ---- text -> regular expression ---- */

static void
add_literal(struct buf *b, struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (char_is_alnum(s.p[i]) || s.p[i] == ' ') {
			buf_char(b, s.p[i]);
		} else {
			buf_fmt(b, "\\x%02x", (unsigned char)s.p[i]);
		}
	}
}

/* Letters outside ASCII are bytes to vectorscan: written as such they survive any locale. */
static void
add_regex(struct buf *b, struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80) {
			buf_fmt(b, "\\x%02x", (unsigned char)s.p[i]);
		} else {
			buf_char(b, s.p[i]);
		}
	}
}

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_';
}

void
pattern_add(struct loader *l, struct rule *rule, char kind, struct sv text, bool unless, int line)
{
	struct knowledge *k = l->k;
	struct pattern p = { .rule = rule, .unless = unless, .line = line };
	struct buf b;

	buf_init(&b, 0);
	if (kind == 't') {
		buf_str(&b, is_word(text.p[0]) ? "\\b" : "");
		add_literal(&b, text);
		buf_str(&b, is_word(text.p[text.n - 1]) ? "\\b" : "");
	} else if (kind == 'l') {
		add_literal(&b, text);
	} else {
		add_regex(&b, text);
	}
	p.regex = arena_cstr(k->arena, buf_view(&b));
	check(p.regex != NULL);
	buf_done(&b);
	LIST_ROOM(k->patterns, k->n_patterns, k->room_patterns);
	k->patterns[k->n_patterns++] = p;
}

/* ---- compiling ---- */

static enum err
compile(struct knowledge *k, struct why *why)
{
	const char **regexes = mem_new(k->n_patterns, sizeof(*regexes));
	unsigned *flags = mem_new(k->n_patterns, sizeof(*flags));
	unsigned *ids = mem_new(k->n_patterns, sizeof(*ids));
	hs_compile_error_t *error = NULL;
	enum err e = ERR_OK;

	for (size_t i = 0; i < k->n_patterns; i++) {
		regexes[i] = k->patterns[i].regex;
		flags[i] = PATTERN_FLAGS;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_multi(regexes, flags, ids, (unsigned)k->n_patterns, HS_MODE_BLOCK, NULL,
		&k->db, &error) != HS_SUCCESS) {
		int i = error == NULL ? -1 : error->expression;

		if (i >= 0 && (size_t)i < k->n_patterns) {
			const struct pattern *p = &k->patterns[i];

			e = why_set(why, ERR_DATA,
			    "%s:%d: error: the pattern '%.200s' of rule '%s': %s", p->rule->file,
			    p->line, p->regex, p->rule->id, error->message);
		} else {
			e = why_set(why, ERR_DATA, "the patterns do not compile: %s",
			    error == NULL ? "no reason given" : error->message);
		}
	}
	hs_free_compile_error(error);
	free(regexes);
	free(flags);
	free(ids);
	return e;
}

/* ---- the cache ---- */

struct cache_head {
	char magic[8];
	uint64_t hash[2]; /* of what was compiled, for which processor, by which library */
	uint64_t size, checksum;
};

static struct cache_head
cache_head_of(const struct knowledge *k, const char *bytes, size_t n)
{
	struct cache_head h = { .hash = { k->hash[0], k->hash[1] }, .size = n };
	hs_platform_info_t cpu = { 0 };

	memcpy(h.magic, CACHE_MAGIC, sizeof(h.magic));
	(void)hs_populate_platform(&cpu);
	h.hash[0] =
	    hash_fnv(sv_make((const char *)&cpu.cpu_features, sizeof(cpu.cpu_features)), h.hash[0]);
	h.hash[1] = hash_fnv(sv_from(hs_version()), h.hash[1]);
	h.checksum = hash_sip(&(struct hash_key){ h.hash[0], h.hash[1] }, sv_make(bytes, n));
	return h;
}

static char *
cache_path(const struct knowledge *k, const char *dir, const char *tail)
{
	struct cache_head h = cache_head_of(k, NULL, 0);
	struct buf b;

	buf_init(&b, 4096);
	buf_fmt(
	    &b, "%s/patterns-%016llx%s", dir, (unsigned long long)(h.hash[0] ^ h.hash[1]), tail);
	return b.p; /* owned by the caller */
}

static bool
cache_read(struct knowledge *k, const char *path)
{
	struct cache_head head;
	struct cache_head want;
	char *bytes = NULL;
	bool ok = false;
	FILE *f = fopen(path, "rbe");

	if (f == NULL) {
		return false;
	}
	if (fread(&head, sizeof(head), 1, f) == 1 && head.size <= CACHE_MAX) {
		bytes = mem_new(head.size, 1);
		if (fread(bytes, 1, head.size, f) == head.size) {
			want = cache_head_of(k, bytes, head.size);
			ok = memcmp(&want, &head, sizeof(head)) == 0 &&
			     hs_deserialize_database(bytes, head.size, &k->db) == HS_SUCCESS;
		}
	}
	free(bytes);
	(void)fclose(f);
	return ok;
}

/* Best effort: a cache that cannot be written costs time, not correctness. */
static void
cache_write(const struct knowledge *k, const char *dir, const char *path)
{
	char *bytes = NULL;
	size_t n = 0;
	char *tmp;
	struct cache_head head;
	FILE *f;
	int fd;

	(void)mkdir(dir, 0700);
	if (hs_serialize_database(k->db, &bytes, &n) != HS_SUCCESS) {
		return;
	}
	tmp = cache_path(k, dir, ".XXXXXX");
	fd = mkstemp(tmp);
	f = fd < 0 ? NULL : fdopen(fd, "wb");
	if (f != NULL) {
		bool ok;

		head = cache_head_of(k, bytes, n);
		ok = fwrite(&head, sizeof(head), 1, f) == 1 && fwrite(bytes, 1, n, f) == n;
		ok = fclose(f) == 0 && ok;
		if (!ok || rename(tmp, path) != 0) {
			(void)unlink(tmp);
		}
	}
	free(tmp);
	free(bytes);
}

enum err
patterns_compile(struct knowledge *k, const char *cache_dir, struct why *why)
{
	char *path = cache_dir == NULL ? NULL : cache_path(k, cache_dir, "");
	enum err e = ERR_OK;

	if (k->n_patterns == 0) {
		free(path);
		return why_set(why, ERR_DATA, "there is no rule with a pattern");
	}
	k->cached = path != NULL && cache_read(k, path);
	if (!k->cached) {
		e = compile(k, why);
		if (e == ERR_OK && path != NULL) {
			cache_write(k, cache_dir, path);
		}
	}
	free(path);
	return e;
}

/* ---- matching ---- */

struct matcher {
	const struct knowledge *k; /* borrowed */
	hs_scratch_t *scratch;     /* owned */
};

struct scan {
	matcher_hit *hit;
	void *context;
};

static int
on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct scan *s = context;

	(void)from;
	(void)flags;
	s->hit(s->context, id, (size_t)to);
	return 0;
}

enum err
matcher_new(const struct knowledge *k, struct matcher **out, struct why *why)
{
	struct matcher *m = mem_new(1, sizeof(*m));
	hs_error_t error = hs_alloc_scratch(k->db, &m->scratch);

	m->k = k;
	if (error != HS_SUCCESS) {
		free(m);
		return why_set(why, ERR_MEMORY, "vectorscan: no scratch memory (error %d)", error);
	}
	*out = m;
	return ERR_OK;
}

void
matcher_free(struct matcher **m)
{
	if (*m != NULL) {
		(void)hs_free_scratch((*m)->scratch);
		free(*m);
		*m = NULL;
	}
}

void
matcher_scan(struct matcher *m, struct sv text, matcher_hit *hit, void *context)
{
	struct scan s = { hit, context };

	if (text.n > 0) {
		hs_error_t error =
		    hs_scan(m->k->db, text.p, (unsigned)text.n, 0, m->scratch, on_match, &s);

		check(error == HS_SUCCESS);
	}
}
