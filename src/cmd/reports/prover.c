/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/reports/prover.h"

#include "auth/report_mail.h"
#include "net/dns_far.h"
#include "settings/settings.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define ROUNDS_MAX  8 /* one is enough for keys; a net below it */

struct reports_prover {
	struct settings settings; /* owned */
	struct report_trust trust;
	const char **servers, **senders; /* owned */
	struct dns_far *dns;             /* owned; NULL: no keys */
	struct hash_key key;
	struct book *book;   /* owned: keys that were asked for */
	struct arena *arena; /* owned: of one mail */
	struct report_judge judge;
};

/* A book takes so many questions and no more; keys are asked for again then. */
static void
make_room(struct reports_prover *p)
{
	if (book_lookups(p->book) + DKIM_SIGNATURES_MAX >= BOOK_LOOKUPS_MAX) {
		book_free(&p->book);
		p->book = book_new(&p->key);
	}
}

static void
judge_mail(void *context, struct sv mail, struct report_mail *out)
{
	struct reports_prover *p = context;

	make_room(p);
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		arena_reset(p->arena);
		if (report_mail_judge(p->book, p->arena, mail, &p->trust, out)) {
			return;
		}
		dns_far_answer(p->dns, p->book);
	}
}

static void
judge_names(void *context, struct report_mail *m, struct sv address, struct sv org)
{
	struct reports_prover *p = context;

	arena_reset(p->arena);
	report_mail_names(m, address, org, &p->trust, p->arena);
}

static void
trust(struct reports_prover *p, const struct prover_options *opt, const struct report_words *words)
{
	const struct setting_list *set = &p->settings.report_servers;
	const char *const *known;
	size_t n_known = report_words_senders(words, &known);
	size_t n = 0;

	p->servers = mem_new(set->n + opt->n_servers + 1, sizeof(*p->servers));
	p->senders = mem_new(p->settings.report_senders.n + n_known + 1, sizeof(*p->senders));
	for (size_t i = 0; i < set->n; i++) {
		p->servers[n++] = set->all[i];
	}
	for (size_t i = 0; i < opt->n_servers; i++) {
		p->servers[n++] = opt->servers[i];
	}
	p->trust = (struct report_trust){ p->servers, n, p->senders, 0, p->dns != NULL };
	for (size_t i = 0; i < n_known; i++) {
		p->senders[p->trust.n_senders++] = known[i];
	}
	for (size_t i = 0; i < p->settings.report_senders.n; i++) {
		p->senders[p->trust.n_senders++] = p->settings.report_senders.all[i];
	}
}

enum err
reports_prover_new(const struct cmd_context *ctx, const struct prover_options *opt,
    const struct report_words *words, struct reports_prover **out, struct why *why)
{
	struct dns_options dns = { .resolver = opt->resolver, .key = ctx->key };
	struct reports_prover *p = mem_new(1, sizeof(*p));
	enum err e = settings_load(opt->config, &p->settings, why);

	if (e == ERR_OK && dns.resolver == NULL && p->settings.resolver[0] != '\0') {
		dns.resolver = p->settings.resolver;
	}
	if (e == ERR_OK && !opt->no_dns) {
		e = dns_far_start(&dns, &p->dns, why);
		e = e == ERR_OK ? e : why_prefix(why, e, "name server");
	}
	if (e != ERR_OK) {
		reports_prover_free(&p);
		return e;
	}
	p->key = ctx->key;
	p->book = book_new(&ctx->key);
	p->arena = arena_new(ARENA_BYTES);
	p->judge = (struct report_judge){ judge_mail, judge_names, p };
	trust(p, opt, words);
	*out = p;
	return ERR_OK;
}

void
reports_prover_free(struct reports_prover **pp)
{
	struct reports_prover *p = *pp;

	if (p == NULL) {
		return;
	}
	dns_far_stop(&p->dns);
	book_free(&p->book);
	arena_free(&p->arena);
	free(p->servers);
	free(p->senders);
	settings_done(&p->settings);
	free(p);
	*pp = NULL;
}

const struct report_judge *
reports_prover_judge(const struct reports_prover *p)
{
	return &p->judge;
}
