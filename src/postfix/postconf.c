/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/postconf.h"

#include "base/err.h"

#include <stdlib.h>

/* ---- lines ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A logical line: the lines behind it that begin with a blank belong to it. */
static bool
take_line(struct sv *text, struct sv *out)
{
	size_t n = 0;

	if (text->n == 0) {
		return false;
	}
	while (n < text->n) {
		const char *end = memchr(text->p + n, '\n', text->n - n);

		n = end == NULL ? text->n : (size_t)(end - text->p) + 1;
		if (n >= text->n || (text->p[n] != ' ' && text->p[n] != '\t')) {
			break;
		}
	}
	*out = sv_trim(sv_head(*text, n));
	*text = sv_from_at(*text, n);
	return true;
}

static bool
is_name(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_alnum(s.p[i]) && strchr("_-.", s.p[i]) == NULL) {
			return false;
		}
	}
	return s.n > 0;
}

static void
add_odd(struct postconf *c, struct sv line)
{
	if (line.n == 0) {
		return;
	}
	if (c->odd++ == 0) {
		c->odd_sample = line;
	}
}

/* ---- parameters ---- */

static bool
split_setting(struct sv line, struct sv *name, struct sv *value)
{
	struct sv s = line;

	if (!sv_cut(&s, '=', name)) {
		return false;
	}
	*name = sv_trim(*name);
	*value = sv_trim(s);
	return is_name(*name);
}

static int
by_name(const void *pa, const void *pb)
{
	const struct postconf_parameter *a = pa;
	const struct postconf_parameter *b = pb;
	int d = sv_cmp(a->name, b->name);

	/* Of two the one that is set comes first, and the text's order decides between equals. */
	if (d != 0) {
		return d;
	}
	return a->set != b->set ? (int)b->set - (int)a->set : (a->name.p < b->name.p ? -1 : 1);
}

static void
read_parameters(struct postconf *c, struct sv text, bool set)
{
	struct sv line;

	while (take_line(&text, &line)) {
		struct postconf_parameter p = { .set = set };

		if (c->n_parameters == POSTCONF_ROWS_MAX ||
		    !split_setting(line, &p.name, &p.value)) {
			add_odd(c, line);
			continue;
		}
		p.raw = p.value;
		LIST_ROOM(c->parameters, c->n_parameters, c->room_parameters);
		c->parameters[c->n_parameters++] = p;
	}
}

/*
 * A parameter is in both texts if it is set.  The value of the first text (-x) has its $names
 * replaced; of the second only the fact counts, unless the first does not know the name (the
 * limits of a transport that master.cf does not have yet).
 */
static void
join_parameters(struct postconf *c)
{
	size_t kept = 0;

	if (c->n_parameters > 0) {
		qsort(c->parameters, c->n_parameters, sizeof(c->parameters[0]), by_name);
	}
	for (size_t i = 0; i < c->n_parameters; i++) {
		struct postconf_parameter *p = &c->parameters[i];

		if (kept > 0 && sv_eq(c->parameters[kept - 1].name, p->name)) {
			if (!p->set) { /* -x has the last word about the value */
				c->parameters[kept - 1].value = p->value;
			}
			if (!c->parameters[kept - 1].set) {
				c->parameters[kept - 1].raw = p->value;
			}
			continue;
		}
		c->parameters[kept++] = *p;
	}
	c->n_parameters = kept;
}

