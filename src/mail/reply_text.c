/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/reply.h"

/* What patterns see of a reply: its words, with what differs from message to message made equal. */

/* "550-5.1.1 ", "550 5.1.1 " inside the text, where Postfix joined the lines of the answer. */
static size_t
continuation_len(struct sv s, unsigned first_code, bool at_line_start)
{
	struct sv t = s;
	struct status st;
	unsigned code;
	bool dash = s.n > 3 && s.p[3] == '-';

	if (first_code == 0 || !reply_code_take(&t, &code) || code != first_code) {
		return 0;
	}
	if (status_take(&t, &st)) {
		return s.n - t.n;
	}
	return dash || at_line_start ? s.n - t.n : 0;
}

/* The length of an IPv4 or IPv6 literal at the start of s, or 0. */
static size_t
ip_len(struct sv s)
{
	size_t n = 0;
	unsigned dots = 0;
	unsigned colons = 0;
	bool hex = false;

	/* Without a branch for each kind: an id has them in no order. */
	for (; n < s.n && n < 45; n++) {
		char c = s.p[n];
		bool dot = c == '.';
		bool colon = c == ':';
		bool letter = (unsigned char)((c | 0x20) - 'a') < 6;

		if (!(dot | colon | letter | ((unsigned char)(c - '0') < 10))) {
			break;
		}
		dots += dot;
		colons += colon;
		hex |= letter;
	}
	while (n > 0 && (s.p[n - 1] == '.' || (s.p[n - 1] == ':' && colons < 3))) {
		colons -= s.p[n - 1] == ':';
		dots -= s.p[n - 1] == '.';
		n--;
	}
	if (n < s.n && (char_is_alpha(s.p[n]) || s.p[n] == '_')) {
		return 0;
	}
	if (colons == 0 && !hex && dots == 3 && n >= 7 && n <= 15) {
		return n;
	}
	return colons >= 2 && colons <= 7 && (dots == 0 || dots == 3) && n >= 3 ? n : 0;
}

static bool
is_atom(char c)
{
	static const char marks[] = "!#$%&'*+-/=?^_`{|}~.";

	return char_is_alnum(c) || (unsigned char)c >= 0x80 ||
	       memchr(marks, c, sizeof(marks) - 1) != NULL;
}

/* The first byte of U+3000 or above: Chinese, Japanese and Korean stand beside an address without a
 * blank, and in the middle of a name of ASCII letters they are no part of it. */
static bool
is_wide(char c)
{
	return (unsigned char)c >= 0xe3;
}

/* An '@' at s.p[0]: bytes of the domain behind it. */
static size_t
domain_len(struct sv s)
{
	size_t n = 1;

	if (n < s.n && s.p[n] == '[') {
		ptrdiff_t end = sv_chr(sv_head(s, 80), ']');

		return end < 0 ? 1 : (size_t)end + 1;
	}
	while (n < s.n && (char_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '.' ||
			      s.p[n] == '_' || (unsigned char)s.p[n] >= 0x80)) {
		if (is_wide(s.p[n]) && char_is_alnum(s.p[n - 1])) {
			break;
		}
		n++;
	}
	while (n > 1 && s.p[n - 1] == '.') {
		n--;
	}
	return n;
}

struct writer {
	char *p;
	size_t n;
	size_t word; /* where the present run of atom characters began */
	size_t run;  /* where the present run of letters, digits and hyphens began */
};

/* ---- ids: what a server calls the session, the message or itself ---- */

#define ID_MIN    10 /* bytes; shorter runs may be a word, a date, a code that means something */
#define ID_DIGITS 3  /* at least, and one in so many bytes: words have none */
#define ID_SHARE  5
#define ID_TEXT   "00000000"
#define ID_N      (sizeof(ID_TEXT) - 1)

