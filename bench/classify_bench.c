/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "classify/cases.h"
#include "gen_out.h"

#include <stdlib.h>
#include <time.h>

/*
 * classify_bench [SHARE [KIND]]: how many replies a second one core classifies, from
 * bytes to verdict (find code and status, normalise, match, decide), and how long
 * the knowledge takes to load.  The replies are those of all cases of all rules,
 * each time with another address and other endings (main has the kinds), so that no
 * two are the same.  memchr over the same bytes is the limit of the machine.
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

struct kind {
	const char *says;
	unsigned percent; /* of the replies that have it */
	bool word;        /* a word that never came, else an id */
};

/* Ids as providers write them; the letters stand for random ones of their kind. */
static const char *const id_forms[] = {
	" [HHHHHHHHHHHHHHHH]",                        /* bracketed, any */
	" xDDsiDDDDDDDHHH.DD - gsmtp",                /* Gmail */
	" [AMDPRDDMBDDDD.eurprd01.prod.outlook.com]", /* Microsoft 365 */
	" in queue DAADDAADDAAD",                     /* a long queue id */
	" id=DaADaA-DDDaADaADDD-Da",                  /* Exim */
	" (HHHHHHHH-HHHH-HHHH-HHHH-HHHHHHHHHHHH)",    /* a UUID */
};

static char
random_like(char form, uint64_t *rng)
{
	switch (form) {
	case 'H':
		return "0123456789abcdef"[random_below(rng, 16)];
	case 'D':
		return (char)('0' + random_below(rng, 10));
	case 'A':
		return (char)('A' + random_below(rng, 26));
	case 'a':
		return (char)('a' + random_below(rng, 26));
	default:
		return form;
	}
}

/* What the kind puts behind the reply; a server writes its ids in one way. */
static void
vary_end(struct buf *out, struct sv reply, const struct kind *kind, uint64_t *rng)
{
	const char *form =
	    kind->word ? " aaaaaa" : id_forms[reply.n % (sizeof(id_forms) / sizeof(id_forms[0]))];

	if (random_below(rng, 100) >= kind->percent) {
		return;
	}
	for (; *form != '\0'; form++) {
		buf_char(out, random_like(*form, rng));
	}
}

/* The reply with another local part in every address, and what its kind puts behind. */
static void
vary(struct buf *out, struct sv reply, const struct kind *kind, uint64_t *rng)
{
	struct sv whole = reply;
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
	vary_end(out, whole, kind, rng);
}

static void
corpus_make(const struct knowledge *k, const struct kind *kind, struct corpus *c)
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
		vary(&c->text, of->reply, kind, &rng);
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
measure(const struct knowledge *k, const struct kind *kind, const struct corpus *c)
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
	printf("classify      %.0f replies/s on one core, %.2f us each, %.0f bytes each, %s "
	       "(memchr over the same bytes: %.0f times as fast)\n",
	    REPLIES / s, s / REPLIES * 1e6, (double)c->text.n / REPLIES, kind->says, s / m);
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
	uint64_t only = UINT64_MAX;
	static const struct kind kinds[] = {
		{ "each with an id of its own", 100, false },
		{ "half with an id of their own", 50, false },
		{ "no ids", 0, false },
		{ "each with a word that never came", 100, true },
	};
	const size_t n = sizeof(kinds) / sizeof(kinds[0]);

	(void)load(&opt, &k);
	for (size_t i = 0; i < n; i++) {
		struct corpus c;

		if (argc > 2 && (!num_u64(sv_from(argv[2]), n, &only) || only != i)) {
			continue;
		}
		corpus_make(k, &kinds[i], &c);
		measure(k, &kinds[i], &c);
		if (i + 1 == n) {
			measure_start(share, &c);
		}
		buf_done(&c.text);
		free(c.asked);
	}
	knowledge_free(&k);
	return 0;
}
