/* SPDX-License-Identifier: Apache-2.0 */
#include "source/mailbox.h"

#include "base/buf.h"
#include "base/num.h"
#include "source/lines.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

/* ---- mbox ---- */

struct mbox {
	const struct mailbox_reader *r;
	const char *name;
	struct buf mail;
	bool any, cut;
	bool in_head;
	bool after_empty;    /* the line before was empty, so that "From " may begin a mail */
	uint64_t length;     /* Content-Length (mboxcl, mboxcl2); 0: none */
	uint64_t body_until; /* offset where the body ends by its Content-Length; 0: not said */
	bool replaying;      /* a length was wrong: the lines are looked at again without it */
};

static void
add_line(struct mbox *m, struct sv line)
{
	buf_sv(&m->mail, line);
	buf_char(&m->mail, '\n');
}

static bool
flush(struct mbox *m)
{
	struct sv mail = buf_view(&m->mail);
	bool go = true;

	if (m->any) {
		go = m->r->mail(m->r->context, m->name, mail, m->mail.cut);
	}
	buf_clear(&m->mail);
	m->any = false;
	return go;
}

static void
begin_mail(struct mbox *m)
{
	m->any = true;
	m->in_head = true;
	m->length = 0;
	m->body_until = 0;
}

static void
head_line(struct mbox *m, struct sv line, uint64_t offset)
{
	if (line.n == 0) {
		m->in_head = false;
		m->body_until = m->length == 0 || m->replaying ? 0 : offset + m->length;
	} else if (sv_istarts(line, SV("Content-Length:"))) {
		uint64_t n;

		m->length = num_u64(sv_trim(sv_from_at(line, 15)), UINT32_MAX, &n) ? n : 0;
	}
}

/* ">From " and ">>From " lose one '>' (mboxrd); of mboxo nobody can tell, and it is the same. */
static struct sv
unescaped(struct sv line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>') {
		n++;
	}
	return n > 0 && sv_starts(sv_from_at(line, n), SV("From ")) ? sv_from_at(line, 1) : line;
}

static bool mbox_line(struct mbox *m, struct sv line, uint64_t offset);

/* The length was wrong, and may have swallowed other mails: what it covered, once more. */
static bool
replay(struct mbox *m)
{
	struct buf old = m->mail;
	struct sv rest = buf_view(&old);
	struct sv line;
	bool go = true;

	buf_init(&m->mail, MAILBOX_MAIL_MAX);
	begin_mail(m);
	m->replaying = true;
	m->after_empty = false;
	while (go && sv_cut(&rest, '\n', &line)) {
		go = mbox_line(m, line, 0);
	}
	m->replaying = false;
	buf_done(&old);
	return go;
}

static bool
mbox_line(struct mbox *m, struct sv line, uint64_t offset)
{
	/* Inside a body whose length is known, nothing begins a mail (mboxcl2 escapes nothing). */
	bool inside = m->body_until != 0 && offset < m->body_until;
	bool begins = sv_starts(line, SV("From "));

	if (m->body_until != 0 && !inside && line.n > 0) {
		m->body_until = 0;
		if (!begins && !replay(m)) {
			return false;
		}
	}
	if (m->after_empty && !inside && begins) {
		if (!flush(m)) {
			return false;
		}
		begin_mail(m);
		m->after_empty = false;
		return true;
	}
	m->after_empty = line.n == 0;
	if (m->in_head) {
		head_line(m, line, offset + line.n + 1);
		add_line(m, line);
	} else {
		add_line(m, m->body_until > 0 ? line : unescaped(line));
	}
	return true;
}

static bool
read_mbox(struct lines *lines, struct sv first, const char *name, const struct mailbox_reader *r)
{
	struct mbox m = { .r = r, .name = name, .after_empty = true };
	uint64_t offset = 0;
	struct sv line = first;
	bool go;

	buf_init(&m.mail, MAILBOX_MAIL_MAX);
	do {
		go = mbox_line(&m, line, offset);
	} while (go && lines_next(lines, &line, &offset));
	if (go && m.body_until > lines->base + lines->at) { /* longer than the rest of the mbox */
		go = replay(&m);
	}
	go = go && flush(&m);
	if (lines->error != ERR_OK) {
		r->trouble(r->context, name, lines->why.text);
	}
	buf_done(&m.mail);
	return go;
}

/* ---- one file ---- */

