/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "cmd/cmd_store.h"
#include "cmd/reports/private.h"
#include "role/confine.h"

#include <stdlib.h>

/* The folder of a path, in the buffer. */
static const char *
folder_of(const char *path, struct buf *b)
{
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));

	buf_clear(b);
	buf_sv(b, slash < 0 ? SV(".") : slash == 0 ? SV("/") : sv_make(path, (size_t)slash));
	return b->p;
}

/* Reports come from strangers: what reads them has the named files, the store, and no network. */
static enum err
confine(const struct reports_args *args, struct why *why)
{
	/* Where SQLite puts what it sorts, and iconv has its charsets. */
	const char *temporary = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
	const char *write[5] = { "/var/tmp", "/tmp" };
	size_t n_read = args->n_paths + 1;
	const char **read = mem_new(n_read, sizeof(*read));
	struct confine_paths paths = { read, n_read, write, 2 };
	struct buf b;
	struct buf c;
	enum err e;

	buf_init(&b, 0);
	buf_init(&c, 0);
	for (size_t i = 0; i < args->n_paths; i++) {
		read[i] = args->paths[i];
	}
	read[args->n_paths] = "/usr/lib";
	if (temporary != NULL) {
		write[paths.n_write++] = temporary;
	}
	if (args->store != NULL) {
		write[paths.n_write++] = folder_of(args->store, &b);
	}
	if (args->alerts != NULL) {
		write[paths.n_write++] = folder_of(args->alerts, &c);
	}
	e = confine_enter(&paths, why);
	buf_done(&b);
	buf_done(&c);
	free(read);
	return e;
}

/* In this order: a store is opened, and a process started, before all else is given up. */
static enum err
make(const struct reports_args *args, struct reports_made *m, struct why *why)
{
	enum err e = report_words_load(m->ctx->share, &m->words, why);

	e = e == ERR_OK ? cmd_policy(m->ctx, args->policy, &m->policies, why) : e;
	e = e == ERR_OK ? reports_prover_new(m->ctx, &args->prover, m->words, &m->prover, why) : e;
	e = e == ERR_OK ? reports_open(args->store, &m->ctx->key, &m->store, why) : e;
	if (e == ERR_OK && args->alerts != NULL) {
		const struct store_options opt = { .path = args->alerts };

		e = store_open(&opt, &m->alerts, why);
	}
	return e == ERR_OK ? confine(args, why) : e;
}

static int
read_and_show(const struct reports_made *m, const struct reports_args *args)
{
	struct reports_run *r = reports_run_new(m->store, reports_prover_judge(m->prover));
	struct why why = { "" };
	int code = EXIT_BROKEN;

	if (reports_run_read(r, args->paths, args->n_paths, &why) != ERR_OK ||
	    (m->alerts != NULL && reports_tell(m, &why) != ERR_OK)) {
		cmd_complain("reports", "%s", why.text);
	} else {
		code = reports_show(m, args, r);
		if (args->mailbox != NULL) {
			reports_imap_keep(r, args->mailbox);
		}
	}
	reports_run_free(&r);
	return code;
}

int
reports_read(const struct cmd_context *ctx, const struct reports_args *args)
{
	struct reports_made m = { .ctx = ctx };
	struct why why = { "" };
	int code = EXIT_BROKEN;

	if (make(args, &m, &why) != ERR_OK) {
		cmd_complain("reports", "%s", why.text);
	} else {
		code = read_and_show(&m, args);
	}
	reports_prover_free(&m.prover);
	reports_close(&m.store);
	store_close(&m.alerts);
	report_words_free(&m.words);
	return code;
}
