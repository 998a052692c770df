/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail_stage.h"

#define TEXT_MAX (REPLY_TEXT_MAX * 4) /* bytes of what a mail says to people */
#define ROOM     (REPLY_TEXT_MAX * 2) /* bytes that are searched */

/* Programs break their sentences where a line is full: every run of blanks is one blank. */
static struct sv
squeezed(struct sv text, char room[ROOM])
{
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < ROOM; i++) {
		bool blank = (unsigned char)text.p[i] <= ' ';

		if (!blank || n == 0 || room[n - 1] != ' ') {
			room[n++] = blank ? ' ' : text.p[i];
		}
	}
	return sv_make(room, n);
}

bool
mail_says(struct sv text, struct sv words)
{
	char room[ROOM] __attribute__((uninitialized));

	return sv_ifind(squeezed(text, room), words) >= 0;
}

/* Which command was refused, where a program says so in its own way. */
static enum smtp_stage
find_stage(struct sv text)
{
	static const struct {
		struct sv words;
		enum smtp_stage stage;
	} said[] = { { SV_INIT("after end of data"), STAGE_END_OF_DATA },
		{ SV_INIT("after end of message"), STAGE_END_OF_DATA },
		{ SV_INIT("after RCPT"), STAGE_RCPT }, { SV_INIT("after MAIL FROM"), STAGE_MAIL },
		{ SV_INIT("after initial connection"), STAGE_CONNECT },
		{ SV_INIT("after EHLO"), STAGE_HELO }, { SV_INIT("after HELO"), STAGE_HELO },
		{ SV_INIT("[RCPT_TO]"), STAGE_RCPT }, { SV_INIT("[MAIL_FROM]"), STAGE_MAIL },
		{ SV_INIT("did not like our RCPT TO"), STAGE_RCPT },
		{ SV_INIT("did not like our final DATA"), STAGE_END_OF_DATA },
		{ SV_INIT("failed after I sent the message"), STAGE_END_OF_DATA },
		{ SV_INIT("does not like recipient"), STAGE_RCPT },
		{ SV_INIT("but sender was rejected"), STAGE_MAIL },
		/* Google's names of the states of its client, up to 2015. */
		{ SV_INIT("(state 13)"), STAGE_MAIL }, { SV_INIT("(state 14)"), STAGE_RCPT },
		{ SV_INIT("(state 15)"), STAGE_DATA }, { SV_INIT("(state 17)"), STAGE_END_OF_DATA },
		{ SV_INIT("(state 18)"), STAGE_END_OF_DATA },
		{ SV_INIT("SMTP:RCPT host "), STAGE_RCPT },
		{ SV_INIT("SMTP:MAIL FROM host "), STAGE_MAIL },
		{ SV_INIT("SMTP:DATA host "), STAGE_END_OF_DATA },
		{ SV_INIT(">>> RCPT"), STAGE_RCPT }, { SV_INIT("Sent <<< RCPT"), STAGE_RCPT },
		{ SV_INIT(">>> DATA"), STAGE_END_OF_DATA }, { SV_INIT(">>> MAIL"), STAGE_MAIL },
		{ SV_INIT("(in reply to RCPT TO"), STAGE_RCPT },
		{ SV_INIT("(in reply to end of DATA"), STAGE_END_OF_DATA },
		{ SV_INIT("(in reply to DATA"), STAGE_DATA },
		{ SV_INIT("(in reply to MAIL FROM"), STAGE_MAIL },
		{ SV_INIT("SMTP command DATA"), STAGE_END_OF_DATA },
		{ SV_INIT("SMTP command RCPT"), STAGE_RCPT } };
	char room[ROOM] __attribute__((uninitialized));

	text = squeezed(text, room);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (sv_find(text, said[i].words) >= 0) {
			return said[i].stage;
		}
	}
	return STAGE_NONE;
}

/*
 * A client that sends its commands in one go (RFC 2920) shows the answers to RCPT below its DATA;
 * then the answer to DATA itself says that no recipient is left.
 */
bool
mail_is_pipelined(struct sv text)
{
	static const struct sv signs[] = { SV_INIT("no valid recipients"), SV_INIT("need RCPT"),
		SV_INIT("RCPT first"), SV_INIT("RCPT command"), SV_INIT("<<< 503 ") };
	ptrdiff_t data = sv_find(text, SV(">>> DATA"));

	for (size_t i = 0; data >= 0 && i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (sv_ifind(sv_from_at(text, (size_t)data), signs[i]) >= 0) {
			return true;
		}
	}
	return false;
}

/* What the mail says to people of one recipient: from its address to the next empty line. */
static struct sv
paragraph_of(const struct bounce *b, const struct bounced *r)
{
	struct sv text = sv_head(b->text, TEXT_MAX);
	ptrdiff_t at = b->n_recipients == 1 ? 0 : sv_ifind(text, r->address);
	ptrdiff_t end;

	if (at < 0) {
		return (struct sv){ 0 };
	}
	text = sv_from_at(text, (size_t)at);
	end = b->n_recipients == 1 ? -1 : sv_find(text, SV("\n\n"));
	return sv_head(text, end < 0 ? REPLY_TEXT_MAX : (size_t)end);
}

enum smtp_stage
mail_stage(const struct bounce *b, const struct bounced *r)
{
	struct sv text = sv_head(r->reply, REPLY_TEXT_MAX);
	enum smtp_stage stage = find_stage(text);

	if (stage == STAGE_NONE) {
		text = paragraph_of(b, r);
		stage = find_stage(text);
	}
	return stage == STAGE_END_OF_DATA && mail_is_pipelined(text) ? STAGE_RCPT : stage;
}
