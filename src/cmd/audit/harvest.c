/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/harvest.h"

#include "audit/selectors.h"
#include "base/file.h"
#include "mail/mime.h"
#include "source/lines.h"
#include "store/listing.h"

#define ARENA_BYTES ((size_t)4 * 1024 * 1024)
#define MAIL_ARENA  ((size_t)16 * 1024 * 1024)

void
harvest_init(struct harvest *h, const struct hash_key *key)
{
	h->arena = arena_new(ARENA_BYTES);
	names_init(&h->seen, key);
}

void
harvest_done(struct harvest *h)
{
	names_done(&h->seen);
	arena_free(&h->arena);
}

static void
add(void *context, struct sv domain, struct sv selector)
{
	struct harvest *h = context;
	char room[2 * DNS_NAME_MAX + 2];
	struct buf b;

	if (h->seen.n >= HARVEST_MAX || domain.n > DNS_NAME_MAX || selector.n > DNS_NAME_MAX ||
	    !name_is_valid(domain) || !name_is_valid(selector)) {
		return;
	}
	buf_init(&b, 0);
	buf_fmt(&b, "%.*s %.*s", SV_ARG(selector), SV_ARG(domain));
	(void)names_put(&h->seen, sv_lower(buf_view(&b), room, sizeof(room)));
	buf_done(&b);
}

/* ---- files ---- */

static bool
from_log(struct harvest *h, const char *path, const struct audit_texts *texts)
{
	struct input *in = NULL;
	struct lines lines;
	struct sv line;
	uint64_t offset;
	struct why why;
	bool ok;

	if (input_open(path, &in, &why) != ERR_OK) {
		cmd_complain("audit", "%s", why.text);
		return false;
	}
	lines_init(&lines, in);
	while (lines_next(&lines, &line, &offset)) {
		struct sv domain;
		struct sv selector;

		if (selector_of_line(texts, line, &domain, &selector)) {
			add(h, domain, selector);
		}
	}
	ok = lines.error == ERR_OK;
	if (!ok) {
		cmd_complain("audit", "%s: %s", path, lines.why.text);
	}
	lines_done(&lines);
	input_close(&in);
	return ok;
}

static bool
from_mail(struct harvest *h, const char *path)
{
	struct arena *arena;
	struct buf mail;
	struct why why;
	bool ok;

	buf_init(&mail, MIME_BYTES_MAX);
	ok = file_read(path, &mail, &why) == ERR_OK;
	if (ok) {
		arena = arena_new(MAIL_ARENA);
		selectors_of_mail(buf_view(&mail), arena, add, h);
		arena_free(&arena);
	} else {
		cmd_complain("audit", "%s", why.text);
	}
	buf_done(&mail);
	return ok;
}

bool
harvest_files(struct harvest *h, const struct audit_args *args, const struct audit_texts *texts)
{
	for (size_t i = 0; i < args->n_logs; i++) {
		if (!from_log(h, args->logs[i], texts)) {
			return false;
		}
	}
	for (size_t i = 0; i < args->n_mails; i++) {
		if (!from_mail(h, args->mails[i])) {
			return false;
		}
	}
	return true;
}

/* ---- stores ---- */

/* "s1._domainkey.example.com" */
static void
from_record(void *context, const struct stored_record *r)
{
	struct sv domain = r->name;
	struct sv selector;

	if (r->value.n > 0 && sv_cut_sv(&domain, SV("._domainkey."), &selector)) {
		add(context, domain, selector);
	}
}

enum err
harvest_stores(struct harvest *h, struct sv domain, struct store *store,
    struct audit_reports *reports, struct why *why)
{
	if (store != NULL) {
		store_records(store, domain, from_record, h);
	}
	return reports == NULL ? ERR_OK : audit_reports_selectors(reports, add, h, why);
}

void
harvest_put(const struct harvest *h, struct audit_request *q)
{
	q->n_seen = 0;
	for (uint32_t i = 0; i < h->seen.n && q->n_seen < AUDIT_SEEN_MAX; i++) {
		struct sv domain = names_text(&h->seen, i);
		struct sv selector;

		if (sv_cut(&domain, ' ', &selector) && sv_ieq(domain, q->domain)) {
			q->seen[q->n_seen++] = selector;
		}
	}
}
