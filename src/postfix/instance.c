/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/instance.h"

#include "base/file.h"
#include "postfix/run.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

enum err
instance_find(const char *name, struct buf *folder_out, struct why *why)
{
	static const char *const list[] = { "postmulti", "-l", NULL };
	struct buf text;
	struct sv rest;
	struct sv line;
	enum err e;

	buf_init(&text, RUN_TEXT_MAX);
	e = run_command(list, &text, why);
	rest = buf_view(&text);
	while (e == ERR_OK && folder_out->n == 0 && sv_cut(&rest, '\n', &line)) {
		struct sv word[4] = { { 0 } }; /* name group enabled folder */

		for (int i = 0; i < 4 && postconf_element(&line, &word[i]); i++) {
		}
		if (sv_eq(word[0], sv_from(name))) {
			buf_sv(folder_out, word[3]);
		}
	}
	if (e == ERR_OK && folder_out->n == 0) {
		e = why_set(why, ERR_NOT_FOUND,
		    "postmulti -l knows no instance '%s'; expected a name of its first column",
		    name);
	}
	buf_done(&text);
	return e;
}

static enum err
say(const char *folder, const char *option, struct buf *out, struct why *why)
{
	const char *with[] = { "postconf", "-c", folder, option, NULL };
	const char *without[] = { "postconf", option, NULL };

	return run_command(folder == NULL ? without : with, out, why);
}

enum err
instance_read(const char *folder, struct postconf *out, struct buf *types_out, struct why *why)
{
	static const char *const options[] = { "-x", "-n", "-M" };
	struct buf text[3];
	enum err e = ERR_OK;

	for (int i = 0; i < 3; i++) {
		buf_init(&text[i], RUN_TEXT_MAX);
		if (e == ERR_OK) {
			e = say(folder, options[i], &text[i], why);
		}
	}
	if (e == ERR_OK && types_out != NULL) {
		e = say(folder, "-m", types_out, why);
	}
	if (e == ERR_OK) {
		postconf_init(out, buf_view(&text[0]), buf_view(&text[1]), buf_view(&text[2]));
	}
	for (int i = 0; i < 3; i++) {
		buf_done(&text[i]);
	}
	return e;
}

/* ---- copies ---- */

static enum err
write_whole(const char *path, struct sv text, const struct stat *like, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, like->st_mode & 07777);
	bool ok;

	if (fd < 0) {
		return why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	ok = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	return ok ? ERR_OK : why_set(why, ERR_IO, "%s: cannot be written whole", path);
}

/* Into a new file that then takes the place of the old one. */
static enum err
copy_file(const char *from, const char *to, struct why *why)
{
	struct buf text;
	struct buf beside;
	struct stat st;
	enum err e;

	buf_init(&text, RUN_TEXT_MAX);
	buf_init(&beside, 8192);
	buf_fmt(&beside, "%s.new", to);
	e = stat(from, &st) != 0 ? why_set(why, ERR_IO, "%s: %s", from, why_errno(errno))
				 : file_read(from, &text, why);
	if (e == ERR_OK) {
		e = write_whole(beside.p, buf_view(&text), &st, why);
	}
	if (e == ERR_OK && rename(beside.p, to) != 0) {
		e = why_set(why, ERR_IO, "%s: %s", to, why_errno(errno));
	}
	buf_done(&beside);
	buf_done(&text);
	return e;
}

/* back: the copies take the place of the originals. */
static enum err
copy_both(const char *folder, const char *tag, bool back, struct why *why)
{
	static const char *const names[] = { "main.cf", "master.cf" };
	struct buf file;
	struct buf copy;
	enum err e = ERR_OK;

	buf_init(&file, 8192);
	buf_init(&copy, 8192);
	for (int i = 0; i < 2 && e == ERR_OK; i++) {
		buf_clear(&file);
		buf_clear(&copy);
		buf_fmt(&file, "%s/%s", folder, names[i]);
		buf_fmt(&copy, "%s/%s.%s", folder, names[i], tag);
		e = copy_file(back ? copy.p : file.p, back ? file.p : copy.p, why);
	}
	buf_done(&file);
	buf_done(&copy);
	return e;
}

/* ---- changing ---- */

