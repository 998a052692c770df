/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/read/analyze_mails.h"

#include "fact/event.h"

#define SAMPLES_MAX 10

static bool
take(void *context, const struct returned *r)
{
	struct analyze_mails *a = context;

	a->lost += !tie_add(a->tie, r);
	return true;
}

enum err
analyze_mails_read(struct analyze_mails *a, const struct cmd_context *ctx, const char **paths,
    size_t *n_paths, struct why *why)
{
	struct mail_facts f = {
		.command = "analyze", .k = a->k, .c = a->c, .take = take, .context = a
	};
	size_t n = *n_paths;
	enum err e = mail_facts_start(&f, ctx->share, a->complaints, why);

	e = e == ERR_OK ? mail_confine(paths, n, NULL, why) : e;
	if (e == ERR_OK) {
		*n_paths = mail_facts_split(paths, n);
	}
	if (e == ERR_OK && *n_paths < n) {
		a->tie = tie_new(&ctx->key);
		buf_init(&a->samples, 0);
		e = mail_facts_read(&f, paths + *n_paths, n - *n_paths, why);
	}
	a->code = f.mails.code;
	mail_facts_done(&f);
	return e;
}

static void
on_untied(void *context, const struct returned *mail, const struct returned_recipient *r)
{
	struct analyze_mails *a = context;

	if (a->n_samples++ >= SAMPLES_MAX) {
		return;
	}
	buf_printable(&a->samples, mail->name, 200);
	buf_str(&a->samples, ": ");
	if (r->address.n == 0) {
		buf_str(&a->samples, "somebody");
	} else if (a->addresses) {
		buf_printable(&a->samples, r->address, 200);
	} else {
		address_mask(r->address, &a->samples);
	}
	buf_fmt(&a->samples, ", %s\n", r->verdict.cause->name);
}

void
analyze_mails_count(struct analyze_mails *a, struct tally *t, bool has_log, int64_t now_us)
{
	if (a->tie != NULL) {
		const struct mail_run run = { a->tie, t, has_log, now_us, on_untied, a };

		analyze_mails(&run, &a->counts);
	}
}

void
analyze_mails_done(struct analyze_mails *a)
{
	if (a->tie != NULL) {
		tie_free(&a->tie);
		buf_done(&a->samples);
	}
}