static bool
run_is_id(struct sv run)
{
	size_t digits = 0;

	for (size_t i = 0; i < run.n; i++) {
		digits += char_is_digit(run.p[i]);
	}
	/* 0x80040610 is a code of Exchange, AS16012611 one of Microsoft 365 */
	return digits >= ID_DIGITS && digits * ID_SHARE >= run.n && !sv_starts(run, SV("0x")) &&
	       !(sv_starts(run, SV("AS")) && digits + 2 == run.n);
}

/* Behind a run of letters, digits and hyphens.  "#" begins a provider's token, never an id. */
static void
write_run_end(struct writer *w)
{
	size_t n = w->n - w->run;

	if (n >= ID_MIN && (w->run == 0 || w->p[w->run - 1] != '#') &&
	    run_is_id(sv_make(w->p + w->run, n))) {
		memcpy(w->p + w->run, ID_TEXT, ID_N);
		w->n = w->run + ID_N;
	}
}

/* Behind an id: bytes of a number that goes on with it, such as ".12" or, in a time, ":00.000Z". */
static size_t
id_tail_len(const struct writer *w, struct sv s)
{
	size_t n = 1;

	if ((s.p[0] != '.' && s.p[0] != ':') || w->n < ID_N ||
	    memcmp(w->p + w->n - ID_N, ID_TEXT, ID_N) != 0) {
		return 0;
	}
	while (n < s.n && char_is_digit(s.p[n])) {
		n++;
	}
	n += n > 1 && n < s.n && s.p[n] == 'Z';
	return n > 1 && (n == s.n || !char_is_alnum(s.p[n])) ? n : 0;
}

static void
write_blank(struct writer *w)
{
	if (w->n > 0 && w->p[w->n - 1] != ' ') {
		w->p[w->n++] = ' ';
	}
	w->word = w->n;
	w->run = w->n;
}

/* Does a word begin here that is no IPv6 address?  It has a letter behind f before any other mark. */
static bool
word_begins(struct sv s)
{
	size_t n = 0;

	while (n < s.n && n < 5 && s.p[n] >= 'A' && (s.p[n] & ~0x20) <= 'F') {
		n++;
	}
	return n < s.n && (s.p[n] & ~0x20) > 'F' && (s.p[n] & ~0x20) <= 'Z';
}

/*
 * What needs no thought: letters, digits within a word, one blank behind a word.  A
 * digit or a-f in front of a word may begin a code or an address; a long word may be an id.
 */
static size_t
write_plain(struct writer *w, struct sv s)
{
	size_t most = s.n < REPLY_TEXT_MAX - w->n ? s.n : REPLY_TEXT_MAX - w->n;
	char *to = w->p + w->n;
	size_t n = 0;

	if ((w->n == 0 || !char_is_alnum(to[-1])) && !word_begins(s)) {
		return 0;
	}
	for (;;) {
		for (; n < most && char_is_alnum(s.p[n]); n++) {
			to[n] = s.p[n];
		}
		if (n == most || s.p[n] != ' ' || w->n + n - w->run >= ID_MIN) {
			break;
		}
		to[n++] = ' ';
		w->word = w->n + n;
		w->run = w->word;
		if (n == most || !word_begins(sv_from_at(s, n))) {
			break;
		}
	}
	w->n += n;
	return n;
}

/* Where the local part in front of '@' begins; in a link it is only the last value ("?id=user"). */
static size_t
local_begin(const struct writer *w)
{
	bool link = w->n >= w->word + 2 && w->p[w->word] == '/' && w->p[w->word + 1] == '/';
	size_t at = w->n;
	size_t lead;

	while (at > w->word && (unsigned char)w->p[at - 1] < 0x80 &&
	       (!link || strchr("/?&=", w->p[at - 1]) == NULL)) {
		at--;
	}
	if (at == w->word || link) {
		return at;
	}
	for (lead = at - 1; lead > w->word && ((unsigned char)w->p[lead] & 0xc0) == 0x80;) {
		lead--;
	}
	return at < w->n && is_wide(w->p[lead]) ? at : w->word;
}

