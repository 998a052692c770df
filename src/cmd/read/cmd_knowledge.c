/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "classify/cases.h"
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: carom knowledge                 what is known, in figures, and the providers\n"
    "       carom knowledge WORD            rules and providers that mention the word\n"
    "       carom knowledge show ID         one rule, provider or token, whole\n"
    "       carom knowledge check           run every case; report rules that no case "
    "exercises\n"
    "                                       and what shadows them, cases that two rules claim,\n"
    "                                       facts past their dates\n";

static void
print_days(const struct dated *d, struct buf *b)
{
	char day[32];

	if (d->from_us != TIME_NONE) {
		civil_print(d->from_us, day, sizeof(day));
		buf_fmt(b, " from %.10s", day);
	}
	if (d->until_us != TIME_NONE) {
		civil_print(d->until_us, day, sizeof(day));
		buf_fmt(b, " until %.10s", day);
	}
}

static void
print_names(const char *title, const struct dated *list, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++) {
		buf_fmt(b, "%-13s%.*s", i == 0 ? title : "", SV_ARG(list[i].name));
		print_days(&list[i], b);
		buf_char(b, '\n');
	}
}

static void
print_text(const char *title, const char *text, struct buf *b)
{
	if (text != NULL) {
		buf_fmt(b, "%-13s%s\n", title, text);
	}
}

static void
print_provider(const struct provider *p, const struct knowledge *k, struct buf *b)
{
	size_t n;
	const struct rule *const *rules = knowledge_rules(k, &n);

	buf_fmt(b, "%-13s%s (%s, %s; checked %s)\n", p->id, p->name, p->kind, p->file, p->checked);
	print_names("hosts", p->hosts, p->n_hosts, b);
	print_names("domains", p->domains, p->n_domains, b);
	for (size_t i = 0; i < p->n_limits; i++) {
		buf_fmt(b, "%-13s%s %lld (%s)\n", i == 0 ? "limits" : "", p->limits[i].name,
		    (long long)p->limits[i].value, p->limits[i].source);
	}
	print_text("postmaster", p->postmaster, b);
	print_text("contact", p->contact, b);
	print_text("feedback", p->feedback_loop, b);
	print_text("notes", p->notes, b);
	for (size_t i = 0; i < p->n_sources; i++) {
		print_text(i == 0 ? "sources" : "", p->sources[i], b);
	}
	for (size_t i = 0; i < n; i++) {
		if (rules[i]->provider == p) {
			buf_fmt(b, "  %-28s %-20s %s\n", rules[i]->id, rules[i]->cause->name,
			    rules[i]->says);
		}
	}
}

