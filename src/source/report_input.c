/* SPDX-License-Identifier: Apache-2.0 */
#include "source/report_input.h"

#include "mail/mime.h"
#include "mail/transfer.h"
#include "source/folders.h"
#include "source/mailbox.h"
#include "source/report_kind.h"
#include "source/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024) /* of a TLS report or the tree of a mail */

struct report_input {
	struct report_sink sink;
	struct dmarc_reader *dmarc; /* owned */
	struct arena *arena;        /* owned */
	struct buf path, where;     /* owned: the file; the file and the member in it */
	struct buf text;            /* owned: of a JSON member */
	struct buf mail;            /* owned: of a mail that is not in an mbox */
	struct buf attachment;      /* owned */
	enum report_kind kind;      /* of the member at work */
	bool in_mail;               /* the members are attachments */
	bool told;                  /* of this file: a report, or that there is none */
	bool error_told;            /* what unpacking ran into was said with a member */
	bool complaint;             /* the mail has a feedback report in it */
	bool mbox;                  /* the file is one, and must be read as such */
	char reason[512];           /* why an attachment was no report */
};

static void
tell_nothing(struct report_input *in, const char *why)
{
	in->told = true;
	in->sink.nothing(in->sink.context, buf_view(&in->where), why);
}

/* What holds no report: a file says so; an attachment may be the letter around one. */
static void
no_report(struct report_input *in, const char *why)
{
	if (!in->in_mail) {
		tell_nothing(in, why);
	} else if (in->reason[0] == '\0') {
		struct buf b;

		buf_init(&b, sizeof(in->reason) - 1);
		buf_str(&b, why);
		memcpy(in->reason, b.p, b.n + 1);
		buf_done(&b);
	}
}

/* ---- members ---- */

static void
name_member(struct report_input *in, struct sv name)
{
	buf_clear(&in->where);
	buf_printable(&in->where, buf_view(&in->path), 0);
	if (name.n > 0) {
		buf_str(&in->where, ": ");
		buf_printable(&in->where, name, 256);
	}
}

static bool
begin(void *context, struct sv name, struct sv first)
{
	struct report_input *in = context;
	char why[256];

	if (!in->in_mail) {
		name_member(in, name);
	}
	in->kind = report_kind_of(first, why, sizeof(why));
	switch (in->kind) {
	case REPORT_XML:
		dmarc_reader_reset(in->dmarc);
		return true;
	case REPORT_JSON:
		buf_clear(&in->text);
		return true;
	case REPORT_MAIL:
		buf_clear(&in->mail);
		return !in->in_mail;
	case REPORT_MBOX:
		/* Read again, as one; in a zip there should be none. */
		in->mbox = !in->in_mail && name.n == 0;
		if (!in->mbox) {
			no_report(in, "an mbox in an archive is not read");
		}
		return false;
	case REPORT_OTHER:
		break;
	}
	no_report(in, why);
	return false;
}

static void
bytes(void *context, struct sv b)
{
	struct report_input *in = context;

	if (in->kind == REPORT_XML) {
		dmarc_reader_feed(in->dmarc, b);
	} else {
		buf_sv(in->kind == REPORT_JSON ? &in->text : &in->mail, b);
	}
}

static void
end_xml(struct report_input *in, enum err e, const struct why *why)
{
	char text[256];
	const struct dmarc_report *r;
	struct sv root;

	if (e != ERR_OK) {
		dmarc_reader_damage(in->dmarc, why->text);
	}
	r = dmarc_reader_end(in->dmarc, &root);
	if (r != NULL) {
		in->told = true;
		in->sink.dmarc(in->sink.context, buf_view(&in->where), r);
		return;
	}
	report_kind_not_dmarc(root, text, sizeof(text));
	no_report(in, text);
}

static void
end_json(struct report_input *in, enum err e, const struct why *why)
{
	struct tlsrpt t;
	struct sv problem;

	arena_reset(in->arena);
	if (tlsrpt_read(buf_view(&in->text), in->arena, &t, &problem)) {
		in->told = true;
		in->sink.tls(in->sink.context, buf_view(&in->where), &t);
	} else {
		no_report(in, e != ERR_OK ? why->text : problem.p);
	}
}

static void read_mail(struct report_input *in, struct sv mail);

static void
end(void *context, enum err e, const struct why *why)
{
	struct report_input *in = context;

	in->error_told = in->error_told || e != ERR_OK;
	if (e == ERR_TOO_BIG) {
		tell_nothing(in, why->text); /* a bomb, whatever it began with */
	} else if (in->kind == REPORT_XML) {
		end_xml(in, e, why);
	} else if (in->kind == REPORT_JSON) {
		end_json(in, e, why);
	} else {
		read_mail(in, buf_view(&in->mail));
	}
}

/* ---- mails ---- */