static bool
read_whole(struct input *in, const char *name, const struct mailbox_reader *r, struct buf *b)
{
	struct why why;
	size_t n = 1;
	char *block = mem_new(1, BLOCK_BYTES);

	while (n > 0) {
		enum err e = input_read(in, block, BLOCK_BYTES, &n, &why);

		if (e != ERR_OK) {
			r->trouble(r->context, name, why.text);
			break;
		}
		buf_add(b, block, n);
		if (b->cut) {
			break;
		}
	}
	free(block);
	return b->n == 0 || r->mail(r->context, name, buf_view(b), b->cut);
}

#define START_BYTES ((size_t)4096) /* that are looked at to tell an mbox from a mail */

/* The first bytes go where the lines are read from. */
static enum err
read_start(struct input *in, struct lines *lines, struct why *why)
{
	size_t n = 1;
	enum err e = ERR_OK;

	while (e == ERR_OK && n > 0 && lines->end < START_BYTES) {
		e = input_read(in, lines->p + lines->end, START_BYTES - lines->end, &n, why);
		lines->end += e == ERR_OK ? n : 0;
	}
	return e;
}

/* Begins with "From ", and its first line does not end in a CR alone: such a file is one mail. */
static bool
is_mbox(struct sv start)
{
	ptrdiff_t cr = sv_chr(start, '\r');
	ptrdiff_t lf = sv_chr(start, '\n');

	return sv_starts(start, SV("From ")) && lf > 0 && (cr < 0 || cr > lf || cr == lf - 1);
}

/* An mbox is read by lines; one mail whole, because its lines may end in anything. */
static bool
read_file(const char *path, const struct mailbox_reader *r)
{
	struct input *in = NULL;
	struct lines lines;
	struct why why;
	struct sv line;
	uint64_t offset;
	bool go = true;

	if (input_open(path, &in, &why) != ERR_OK) {
		r->trouble(r->context, path, why.text);
		return true;
	}
	lines_init(&lines, in);
	if (read_start(in, &lines, &why) != ERR_OK) {
		r->trouble(r->context, path, why.text);
	} else if (is_mbox(sv_make(lines.p, lines.end))) {
		go = !lines_next(&lines, &line, &offset) || read_mbox(&lines, line, path, r);
	} else {
		struct buf b;

		buf_init(&b, MAILBOX_MAIL_MAX);
		buf_add(&b, lines.p, lines.end);
		go = read_whole(in, path, r, &b);
		buf_done(&b);
	}
	lines_done(&lines);
	input_close(&in);
	return go;
}

/* ---- folders ---- */

static bool read_path(const char *path, unsigned depth, const struct mailbox_reader *r);

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
is_maildir(const char *path)
{
	struct buf b;
	bool cur;
	bool new;

	buf_init(&b, 8192);
	buf_fmt(&b, "%s/cur", path);
	cur = is_folder(b.p);
	buf_clear(&b);
	buf_fmt(&b, "%s/new", path);
	new = is_folder(b.p);
	buf_done(&b);
	return cur && new;
}

static bool
read_folder(const char *path, unsigned depth, const struct mailbox_reader *r)
{
	struct dirent **names = NULL;
	bool maildir = is_maildir(path);
	bool go = true;
	int n;

	if (depth >= MAILBOX_DEPTH_MAX) {
		r->trouble(r->context, path, "more than 8 folders in each other");
		return true;
	}
	n = scandir(path, &names, not_hidden, by_name);
	if (n < 0) {
		r->trouble(r->context, path, why_errno(errno));
		return true;
	}
	for (int i = 0; i < n; i++) {
		struct buf b;

		buf_init(&b, 8192);
		buf_fmt(&b, "%s%s%s", path, sv_ends(sv_from(path), SV("/")) ? "" : "/",
		    names[i]->d_name);
		if (go && (!maildir || strcmp(names[i]->d_name, "cur") == 0 ||
			      strcmp(names[i]->d_name, "new") == 0)) {
			go = read_path(b.p, depth + 1, r);
		}
		buf_done(&b);
		free(names[i]);
	}
	free(names);
	return go;
}

static bool
read_path(const char *path, unsigned depth, const struct mailbox_reader *r)
{
	return is_folder(path) ? read_folder(path, depth, r) : read_file(path, r);
}

bool
mailbox_read(const char *path, const struct mailbox_reader *r)
{
	return read_path(path, 0, r);
}