static void
print_rule(const struct rule *r, const struct knowledge *k, struct buf *b)
{
	size_t n;
	const struct rule_case *cases = knowledge_cases(k, &n);
	const struct dated days = { .from_us = r->from_us, .until_us = r->until_us };

	buf_fmt(b, "%s (%s:%d)\n", r->id, r->file, r->line);
	buf_fmt(b, "  cause      %s, fault %s, lasting %s, action %s\n", r->cause->name,
	    fault_name(r->fault),
	    lasting_name(r->lasting == LASTING_NONE ? r->cause->lasting : r->lasting), r->action);
	buf_fmt(b, "  standing   %s, rank %u", tier_name(r->tier), r->rank);
	print_days(&days, b);
	buf_fmt(b, "\n  says       %s\n  do         %s\n", r->says, r->does);
	for (unsigned q = 1; q <= QUIRK_TEXT_MISLEADS; q <<= 1) {
		if ((r->quirks & q) != 0) {
			buf_fmt(b, "  beware     %s\n", quirk_sentence((enum quirk)q));
		}
	}
	for (size_t i = 0; i < r->n_sources; i++) {
		buf_fmt(b, "  source     %s\n", r->sources[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (cases[i].rule == r) {
			buf_str(b, "  case       ");
			buf_printable(b, cases[i].reply, 300);
			buf_char(b, '\n');
		}
	}
}

static bool
mentions(const char *text, struct sv word)
{
	return text != NULL && sv_ifind(sv_from(text), word) >= 0;
}

static bool
rule_mentions(const struct rule *r, const struct knowledge *k, struct sv word)
{
	size_t n;
	const struct rule_case *cases = knowledge_cases(k, &n);

	if (mentions(r->id, word) || mentions(r->says, word) || mentions(r->cause->name, word) ||
	    (r->provider != NULL &&
		(mentions(r->provider->id, word) || mentions(r->provider->name, word)))) {
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (cases[i].rule == r && sv_ifind(cases[i].reply, word) >= 0) {
			return true;
		}
	}
	return false;
}

/* What a token of its own means: the rule that wins for exactly that text. */
static const struct rule *
rule_of_token(const struct knowledge *k, struct sv token)
{
	struct classifier *c = NULL;
	struct question q;
	struct verdict v;

	if (classifier_new(k, &c, NULL) != ERR_OK) {
		return NULL;
	}
	question_from_text(token, &q);
	classify(c, &q, &v);
	classifier_free(&c);
	return v.tier <= TIER_WORDING ? v.rule : NULL;
}

static bool
show(const struct knowledge *k, const char *id, struct buf *b)
{
	const struct provider *p = knowledge_provider_by_id(k, sv_from(id));
	size_t n;
	const struct rule *const *rules = knowledge_rules(k, &n);
	const struct rule *hit = NULL;

	if (p != NULL) {
		print_provider(p, k, b);
		return true;
	}
	for (size_t i = 0; i < n && hit == NULL; i++) {
		hit = strcmp(rules[i]->id, id) == 0 ? rules[i] : NULL;
	}
	if (hit == NULL) {
		hit = rule_of_token(k, sv_from(id));
	}
	if (hit == NULL) {
		return false;
	}
	print_rule(hit, k, b);
	return true;
}

static bool
search(const struct knowledge *k, struct sv word, struct buf *b)
{
	size_t n;
	const struct rule *const *rules = knowledge_rules(k, &n);
	const struct provider *p = knowledge_provider_by_id(k, word);
	size_t found = 0;

	if (p != NULL) {
		print_provider(p, k, b);
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (rule_mentions(rules[i], k, word)) {
			buf_fmt(b, "%-30s %-20s %s\n", rules[i]->id, rules[i]->cause->name,
			    rules[i]->says);
			found++;
		}
	}
	return found > 0;
}

static void
list(const struct knowledge *k, struct buf *b)
{
	size_t n_providers;
	size_t n_rules;
	size_t n_cases;
	size_t n_causes;
	const struct provider *const *providers = knowledge_providers(k, &n_providers);

	(void)knowledge_rules(k, &n_rules);
	(void)knowledge_cases(k, &n_cases);
	(void)knowledge_causes(k, &n_causes);
	buf_fmt(b,
	    "%zu causes, %zu providers, %zu rules with %zu patterns, %zu cases; version %s\n\n",
	    n_causes, n_providers, n_rules, knowledge_n_patterns(k), n_cases, knowledge_version(k));
	for (size_t i = 0; i < n_providers; i++) {
		buf_fmt(b, "%-16s %-10s %s\n", providers[i]->id, providers[i]->kind,
		    providers[i]->name);
	}
}

/* ---- check ---- */

#define RIVALS_MAX 4 /* shown for one case */

static void
report_old_facts(const struct knowledge *k, int64_t now_us, struct buf *b)
{
	size_t n;
	const struct provider *const *providers = knowledge_providers(k, &n);

	for (size_t i = 0; i < n; i++) {
		int64_t day;

		if (civil_take_iso(sv_from(providers[i]->checked), &day) &&
		    now_us - day > 365 * US_PER_DAY) {
			buf_fmt(b,
			    "note: %s was last held against its sources on %s, over a year ago\n",
			    providers[i]->file, providers[i]->checked);
		}
	}
}

/* What the cases showed of one rule, by its index. */
struct tried {
	bool won;
	const struct rule
	    *instead; /* where a case beside it ended; NULL: at itself, or it has none */
};

static void
report_unexercised(const struct knowledge *k, const struct tried *tried, struct buf *b)
{
	size_t n;
	const struct rule *const *rules = knowledge_rules(k, &n);

	for (size_t i = 0; i < n; i++) {
		const struct tried *t = &tried[rules[i]->index];

		if (!t->won) {
			buf_fmt(b, "note: %s:%d: no case ends at rule %s", rules[i]->file,
			    rules[i]->line, rules[i]->id);
			if (t->instead != NULL) {
				buf_fmt(b, ": rule %s shadows it", t->instead->id);
			}
			buf_char(b, '\n');
		}
	}
}

/* Whether only the length of a pattern decided between two causes. */
static void
report_claims(
    struct classifier *c, const struct rule_case *one, const struct verdict *v, struct buf *b)
{
	const struct rule *rivals[RIVALS_MAX];
	struct question q;
	size_t n;

	case_question(one, &q);
	n = classify_rivals(c, &q, v, rivals, RIVALS_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_fmt(b,
		    "note: %s:%d: rules %s (%s) and %s (%s) both claim this case, at rank %u\n",
		    one->rule->file, one->line, v->rule->id, v->rule->cause->name, rivals[i]->id,
		    rivals[i]->cause->name, v->rule->rank);
	}
}

static int
check_all(const struct knowledge *k, int64_t now_us, struct buf *b)
{
	size_t n;
	size_t n_rules;
	size_t failed = 0;
	const struct rule_case *cases = knowledge_cases(k, &n);
	struct classifier *c = NULL;
	struct verdict v;
	struct why why;
	struct tried *tried;

	if (classifier_new(k, &c, &why) != ERR_OK) {
		cmd_complain("knowledge", "%s", why.text);
		return EXIT_BROKEN;
	}
	(void)knowledge_rules(k, &n_rules);
	tried = mem_new(n_rules, sizeof(*tried));
	for (size_t i = 0; i < n; i++) {
		if (!case_run(c, &cases[i], &v)) {
			failed++;
			case_explain(&cases[i], &v, b);
		}
		report_claims(c, &cases[i], &v, b);
		if (v.rule != NULL) {
			tried[v.rule->index].won = true;
		}
		if (v.rule != NULL && v.rule != cases[i].rule) {
			tried[cases[i].rule->index].instead = v.rule;
		}
	}
	report_unexercised(k, tried, b);
	report_old_facts(k, now_us, b);
	buf_fmt(b, "%zu cases, %zu as expected, %zu not\n", n, n - failed, failed);
	free(tried);
	classifier_free(&c);
	return failed == 0 ? EXIT_FINE : EXIT_TROUBLE;
}

int
cmd_knowledge_tool(const struct cmd_context *ctx, int argc, char **argv)
{
	struct knowledge *k;
	struct buf out;
	int code = EXIT_FINE;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || argv[1][0] == '-')) {
		bool asked = strcmp(argv[1], "--help") == 0;

		(void)fputs(help, asked ? stdout : stderr);
		return asked ? EXIT_FINE : EXIT_USAGE_ERROR;
	}
	k = cmd_knowledge(ctx);
	if (k == NULL) {
		return EXIT_BROKEN;
	}
	buf_init(&out, 0);
	if (argc < 2 || strcmp(argv[1], "list") == 0) {
		list(k, &out);
	} else if (strcmp(argv[1], "check") == 0) {
		code = check_all(k, ctx->now_us, &out);
	} else if (strcmp(argv[1], "show") == 0 && argc > 2 ? !show(k, argv[2], &out)
							    : !search(k, sv_from(argv[1]), &out)) {
		cmd_complain("knowledge", "nothing is known of '%s'", argv[argc > 2 ? 2 : 1]);
		code = EXIT_TROUBLE;
	}
	if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0) {
		code = EXIT_BROKEN;
	}
	buf_done(&out);
	knowledge_free(&k);
	return code;
}