static void
read_attachment(struct report_input *in, struct mime *m, size_t at)
{
	const struct unpack_sink sink = { begin, bytes, end, in };
	const struct mime_part *p = &m->parts[at];
	struct auth_failure f;
	struct why why = { "" };

	if (sv_ieq(p->type, SV("message/feedback-report"))) {
		in->complaint = auth_failure_of_part(m, at, &f) != FEEDBACK_AUTH_FAILURE;
		if (!in->complaint) {
			in->told = true;
			in->sink.failure(in->sink.context, buf_view(&in->where), &f);
		}
		return;
	}
	if (p->multipart || p->message) {
		return;
	}
	buf_clear(&in->attachment);
	transfer_decode(p->body, p->encoding, &in->attachment);
	in->error_told = false;
	if (unpack_bytes(buf_view(&in->attachment), &sink, &why) != ERR_OK && !in->error_told) {
		tell_nothing(in, why.text); /* it was packed, so it was meant to be something */
	}
}

static void
tell_mail(struct report_input *in)
{
	struct buf b;

	if (in->told) {
		return;
	}
	buf_init(&b, 700);
	if (in->complaint) {
		buf_str(&b, "a complaint about one message (ARF), which carom parse reads");
	} else {
		buf_fmt(&b, "a mail without a report%s%s", in->reason[0] == '\0' ? "" : ": ",
		    in->reason);
	}
	in->in_mail = false;
	no_report(in, b.p);
	buf_done(&b);
}

static void
tell_mail_around(struct report_input *in, struct sv mail)
{
	if (in->sink.mail != NULL) {
		in->sink.mail(in->sink.context, buf_view(&in->where), mail);
	}
}

/* `where` is named. */
static void
read_mail(struct report_input *in, struct sv mail)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct mime m;
	bool told_before = in->told;

	in->told = in->complaint = false;
	in->reason[0] = '\0';
	in->in_mail = true;
	tell_mail_around(in, mail);
	mime_read(mail, NULL, arena, &m);
	for (size_t i = 0; i < m.n_parts; i++) {
		read_attachment(in, &m, i);
	}
	tell_mail(in);
	tell_mail_around(in, SV(""));
	in->in_mail = false;
	in->told = in->told || told_before;
	arena_free(&arena);
}

static bool
mbox_mail(void *context, const char *name, struct sv mail, bool cut)
{
	struct report_input *in = context;

	(void)cut; /* its attachment then ends too early, which is said */
	buf_clear(&in->where);
	buf_printable(&in->where, sv_from(name), 0);
	read_mail(in, mail);
	return true;
}

static void
tell_path(struct report_input *in, const char *path, const char *why)
{
	buf_clear(&in->where);
	buf_printable(&in->where, sv_from(path), 0);
	tell_nothing(in, why);
}

static void
path_trouble(void *context, const char *name, const char *why)
{
	tell_path(context, name, why);
}

/* ---- files ---- */

static void
read_file(void *context, const char *path)
{
	struct report_input *in = context;
	const struct unpack_sink sink = { begin, bytes, end, in };
	const struct mailbox_reader mailbox = { mbox_mail, path_trouble, in };
	struct why why = { "" };
	int fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	buf_clear(&in->path);
	buf_str(&in->path, path);
	name_member(in, SV(""));
	in->told = in->mbox = in->error_told = false;
	if (fd < 0) {
		tell_nothing(in, why_errno(errno));
		return;
	}
	if (unpack_fd(fd, &sink, &why) != ERR_OK && !in->error_told) {
		name_member(in, SV(""));
		tell_nothing(in, why.text);
	}
	(void)close(fd);
	if (in->mbox && strcmp(path, "-") == 0) {
		tell_nothing(in, "an mbox from standard input is not read; name its file");
	} else if (in->mbox) {
		(void)mailbox_read(path, &mailbox);
	}
	if (!in->told) {
		name_member(in, SV(""));
		tell_nothing(in, "an archive without a member");
	}
}

void
report_input_path(struct report_input *in, const char *path)
{
	const struct folders_sink sink = { read_file, path_trouble, in };

	folders_walk(path, &sink);
}

/* ---- life ---- */

struct report_input *
report_input_new(const struct report_sink *sink)
{
	const struct dmarc_handler handler = { sink->record, sink->context };
	struct report_input *in = mem_new(1, sizeof(*in));

	in->sink = *sink;
	in->dmarc = dmarc_reader_new(&handler);
	in->arena = arena_new(ARENA_BYTES);
	buf_init(&in->path, 0);
	buf_init(&in->where, 0);
	buf_init(&in->text, TLSRPT_BYTES_MAX + 1);
	buf_init(&in->mail, MIME_BYTES_MAX);
	buf_init(&in->attachment, MIME_BYTES_MAX);
	return in;
}

void
report_input_free(struct report_input **pin)
{
	struct report_input *in = *pin;

	if (in == NULL) {
		return;
	}
	dmarc_reader_free(&in->dmarc);
	arena_free(&in->arena);
	buf_done(&in->path);
	buf_done(&in->where);
	buf_done(&in->text);
	buf_done(&in->mail);
	buf_done(&in->attachment);
	free(in);
	*pin = NULL;
}
