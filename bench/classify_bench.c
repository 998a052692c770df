/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/err.h"
#include "classify/cases.h"
#include "gen_out.h"

#include <stdlib.h>
#include <time.h>

/*
 * classify_bench [SHARE]: how many replies a second one core classifies, from
 * bytes to verdict (find code and status, normalise, match, decide), and how long
 * the knowledge takes to load.  The replies are those of all cases of all rules,
 * each time with another address and another session id, so that no two are the
 * same.  memchr over the same bytes is the limit of the machine.
 */

#define REPLIES 60000
#define ROUNDS  15

struct asked {
	const struct rule_case *of;
	size_t at, n; /* in the text */
};

struct corpus {
	struct buf text;
	struct asked *asked; /* owned: REPLIES */
};

static double
now_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
double_cmp(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), double_cmp);
	return v[n / 2];
}

static bool
is_local_part(char c)
{
	return char_is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+';
}

/* The reply with another local part in every address, and, of so many in a hundred, an id behind it. */
static void
vary(struct buf *out, struct sv reply, unsigned ids, uint64_t *rng)
{
	struct sv head;

	while (sv_cut(&reply, '@', &head)) {
		size_t n = head.n;

		while (n > 0 && is_local_part(head.p[n - 1])) {
			n--;
		}
		buf_sv(out, sv_head(head, n));
		if (n < head.n) {
			buf_fmt(out, "user%u", random_below(rng, 1000000));
		}
		buf_char(out, '@');
	}
	buf_sv(out, reply);
	if (random_below(rng, 100) < ids) {
		buf_fmt(out, " [%08x%08x]", random_below(rng, UINT32_MAX),
		    random_below(rng, UINT32_MAX));
	}
}

static void
corpus_make(const struct knowledge *k, unsigned ids, struct corpus *c)
{
	uint64_t rng = 1;
	size_t n;
	const struct rule_case *cases = knowledge_cases(k, &n);

	check(n > 0);
	buf_init(&c->text, 0);
	c->asked = mem_new(REPLIES, sizeof(*c->asked));
	for (size_t i = 0; i < REPLIES; i++) {
		const struct rule_case *of = &cases[i < n ? i : random_below(&rng, (uint32_t)n)];

		c->asked[i] = (struct asked){ .of = of, .at = c->text.n };
		vary(&c->text, of->reply, ids, &rng);
		c->asked[i].n = c->text.n - c->asked[i].at;
	}
}

static void
ask(struct classifier *classifier, const struct corpus *c, size_t i, struct verdict *out)
{
	const struct asked *a = &c->asked[i];
	struct question q;

	question_from_text(sv_make(c->text.p + a->at, a->n), &q);
	q.time_us = a->of->time_us;
	if (a->of->host.n > 0) {
		q.host = a->of->host;
	}
	if (a->of->recipient.n > 0) {
		q.domain = address_domain(a->of->recipient);
	}
	if (a->of->stage != STAGE_NONE) {
		q.stage = a->of->stage;
	}
	classify(classifier, &q, out);
}

static double
round_classify(struct classifier *classifier, const struct corpus *c, size_t *known_out)
{
	double from = now_seconds();
	size_t known = 0;

	for (size_t i = 0; i < REPLIES; i++) {
		struct verdict v;

		ask(classifier, c, i, &v);
		known += v.rule != NULL;
	}
	*known_out = known;
	return now_seconds() - from;
}

/* Looks for a byte that is not there, reply by reply. */
static double
round_memchr(const struct corpus *c, size_t *found_out)
{
	double from = now_seconds();
	size_t found = 0;

	for (size_t i = 0; i < REPLIES; i++) {
		found += memchr(c->text.p + c->asked[i].at, '\1', c->asked[i].n) != NULL;
	}
	*found_out = found;
	return now_seconds() - from;
}

static void
measure(const struct knowledge *k, unsigned ids, const struct corpus *c)
{
	struct classifier *classifier = NULL;
	struct why why;
	double took[ROUNDS];
	double limit[ROUNDS];
	size_t known = 0;
	size_t found = 0;
	double s;
	double m;
	struct match_stats st;

	check(classifier_new(k, &classifier, &why) == ERR_OK);
	for (size_t i = 0; i < ROUNDS; i++) {
		took[i] = round_classify(classifier, c, &known);
		limit[i] = round_memchr(c, &found);
	}
	s = median(took, ROUNDS);
	m = median(limit, ROUNDS);
	printf("classify      %.0f replies/s on one core, %.2f us each, %.0f bytes each, %u %% "
	       "with an id "
	       "(memchr over the same bytes: %.0f times as fast)\n",
	    REPLIES / s, s / REPLIES * 1e6, (double)c->text.n / REPLIES, ids, s / m);
	printf("              %zu of %d replies known to a rule; median of %d rounds, the fastest "
	       "%.0f replies/s\n",
	    known, REPLIES, ROUNDS, REPLIES / took[0]);
	check(found == 0);
	classifier_stats(classifier, &st);
	printf("              %zu steps, %zu states, %.1f MB, dropped %zu times\n", st.positions,
	    st.states, (double)st.bytes / 1e6, st.drops);
	classifier_free(&classifier);
}

static double
load(const struct knowledge_options *opt, struct knowledge **out)
{
	struct why why;
	double from = now_seconds();

	if (knowledge_load(opt, out, &why) != ERR_OK) {
		(void)fprintf(stderr, "classify_bench: %s\n", why.text);
		exit(1); // NOLINT(concurrency-mt-unsafe): one thread
	}
	return now_seconds() - from;
}

/* What the first reply of a process pays: the knowledge, and the states its text needs. */
static void
measure_start(const char *share, const struct corpus *c)
{
	const struct knowledge_options opt = { .share = share };
	double took[ROUNDS];
	double first[ROUNDS];
	size_t n_patterns = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		struct knowledge *k = NULL;
		struct classifier *classifier = NULL;
		struct verdict v;
		struct why why;
		double from;

		took[i] = load(&opt, &k);
		from = now_seconds();
		check(classifier_new(k, &classifier, &why) == ERR_OK);
		ask(classifier, c, i * 7, &v);
		first[i] = now_seconds() - from;
		n_patterns = knowledge_n_patterns(k);
		classifier_free(&classifier);
		knowledge_free(&k);
	}
	printf("start-up      %.0f ms to read share/ (%zu patterns), and %.1f ms for the first "
	       "reply\n",
	    median(took, ROUNDS) * 1e3, n_patterns, median(first, ROUNDS) * 1e3);
}

int
main(int argc, char **argv)
{
	const char *share = argc > 1 ? argv[1] : CAROM_SOURCE_DIR "/share";
	struct knowledge_options opt = { .share = share };
	struct knowledge *k = NULL;
	static const unsigned ids[] = { 100, 50, 0 };

	(void)load(&opt, &k);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct corpus c;

		corpus_make(k, ids[i], &c);
		measure(k, ids[i], &c);
		if (ids[i] == 0) {
			measure_start(share, &c);
		}
		buf_done(&c.text);
		free(c.asked);
	}
	knowledge_free(&k);
	return 0;
}
