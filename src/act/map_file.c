/* SPDX-License-Identifier: Apache-2.0 */
#include "act/map_file.h"

#include "act/program.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX        ((size_t)64 * 1024 * 1024)
#define POSTMAP_SECONDS 20
#define PATH_ROOM       1024
#define DIR_MAX         (PATH_ROOM - 40)

static const char *
suffix(const char *type)
{
	struct sv t = sv_from(type);

	return sv_eq(t, SV("lmdb")) ? ".lmdb" : sv_eq(t, SV("cdb")) ? ".cdb" : ".db";
}

static enum err
write_whole(const char *path, struct sv text, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	bool ok = fd >= 0;

	while (ok && text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		ok = n > 0 || (n < 0 && errno == EINTR);
		text = sv_from_at(text, n > 0 ? (size_t)n : 0);
	}
	ok = ok && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	ok = (fd < 0 || close(fd) == 0) && ok;
	return ok ? ERR_OK : why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
}

static bool
is_same(const char *path, const char *index, struct sv text)
{
	struct buf old;
	bool same;

	buf_init(&old, TEXT_MAX);
	same = access(index, F_OK) == 0 && file_read(path, &old, NULL) == ERR_OK &&
	       sv_eq(buf_view(&old), text);
	buf_done(&old);
	return same;
}

static enum err
move(const char *from, const char *to, struct why *why)
{
	return rename(from, to) == 0 ? ERR_OK
				     : why_set(why, ERR_IO, "%s: %s", to, why_errno(errno));
}

static enum err
replace(const struct map_file *m, struct sv text, bool *changed_out, struct why *why)
{
	char path[PATH_ROOM];
	char fresh[PATH_ROOM];
	char index[PATH_ROOM];
	char fresh_index[PATH_ROOM];
	char table[PATH_ROOM + 40];
	const char *const argv[] = { m->postmap, "-c", m->postfix_config, table, NULL };
	enum err e;

	(void)snprintf(path, sizeof(path), "%.*s/%s", (int)DIR_MAX, m->dir, MAP_FILE_NAME);
	(void)snprintf(fresh, sizeof(fresh), "%.*s/%s.new", (int)DIR_MAX, m->dir, MAP_FILE_NAME);
	(void)snprintf(index, sizeof(index), "%s%s", path, suffix(m->type));
	(void)snprintf(fresh_index, sizeof(fresh_index), "%s%s", fresh, suffix(m->type));
	(void)snprintf(table, sizeof(table), "%s:%s", m->type, fresh);
	if (is_same(path, index, text)) {
		return ERR_OK;
	}
	(void)unlink(fresh_index);
	e = write_whole(fresh, text, why);
	e = e == ERR_OK ? program_run(argv, POSTMAP_SECONDS, why) : e;
	if (e == ERR_OK && chmod(fresh_index, 0644) != 0) {
		e = why_set(
		    why, ERR_IO, "%s made no %s: %s", m->postmap, fresh_index, why_errno(errno));
	}
	e = e == ERR_OK ? move(fresh_index, index, why) : e;
	e = e == ERR_OK ? move(fresh, path, why) : e; /* last: it says that all was done */
	*changed_out = e == ERR_OK;
	return e;
}

enum err
map_file_replace(const struct map_file *m, struct sv text, bool *changed_out, struct why *why)
{
	*changed_out = false;
	if (strlen(m->dir) > DIR_MAX) {
		return why_set(why, ERR_USAGE, "%s: longer than %d bytes; choose a shorter path",
		    m->dir, DIR_MAX);
	}
	if (mkdir(m->dir, 0755) != 0 && errno != EEXIST) {
		return why_set(why, ERR_IO,
		    "%s: %s; make it and give it to the user that runs carom", m->dir,
		    why_errno(errno));
	}
	return replace(m, text, changed_out, why);
}
