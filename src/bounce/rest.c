/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/* What is left where no form and no report was found, but a mail system wrote the mail: what it says is
 * all there is. */

/* The text in front of the returned mail. */
static struct sv
own_words(const struct scene *s)
{
	struct sv text = s->out->text;
	struct sv returned = returned_head(text);

	return returned.p == NULL ? text : sv_head(text, (size_t)(returned.p - text.p));
}

/* Whoever wrote the bounce, whoever gets it, and postmasters to turn to. */
static bool
is_involved(const struct scene *s, struct sv address)
{
	struct sv to = { 0 };

	(void)mime_header(s->head, SV("To"), &to);
	return sv_ieq(address, s->from) || from_system(address) ||
	       sv_ieq(address, mime_address(to)) ||
	       sv_ieq(address, mime_address(s->out->original.from));
}

/* The only address that a text names; empty: it names none, or several. */
static struct sv
only_address(const struct scene *s)
{
	struct sv text = own_words(s);
	struct sv found = { 0 };

	for (size_t i = 0; i < text.n; i++) {
		struct sv rest = sv_from_at(text, i);
		struct sv one;

		if (i > 0 && strchr(" \t\n<>\"'([:;,", text.p[i - 1]) == NULL) {
			continue;
		}
		if (!address_take(&rest, &one) || is_involved(s, one) || sv_ieq(one, found)) {
			continue;
		}
		if (found.n > 0) {
			return (struct sv){ 0 };
		}
		found = one;
	}
	return found;
}

/* A returned mail tells whom it was for, if nobody else does: its envelope, or its only To, unless the
 * text that came with it names one address. */
static struct sv
returned_to(const struct scene *s)
{
	struct sv rest = s->failed;
	struct sv head = s->out->original.head;
	struct sv to = s->out->original.to;
	struct sv address;
	struct sv before;
	struct sv v;

	if (address_take(&rest, &address)) {
		return address;
	}
	if (mime_header(head, SV("Received"), &v) && sv_cut_sv(&v, SV("for <"), &before) &&
	    sv_cut(&v, '>', &before) && sv_chr(before, '@') > 0) {
		return before;
	}
	address = only_address(s);
	return address.n > 0 || sv_chr(to, ',') >= 0 ? address : mime_address(to);
}

void
rest_read(struct scene *s)
{
	struct sv who = returned_to(s);
	struct bounced *b = scene_add(s, who); /* or somebody, but nobody says who */
	struct sv words = sv_trim(sv_head(own_words(s), BOUNCE_REPLY_MAX));

	s->out->kind = s->r->delay ? BOUNCE_DELAY : BOUNCE_BOUNCE;
	if (b != NULL && who.n > 0 && sv_ifind(words, who) >= 0) {
		b->reply = words;
	}
}