const struct postconf_parameter *
postconf_parameter(const struct postconf *c, struct sv name)
{
	size_t low = 0;
	size_t high = c->n_parameters;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = sv_cmp(c->parameters[mid].name, name);

		if (d == 0) {
			return &c->parameters[mid];
		}
		if (d < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return NULL;
}

struct sv
postconf_value(const struct postconf *c, const char *name)
{
	const struct postconf_parameter *p = postconf_parameter(c, sv_from(name));

	return p == NULL ? SV("") : p->value;
}

/* ---- services ---- */

static bool
take_word(struct sv *s, struct sv *out)
{
	size_t n = 0;

	*s = sv_trim(*s);
	while (n < s->n && !is_blank(s->p[n])) {
		n++;
	}
	*out = sv_head(*s, n);
	*s = sv_from_at(*s, n);
	return n > 0;
}

/* name type private unpriv chroot wakeup maxproc command arguments */
static bool
split_service(struct sv line, struct postconf_service *out)
{
	static const struct sv types[] = { SV_INIT("inet"), SV_INIT("unix"), SV_INIT("fifo"),
		SV_INIT("pass"), SV_INIT("unix-dgram") };
	struct sv word[8];
	bool known = false;

	for (size_t i = 0; i < 8; i++) {
		if (!take_word(&line, &word[i])) {
			return false;
		}
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		known |= sv_eq(word[1], types[i]);
	}
	if (!known || word[4].n != 1 || strchr("yn-", word[4].p[0]) == NULL) {
		return false;
	}
	*out = (struct postconf_service){ word[0], word[1], word[4].p[0], word[7], sv_trim(line) };
	return true;
}

static void
read_services(struct postconf *c, struct sv text)
{
	struct sv line;

	while (take_line(&text, &line)) {
		struct postconf_service s;

		if (c->n_services == POSTCONF_ROWS_MAX || !split_service(line, &s)) {
			add_odd(c, line);
			continue;
		}
		LIST_ROOM(c->services, c->n_services, c->room_services);
		c->services[c->n_services++] = s;
	}
}

const struct postconf_service *
postconf_service(const struct postconf *c, struct sv name, struct sv type)
{
	for (size_t i = 0; i < c->n_services; i++) {
		if (sv_eq(c->services[i].name, name) &&
		    (type.n == 0 || sv_eq(c->services[i].type, type))) {
			return &c->services[i];
		}
	}
	return NULL;
}

bool
postconf_option(const struct postconf_service *s, struct sv name, struct sv *value_out)
{
	struct sv rest = s->arguments;
	struct sv element;
	bool found = false;
	bool option = false;

	while (postconf_element(&rest, &element)) {
		struct sv key;
		struct sv value;

		if (sv_eq(element, SV("-o"))) {
			option = true;
			continue;
		}
		if (option) {
			(void)(sv_take(&element, SV("{")) && sv_drop_tail(&element, SV("}")));
			if (split_setting(element, &key, &value) && sv_eq(key, name)) {
				*value_out = value;
				found = true;
			}
		}
		option = false;
	}
	return found;
}

/* ---- lists ---- */

static size_t
group_end(struct sv s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '{';
		if (s.p[i] == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return s.n; /* never closed: it is all of it */
}

bool
postconf_element(struct sv *list, struct sv *out)
{
	size_t n = 0;

	while (list->n > 0 && (is_blank(list->p[0]) || list->p[0] == ',')) {
		*list = sv_from_at(*list, 1);
	}
	if (list->n == 0) {
		return false;
	}
	if (list->p[0] == '{') {
		n = group_end(*list);
	} else {
		while (n < list->n && !is_blank(list->p[n]) && list->p[n] != ',') {
			n++;
		}
	}
	*out = sv_head(*list, n);
	*list = sv_from_at(*list, n);
	return true;
}

bool
postconf_part(struct sv *element, struct sv *out)
{
	struct sv part;

	if (sv_take(element, SV("{"))) {
		(void)sv_drop_tail(element, SV("}"));
	}
	if (element->n == 0) {
		return false;
	}
	if (!sv_cut(element, ',', &part)) {
		part = *element;
		*element = (struct sv){ 0 };
	}
	*out = sv_trim(part);
	return true;
}

/* ---- whole ---- */

void
postconf_init(struct postconf *c, struct sv all_text, struct sv set_text, struct sv services_text)
{
	size_t n[3];
	struct sv text;

	*c = (struct postconf){ 0 };
	buf_init(&c->text, 3 * POSTCONF_TEXT_MAX);
	buf_sv(&c->text, sv_head(all_text, POSTCONF_TEXT_MAX));
	n[0] = c->text.n;
	buf_sv(&c->text, sv_head(set_text, POSTCONF_TEXT_MAX));
	n[1] = c->text.n;
	buf_sv(&c->text, sv_head(services_text, POSTCONF_TEXT_MAX));
	n[2] = c->text.n;
	text = buf_view(&c->text);
	read_parameters(c, sv_head(text, n[0]), false);
	read_parameters(c, sv_from_at(sv_head(text, n[1]), n[0]), true);
	join_parameters(c);
	read_services(c, sv_from_at(sv_head(text, n[2]), n[1]));
}

void
postconf_done(struct postconf *c)
{
	buf_done(&c->text);
	free(c->parameters);
	free(c->services);
	*c = (struct postconf){ 0 };
}
