/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as an Authentication-Results field (the first line) and a report mail (the rest). */

#include "auth/authres.h"
#include "auth/report_mail.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
answer_all(struct book *book)
{
	const struct dns_answer none = { .status = DNS_NO_NAME };
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		book_answer(book, id, &none);
	}
}

static void
judge(struct sv mail, struct arena *arena)
{
	static const struct hash_key key = { 3, 4 };
	static const char *const servers[] = { "mx.example.com" };
	const struct report_trust trust = { servers, 1, NULL, 0, true };
	struct book *book = book_new(&key);
	struct report_mail m;
	bool done = false;

	for (unsigned round = 0; round < 4 && !done; round++) {
		done = report_mail_judge(book, arena, mail, &trust, &m);
		answer_all(book);
	}
	check(done && m.proof != REPORT_PROOF_NO_MAIL && m.proof != REPORT_PROOF_UNSAID);
	/* No key was found, so only the server's word can have proven it. */
	check(m.proof != REPORT_PROOF_PASS || strcmp(m.by, "authentication-results") == 0);
	report_mail_names(&m, SV("a@example.org"), SV("Example"), &trust, arena);
	check(strlen(m.why) < sizeof(m.why));
	book_free(&book);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = sv_make((const char *)data, size);
	struct sv line = { 0 };
	struct arena *arena = arena_new((size_t)1 << 22);
	struct authres a;

	(void)sv_cut(&rest, '\n', &line);
	if (authres_read(line, arena, &a)) {
		check(a.id.n > 0 && a.n <= AUTHRES_RESULTS_MAX);
		for (size_t i = 0; i < a.n; i++) {
			check(a.results[i].method.n > 0 && a.results[i].result.n > 0);
			check(sv_chr(a.results[i].domain, '@') < 0);
		}
	}
	judge(rest, arena);
	arena_free(&arena);
	return 0;
}
