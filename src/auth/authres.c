/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/authres.h"

/* ---- comments, quotes, words ---- */

/*
 * The value without comments and line ends.  Quoted strings stay as they are: a ';' or '(' in
 * one is text.  A comment or a string that never ends takes the rest with it.
 */
static struct sv
without_comments(struct sv value, struct arena *arena)
{
	char *out = arena_alloc(arena, value.n + 1);
	bool quoted = false;
	unsigned depth = 0;
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < value.n; i++) {
		char c = value.p[i];

		if (c == '\\' && (quoted || depth > 0) && i + 1 < value.n) {
			i++;
			if (quoted) {
				out[n++] = value.p[i] == '"' ? ' ' : value.p[i];
			}
		} else if (depth == 0 && c == '"') {
			quoted = !quoted;
			out[n++] = c;
		} else if (!quoted && c == '(') {
			depth++;
			out[n++] = ' ';
		} else if (depth > 0) {
			depth -= c == ')';
		} else {
			out[n++] = c == '\r' || c == '\n' || c == '\t' ? ' ' : c;
		}
	}
	return sv_make(out, n);
}

/* Up to a ';' outside of quotes; false: nothing is left. */
static bool
next_part(struct sv *rest, struct sv *part_out)
{
	bool quoted = false;
	size_t i = 0;

	if (rest->n == 0) {
		return false;
	}
	for (; i < rest->n && (quoted || rest->p[i] != ';'); i++) {
		quoted = rest->p[i] == '"' ? !quoted : quoted;
	}
	*part_out = sv_trim(sv_head(*rest, i));
	*rest = sv_from_at(*rest, i < rest->n ? i + 1 : i);
	return true;
}

/* Up to a blank outside of quotes, or '='; both may have blanks around them. */
static struct sv
next_word(struct sv *rest)
{
	struct sv word;
	bool quoted = false;
	size_t i = 0;

	*rest = sv_trim(*rest);
	for (; i < rest->n && (quoted || (rest->p[i] != ' ' && rest->p[i] != '=')); i++) {
		quoted = rest->p[i] == '"' ? !quoted : quoted;
	}
	word = sv_head(*rest, i);
	*rest = sv_trim(sv_from_at(*rest, i));
	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"') {
		word = sv_make(word.p + 1, word.n - 2);
	}
	return word;
}

/* name=value; false: there is none here.  A word alone is passed over. */
static bool
next_pair(struct sv *rest, struct sv *name_out, struct sv *value_out)
{
	while (rest->n > 0) {
		size_t before = rest->n;

		*name_out = next_word(rest);
		if (sv_take(rest, SV("="))) {
			*value_out = next_word(rest);
			return true;
		}
		if (rest->n == before) {
			return false;
		}
	}
	return false;
}

/* ---- a result ---- */

static struct sv
host_of(struct sv s)
{
	ptrdiff_t at = sv_rfind(s, SV("@"));

	s = at < 0 ? s : sv_from_at(s, (size_t)at + 1);
	(void)sv_drop_tail(&s, SV(">"));
	(void)sv_drop_tail(&s, SV("."));
	return s;
}

/* The property that names a domain; an earlier row of a method wins. */
static const struct {
	const char *method, *property;
} domains[] = { { "dkim", "header.d" }, { "dkim", "header.i" }, { "spf", "smtp.mailfrom" },
	{ "spf", "smtp.mail" }, { "spf", "smtp.helo" }, { "dmarc", "header.from" } };

#define N_DOMAINS (sizeof(domains) / sizeof(domains[0]))

static void
take_property(struct authres_result *r, struct sv name, struct sv value, size_t *row)
{
	for (size_t i = 0; i < *row; i++) {
		struct sv host = host_of(value);

		if (sv_ieq(r->method, sv_from(domains[i].method)) &&
		    sv_ieq(name, sv_from(domains[i].property)) && host.n > 0) {
			r->domain = host;
			*row = i;
		}
	}
}

/* "dkim/1=pass reason="good" header.d=example.org" */
static void
take_result(struct authres *out, struct sv part)
{
	struct authres_result r = { 0 };
	struct sv name;
	struct sv value;
	size_t row = N_DOMAINS;

	name = next_word(&part);
	r.method = sv_cut(&name, '/', &r.method) ? r.method : name;
	if (part.n > 0 && part.p[0] == '/') { /* "dkim / 1 =" */
		(void)sv_cut(&part, '=', &name);
	} else if (!sv_take(&part, SV("="))) {
		return; /* "none" */
	}
	r.result = next_word(&part);
	if (r.method.n == 0 || r.result.n == 0) {
		return;
	}
	while (next_pair(&part, &name, &value)) {
		take_property(&r, name, value, &row);
	}
	if (out->n == AUTHRES_RESULTS_MAX) {
		out->cut = true;
	} else {
		out->results[out->n++] = r;
	}
}

bool
authres_read(struct sv value, struct arena *arena, struct authres *out)
{
	struct sv rest;
	struct sv part;

	*out = (struct authres){ .cut = value.n > AUTHRES_BYTES_MAX };
	rest = without_comments(sv_head(value, AUTHRES_BYTES_MAX), arena);
	if (rest.p == NULL || !next_part(&rest, &part)) {
		return false;
	}
	out->id = next_word(&part); /* a version may follow */
	while (next_part(&rest, &part)) {
		take_result(out, part);
	}
	return out->id.n > 0;
}
