/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_KNOWLEDGE_PRIVATE_H
#define CAROM_KNOWLEDGE_PRIVATE_H

/*
 * Shared inside knowledge/ only: the loaded tables, and the loader that fills
 * them.  Everything that lives as long as the knowledge is in its arena.
 */

#include "base/arena.h"
#include "knowledge/knowledge.h"
#include "knowledge/yaml.h"

#define KNOWLEDGE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define KNOWLEDGE_FILE_MAX  ((size_t)8 * 1024 * 1024)
#define KNOWLEDGE_FILES_MAX 1000
#define SUFFIX_LABELS_MAX   16 /* labels of a host that are looked at, from the right */

struct pattern { /* its number is its place in the match_set */
	struct rule *rule;
	bool unless;
};

struct suffix { /* a host suffix or a domain, and who it belongs to */
	const struct dated *dated;
	const struct provider *provider;
	uint64_t hash;
};

struct suffix_table {        /* sorted by hash, then by what is preferred */
	struct suffix *rows; /* owned */
	uint32_t *slots;     /* owned: by hash, the first row of a name + 1; 0: free */
	size_t n, n_slots;   /* a power of two */
};

struct code_rules {               /* rules without a pattern, in order of precedence */
	const struct rule **rows; /* owned */
	size_t n;
};

struct knowledge {
	struct arena *arena;
	struct cause *causes; /* owned */
	size_t n_causes, room_causes;
	const struct provider **providers; /* owned list of arena objects */
	size_t n_providers, room_providers;
	const struct rule **rules; /* owned list; by precedence once loaded */
	size_t n_rules, room_rules;
	struct rule_case *cases; /* owned */
	size_t n_cases, room_cases;
	struct pattern *patterns; /* owned */
	size_t n_patterns, room_patterns;
	struct suffix_table hosts, domains;
	struct code_rules *provider_codes; /* owned, one for each provider */
	struct code_rules status_rules, reply_rules;
	struct match_set *set; /* owned */
	uint64_t hash[2];
	char version[17];
};

/* What a reader of YAML nodes gets: where things go, and where to complain. */
struct loader {
	struct knowledge *k;
	struct yaml *y;
	const char *file;          /* in the arena; relative to share/ */
	struct provider *provider; /* NULL in share/rules */
};

/* Readers for tables of keys; `context` is a struct loader, `field` what the comment says. */
bool field_string(void *context, struct fy_node *n, void *field);  /* const char * */
bool field_date(void *context, struct fy_node *n, void *field);    /* int64_t */
bool field_bool(void *context, struct fy_node *n, void *field);    /* bool */
bool field_fault(void *context, struct fy_node *n, void *field);   /* enum fault */
bool field_lasting(void *context, struct fy_node *n, void *field); /* enum lasting */
bool field_action(void *context, struct fy_node *n, void *field);  /* const char * */
bool field_sources(
    void *context, struct fy_node *n, void *field);               /* struct sources; at least one */
bool field_remark(void *context, struct fy_node *n, void *field); /* a text that only people read */

struct sources {
	const char **list;
	size_t n;
};

/* The conditions of a rule, and the matchers that are lists of codes. */
bool codes_read(struct loader *l, struct fy_node *n, struct rule *r);
bool statuses_read(struct loader *l, struct fy_node *n, struct rule *r);
bool when_read(void *context, struct fy_node *n, void *rule);
bool flags_read(struct loader *l, struct fy_node *n, struct rule *r);

bool neutral_read(struct loader *l, struct fy_node *root); /* a file of share/rules */
bool causes_read(struct loader *l, struct fy_node *root);
bool provider_read(struct loader *l, struct fy_node *root);
bool rules_read(struct loader *l, struct fy_node *seq);
bool cases_read(struct loader *l, struct rule *rule, struct fy_node *seq);

/* Adds a pattern that stands at `at`; kind is 't'oken, 'l'iteral or 'r'egex. */
struct pattern_text {
	char kind;
	bool unless;
	struct sv text;
	struct fy_node *at;
};
bool pattern_add(struct loader *l, struct rule *rule, const struct pattern_text *p);

/* After everything is read: order the rules, fill the tables. */
enum err rules_finish(struct knowledge *k, struct why *why);
void providers_finish(struct knowledge *k);
void providers_free(struct knowledge *k);

/* One file: its name under share/, its path for people, and who reads its root. */
struct knowledge_file {
	const char *name, *path;
	bool (*read)(struct loader *, struct fy_node *);
};
struct knowledge *knowledge_empty(void);
enum err knowledge_text(
    struct knowledge *k, const struct knowledge_file *f, struct sv text, struct why *why);

#endif
