/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bounce/private.h"
#include "mail/transfer.h"

/*
 * Who complained, where the reporter hides it.  The sender's own mail says to whom it went, in
 * headers that share/complaints.yaml names: openly, in the form of a return path, in a link,
 * or encoded.  What tells nobody but the sender is kept as a token.
 */

#define WORD_MAX 1024 /* bytes of an id or a link's part */

/* ---- addresses ---- */

/* What is blotted out: "redacted", "xxxx", "undisclosed". */
static bool
is_hidden(struct sv address)
{
	static const struct sv words[] = { SV_INIT("redacted"), SV_INIT("undisclosed"),
		SV_INIT("xxx"), SV_INIT("hidden"), SV_INIT("recipient@removed"), SV_INIT("***") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_istarts(address, words[i])) {
			return true;
		}
	}
	return sv_chr(address, '@') <= 0;
}

bool
redacted_add(struct scene *s, struct sv address)
{
	if (address.n == 0 || is_hidden(address) || sv_ieq(address, s->from)) {
		return false;
	}
	(void)scene_add(s, address);
	return true;
}

/* The whole of it is an address, as most people have one. */
static bool
is_address(struct sv s)
{
	ptrdiff_t at = sv_chr(s, '@');
	struct sv domain = at < 0 ? (struct sv){ 0 } : sv_from_at(s, (size_t)at + 1);

	return at > 0 && at <= 64 && domain.n <= 255 && sv_chr(domain, '.') > 0 &&
	       bounce_is_name(sv_head(s, (size_t)at), "!#$%&'*+-/=?^_`{|}~.") &&
	       bounce_is_name(domain, ".-");
}

/* ---- encoded ---- */

static unsigned
hex_digit(char c)
{
	return char_is_digit(c)      ? (unsigned)(c - '0')
	       : char_lower(c) < 'a' ? 16
	       : char_lower(c) > 'f' ? 16
				     : (unsigned)(char_lower(c) - 'a') + 10;
}

/* Pairs of hexadecimal digits; each behind a '%' or all of them. */
static struct sv
unhex(struct scene *s, struct sv word, bool percent)
{
	char *p = arena_alloc(s->arena, word.n + 1);
	size_t n = 0;

	for (size_t i = 0; p != NULL && i < word.n; i++) {
		bool pair = !percent || word.p[i] == '%';
		size_t at = i + percent;
		unsigned high = at + 1 < word.n ? hex_digit(word.p[at]) : 16;
		unsigned low = at + 1 < word.n ? hex_digit(word.p[at + 1]) : 16;

		if (pair && high < 16 && low < 16) {
			p[n++] = (char)(high << 4 | low);
			i = at + 1;
		} else if (percent) {
			p[n++] = word.p[i];
		} else {
			return (struct sv){ 0 };
		}
	}
	return p == NULL ? (struct sv){ 0 } : sv_make(p, n);
}