/* How postconf is asked to do one kind of change to many rows. */
static const struct {
	enum wanted_kind kind;
	bool goes; /* rows without a value */
	const char *option;
} edits[] = {
	{ WANTED_SERVICE, false, "-Me" },
	{ WANTED_PARAMETER, false, "-e" },
	{ WANTED_PARAMETER, true, "-X" },
	{ WANTED_SERVICE, true, "-MX" },
};

static enum err
edit(const char *folder, const struct wanted *w, size_t how, struct why *why)
{
	const char *argv[RUN_WORDS_MAX] = { "postconf", "-c", folder, edits[how].option };
	struct buf words[RUN_WORDS_MAX];
	size_t n = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < w->n && n + 5 < RUN_WORDS_MAX; i++) {
		const struct wanted_row *r = &w->rows[i];

		if (r->state != WANTED_MISSING || r->kind != edits[how].kind ||
		    (r->value == NULL) != edits[how].goes) {
			continue;
		}
		buf_init(&words[n], 0);
		buf_fmt(&words[n], r->value == NULL ? "%s" : "%s=%s", r->name, r->value);
		argv[4 + n] = words[n].p;
		n++;
	}
	if (n > 0) {
		e = run_command(argv, NULL, why);
	}
	for (size_t i = 0; i < n; i++) {
		buf_done(&words[i]);
	}
	return e;
}

enum err
instance_change(const char *folder, const struct wanted *w, const char *tag, struct why *why)
{
	const char *check[] = { "postfix", "-c", folder, "check", NULL };
	enum err e = copy_both(folder, tag, false, why);
	struct why again;

	if (e != ERR_OK) {
		return e;
	}
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]) && e == ERR_OK; i++) {
		e = edit(folder, w, i, why);
	}
	if (e == ERR_OK) {
		e = run_command(check, NULL, why);
	}
	if (e == ERR_OK) {
		return ERR_OK;
	}
	if (copy_both(folder, tag, true, &again) != ERR_OK) {
		return why_prefix(
		    why, e, "%s/*.%s could not be put back, do it by hand", folder, tag);
	}
	return why_prefix(why, e, "nothing was changed (the files are as before)");
}

enum err
instance_reload(const char *folder, bool *done_out, struct why *why)
{
	const char *status[] = { "postfix", "-c", folder, "status", NULL };
	const char *reload[] = { "postfix", "-c", folder, "reload", NULL };

	*done_out = run_command(status, NULL, NULL) == ERR_OK;
	return *done_out ? run_command(reload, NULL, why) : ERR_OK;
}

/* ---- the map ---- */

static void
give(const char *path, const char *owner)
{
	const struct passwd *p = getpwnam(owner); // NOLINT(concurrency-mt-unsafe): one thread

	if (p != NULL && chown(path, p->pw_uid, p->pw_gid) != 0) {
		return; /* whoever owns it then, Postfix can read it */
	}
}

static enum err
make_folders(char *path, const char *owner, struct why *why)
{
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/') {
			continue;
		}
		*p = '\0';
		if (mkdir(path, 0755) == 0) {
			give(path, owner);
		} else if (errno != EEXIST) {
			(void)why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
			*p = '/';
			return ERR_IO;
		}
		*p = '/';
	}
	return ERR_OK;
}

/* The text of the map, empty; false: `why` says what refused. */
static bool
make_text(char *path, const char *owner, struct why *why)
{
	int fd = -1;

	if (make_folders(path, owner, why) != ERR_OK) {
		return false;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		(void)why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
		return false;
	}
	give(path, owner);
	(void)close(fd);
	return true;
}

enum err
instance_map(const char *folder, const char *map, const char *owner, struct why *why)
{
	const char *make[] = { "postmap", "-c", folder, map, NULL };
	const char *colon = strchr(map, ':');
	struct buf path;
	enum err e = ERR_OK;

	if (colon == NULL || colon[1] != '/') {
		return why_set(why, ERR_USAGE,
		    "%s: expected type:/path, such as hash:/var/lib/carom/maps/transport", map);
	}
	buf_init(&path, 8192);
	buf_str(&path, colon + 1);
	buf_str(&path, map_ending(sv_make(map, (size_t)(colon - map))));
	if (access(path.p, F_OK) != 0) { /* else rows of a carom that runs would be touched */
		buf_clear(&path);
		buf_str(&path, colon + 1);
		e = make_text(path.p, owner, why) ? run_command(make, NULL, why) : ERR_IO;
	}
	buf_done(&path);
	return e;
}