/* One step; returns how many bytes of s were used. */
static size_t
write_step(struct writer *w, struct sv s, unsigned code, bool line_start)
{
	char c = s.p[0];
	bool in_word = w->n > 0 && char_is_alnum(w->p[w->n - 1]);
	size_t n;

	if (!char_is_alnum(c) && c != '-') {
		write_run_end(w);
		if ((n = id_tail_len(w, s)) > 0) {
			return n;
		}
	}
	if ((unsigned char)c <= ' ' || c == 0x7f) {
		write_blank(w);
		return 1;
	}
	if (c == '@' && w->n > w->word) {
		n = domain_len(s);
		if (n > 1) {
			w->n = local_begin(w);
			w->p[w->n++] = '@';
			w->word = w->n;
			w->run = w->n;
			return n;
		}
	}
	if (!in_word) {
		if (char_is_digit(c) && (n = continuation_len(s, code, line_start)) > 0) {
			write_blank(w);
			return n;
		}
		if ((char_is_digit(c) || c == ':' || (c >= 'a' && c <= 'f') ||
			(c >= 'A' && c <= 'F')) &&
		    (n = ip_len(s)) > 0) {
			memcpy(w->p + w->n, "0.0.0.0", 7);
			w->n += 7;
			w->run = w->n;
			return n;
		}
	}
	w->p[w->n++] = c;
	if (!is_atom(c)) {
		w->word = w->n;
	}
	if (!char_is_alnum(c) && c != '-') {
		w->run = w->n;
	}
	return 1;
}

void
reply_normalise(const struct reply *r, struct buf *out)
{
	/* every byte is written before it is read; zeroing 4 KB would cost a tenth of the whole */
	char room[REPLY_TEXT_MAX + 64] __attribute__((uninitialized));
	struct writer w = { .p = room };
	struct sv s = r->text;
	bool line_start = true;

	while (s.n > 0 && w.n < REPLY_TEXT_MAX) {
		size_t plain = write_plain(&w, s);
		bool newline;
		bool blank;

		if (plain > 0) { /* a letter, or a blank behind one */
			line_start = false;
			s = sv_from_at(s, plain);
			continue;
		}
		newline = s.p[0] == '\n' || s.p[0] == '\r';
		blank = s.p[0] == ' ' || s.p[0] == '\t';
		s = sv_from_at(s, write_step(&w, s, r->code, line_start && w.n > 0));
		line_start = newline || (line_start && blank);
	}
	write_run_end(&w);
	while (w.n > 0 && room[w.n - 1] == ' ') {
		w.n--;
	}
	buf_clear(out);
	buf_add(out, room, w.n);
}

/* ---- the shape of a reply ---- */

#define WORD_LONG 24 /* longer words are ids */

static bool
word_is_variable(struct sv w)
{
	bool upper = false;
	bool lower = false;
	size_t digits = 0;

	for (size_t i = 0; i < w.n; i++) {
		digits += char_is_digit(w.p[i]);
		upper = upper || (w.p[i] >= 'A' && w.p[i] <= 'Z');
		lower = lower || (w.p[i] >= 'a' && w.p[i] <= 'z');
	}
	return digits > 0 || w.n > WORD_LONG || (w.n > 16 && upper && lower);
}

void
reply_template(const struct reply *r, struct buf *out)
{
	struct buf text;
	struct sv rest;
	bool star = false;

	buf_init(&text, REPLY_TEXT_MAX * 2);
	reply_normalise(r, &text);
	rest = buf_view(&text);
	buf_clear(out);
	while (rest.n > 0) {
		struct sv word;

		if (!sv_cut(&rest, ' ', &word)) {
			word = rest;
			rest = (struct sv){ 0 };
		}
		if (!word_is_variable(word)) {
			buf_str(out, out->n == 0 ? "" : " ");
			buf_printable(out, word, 0);
			star = false;
		} else if (!star) { /* a run of variable words is one star */
			buf_str(out, out->n == 0 ? "*" : " *");
			star = true;
		}
	}
	buf_done(&text);
}