/* Also with '-' and '_' (RFC 4648 section 5). */
static struct sv
unbase64(struct scene *s, struct sv word)
{
	char plain[WORD_MAX];
	struct buf b;
	struct sv out;

	for (size_t i = 0; i < word.n; i++) {
		plain[i] = word.p[i] == '-' ? '+' : word.p[i] == '_' ? '/' : word.p[i];
	}
	buf_init(&b, WORD_MAX);
	transfer_decode(sv_make(plain, word.n), MIME_BASE64, &b);
	out = arena_sv(s->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

/* A word of an id or a link as the address that it is or holds; empty: none. */
static struct sv
decoded(struct scene *s, struct sv word)
{
	struct sv plain = sv_chr(word, '%') < 0 ? word : unhex(s, word, true);

	if (is_address(plain)) {
		return plain;
	}
	if (is_address(unhex(s, word, false))) {
		return unhex(s, word, false);
	}
	if (bounce_is_name(word, "+/-_=") && is_address(unbase64(s, word))) {
		return unbase64(s, word);
	}
	plain = bounce_path_recipient(plain, s->arena);
	return is_address(plain) ? plain : (struct sv){ 0 };
}

/* Links and ids hold addresses of the list, too: "leave@sender.example". */
static bool
is_senders(struct scene *s, struct sv address)
{
	struct sv from = mime_address(s->out->original.from);
	ptrdiff_t at = sv_rfind(from, SV("@"));
	ptrdiff_t mine = sv_rfind(address, SV("@"));

	return at >= 0 && sv_ieq(sv_from_at(from, (size_t)at), sv_from_at(address, (size_t)mine));
}

/* The first address in an id or a link; `marks` divide its words.  Where a mailto: goes to is the
 * list's, but may carry the recipient as a return path does. */
static struct sv
in_words(struct scene *s, struct sv value, const char *marks)
{
	struct sv last = { 0 };

	while (value.n > 0) {
		size_t n = 0;

		while (n < value.n && (unsigned char)value.p[n] > ' ' &&
		       strchr(marks, value.p[n]) == NULL) {
			n++;
		}
		if (n >= 6 && n <= WORD_MAX) {
			struct sv word = sv_head(value, n);
			struct sv address = sv_ieq(last, SV("mailto"))
						? bounce_path_recipient(word, s->arena)
						: decoded(s, word);

			if (address.n > 0 && !is_hidden(address) && !is_senders(s, address)) {
				return address;
			}
		}
		last = sv_head(value, n);
		value = sv_from_at(value, n + 1);
	}
	return (struct sv){ 0 };
}

/* ---- the headers of the sender's mail ---- */

static bool
from_recipient(struct scene *s, struct sv value)
{
	return redacted_add(s, dsn_address(value)) ||
	       redacted_add(s, in_words(s, value, "<>,;\"()"));
}

static bool
from_return_path(struct scene *s, struct sv value)
{
	return redacted_add(s, bounce_path_recipient(mime_address(value), s->arena));
}

/* In links, words stand between the marks of URIs (RFC 3986), in ids between those that people use;
 * an '=' may belong to either, so that words are tried with it and without. */
static bool
from_token(struct scene *s, struct sv value)
{
	return redacted_add(s, in_words(s, value, "<>,;\"():/?&#=")) ||
	       redacted_add(s, in_words(s, value, "<>,;\"():/?&#")) ||
	       redacted_add(s, in_words(s, value, "<>,;\"():/?&#=._~"));
}

static void
keep_token(struct scene *s, struct sv name, struct sv value)
{
	struct bounce *out = s->out;

	if (out->n_tokens < BOUNCE_TOKENS_MAX) {
		out->tokens[out->n_tokens++] = (struct bounce_token){ name, sv_trim(value) };
	}
}

static bool
from_headers(struct scene *s, const struct names_list *list,
    bool (*take)(struct scene *, struct sv), bool keep)
{
	struct sv head = s->out->original.head;
	bool found = false;

	for (size_t i = 0; i < list->n; i++) {
		struct sv name = sv_from(list->names[i]);
		struct sv value;

		if (!mime_header(head, name, &value)) {
			continue;
		}
		value = sv_trim(mime_unfold(value, s->arena));
		if (keep) {
			keep_token(s, name, value);
		}
		found = found || take(s, value);
		if (found && !keep) {
			return true;
		}
	}
	return found;
}

static bool
nobody(struct scene *s, struct sv value)
{
	(void)s;
	(void)value;
	return false;
}

void
redacted_find(struct scene *s)
{
	const struct complaint_headers *h = &s->r->forms->complaints;
	struct sv head = s->out->original.head;
	struct sv before;
	struct sv v;

	if (s->out->n_recipients > 0 || from_headers(s, &h->recipient, from_recipient, false) ||
	    from_headers(s, &h->return_path, from_return_path, false)) {
		(void)from_headers(s, &h->token, nobody, true);
		return;
	}
	(void)from_headers(s, &h->token, from_token, true);
	if (s->out->n_recipients == 0 && mime_header(head, SV("Received"), &v) &&
	    sv_cut_sv(&v, SV("for <"), &before) && sv_cut(&v, '>', &before)) {
		(void)redacted_add(s, before);
	}
	/* Hidden is still somebody: the reporter's own word is better than none. */
	if (s->out->n_recipients == 0 && mime_header(head, SV("To"), &v) && mime_address(v).n > 0) {
		struct bounced *b = scene_add(s, mime_address(v));

		if (b != NULL) {
			b->hidden = true;
		}
	}
}
