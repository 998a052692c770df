/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/reports/imap.h"

#include "base/file.h"
#include "cmd/cmd.h"
#include "mail/mime.h"
#include "net/imap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSWORD_MAX 1024
#define TIMEOUT_MS   60000
#define BYTES_MAX    ((size_t)512 * 1024 * 1024) /* of one visit; the rest is for the next */
#define FOLDER_TEXT  256

struct visit {
	struct imap *imap; /* owned */
	char folder[FOLDER_TEXT];
	const uint32_t *uids; /* the imap's */
	size_t n;             /* those brought */
};

static bool
read_password(const struct reports_imap *q, struct buf *out)
{
	const char *v = getenv("CAROM_IMAP_PASSWORD"); // NOLINT(concurrency-mt-unsafe): one thread
	struct why why;

	if (q->password_file == NULL && v == NULL) {
		cmd_complain("reports",
		    "--imap wants a password: --imap-password-file FILE, or $CAROM_IMAP_PASSWORD");
		return false;
	}
	if (q->password_file == NULL) {
		buf_str(out, v);
	} else if (file_read(q->password_file, out, &why) != ERR_OK) {
		cmd_complain("reports", "%s", why.text);
		return false;
	}
	while (out->n > 0 && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r')) {
		out->p[--out->n] = '\0';
	}
	return true;
}

static void
mail_path(const struct visit *v, uint32_t uid, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%u.eml", v->folder, uid);
}

static bool
write_mail(const struct visit *v, uint32_t uid, const struct buf *mail)
{
	char path[FOLDER_TEXT + 32];
	int fd;
	bool ok;

	mail_path(v, uid, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = fd >= 0;
	for (size_t at = 0; ok && at < mail->n;) {
		ssize_t n = write(fd, mail->p + at, mail->n - at);

		ok = n > 0;
		at += ok ? (size_t)n : 0;
	}
	if (!ok) {
		cmd_complain("reports", "%s: %s", path, why_errno(errno));
	}
	return (fd < 0 || close(fd) == 0) && ok;
}

/* False: the visit ends; what was brought is read all the same. */
static bool
bring_one(struct visit *v, uint32_t uid, size_t *total)
{
	struct why why;
	struct buf mail;
	enum err e;
	bool ok;

	buf_init(&mail, 0);
	e = imap_fetch(v->imap, uid, MIME_BYTES_MAX, &mail, &why);
	ok = e == ERR_OK && write_mail(v, uid, &mail);
	*total += mail.n;
	if (e != ERR_OK) {
		cmd_complain("reports", "mail %u: %s", uid, why.text);
	}
	buf_done(&mail);
	return (ok || e == ERR_TOO_BIG) && *total < BYTES_MAX;
}

static bool
bring(struct visit *v, struct why *why)
{
	size_t total = 0;
	size_t n = 0;

	if (imap_list(v->imap, &v->uids, &n, why) != ERR_OK) {
		return false;
	}
	while (v->n < n && bring_one(v, v->uids[v->n], &total)) {
		v->n++;
	}
	v->n += v->n < n; /* the last one tried: its file tells */
	return true;
}

/* What is still in the temporary folder was read whole and is committed. */
static int
put_away(struct visit *v, const struct reports_imap *q, int code)
{
	char path[FOLDER_TEXT + 32];
	struct why why;

	for (size_t i = 0; i < v->n && (q->archive != NULL || q->remove); i++) {
		mail_path(v, v->uids[i], path, sizeof(path));
		if (access(path, F_OK) == 0 &&
		    imap_put_away(v->imap, v->uids[i], q->archive, &why) != ERR_OK) {
			cmd_complain("reports",
			    "mail %u was taken in, but could not be put away: %s", v->uids[i],
			    why.text);
			return EXIT_INPUT_PROBLEM;
		}
	}
	return code;
}

static void
clean(const struct visit *v)
{
	char path[FOLDER_TEXT + 32];

	for (size_t i = 0; i < v->n; i++) {
		mail_path(v, v->uids[i], path, sizeof(path));
		(void)unlink(path);
	}
	(void)rmdir(v->folder);
}

static int
read_in_child(const struct visit *v, reports_imap_read *read, void *context)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		_exit(read(context, v->folder));
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		cmd_complain("reports", "the process that reads the mails was lost");
		return EXIT_BROKEN;
	}
	return WEXITSTATUS(status);
}

static int
visit(struct visit *v, const struct reports_imap *q, reports_imap_read *read, void *context)
{
	const char *temporary = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
	struct why why = { "" };
	int code = EXIT_BROKEN;

	(void)snprintf(v->folder, sizeof(v->folder), "%s/carom-imap.XXXXXX",
	    temporary == NULL ? "/tmp" : temporary);
	if (mkdtemp(v->folder) == NULL) {
		cmd_complain("reports", "%s: %s", v->folder, why_errno(errno));
		return EXIT_BROKEN;
	}
	if (!bring(v, &why)) {
		cmd_complain("reports", "--imap: %s", why.text);
	} else {
		code = read_in_child(v, read, context);
	}
	if (code == EXIT_FINE || code == EXIT_TROUBLE || code == EXIT_INPUT_PROBLEM) {
		code = put_away(v, q, code);
	}
	clean(v);
	return code;
}

int
reports_imap(const struct reports_imap *q, reports_imap_read *read, void *context)
{
	struct imap_options opt = {
		.url = q->url, .user = q->user, .ca_file = q->ca_file, .timeout_ms = TIMEOUT_MS
	};
	struct visit v = { .n = 0 };
	struct buf password;
	struct why why;
	int code = EXIT_USAGE_ERROR;

	buf_init(&password, PASSWORD_MAX);
	if (read_password(q, &password)) {
		opt.password = password.p;
		if (imap_open(&opt, &v.imap, &why) != ERR_OK) {
			cmd_complain("reports", "--imap: %s", why.text);
		} else {
			code = visit(&v, q, read, context);
		}
	}
	imap_close(&v.imap);
	if (password.p != NULL) {
		explicit_bzero(password.p, password.n);
	}
	buf_done(&password);
	return code;
}

/* More went wrong than there are notes of: nobody knows which mails, so all of them stay. */
static void
keep_all(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) { // NOLINT(concurrency-mt-unsafe)
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d != NULL) {
		(void)closedir(d);
	}
}

void
reports_imap_keep(const struct reports_run *run, const char *folder)
{
	size_t n;
	size_t left;
	const struct report_note *notes = reports_run_notes(run, &n, &left);
	struct sv top = sv_from(folder);

	if (left > 0) {
		keep_all(folder);
	}
	for (size_t i = 0; i < n; i++) {
		struct sv where = notes[i].where;
		char path[FOLDER_TEXT + 32];
		ptrdiff_t end = sv_find(where, SV(".eml"));

		if (end < 0 || !sv_starts(where, top)) {
			continue;
		}
		(void)snprintf(path, sizeof(path), "%.*s.eml", (int)end, where.p);
		(void)unlink(path);
	}
}
