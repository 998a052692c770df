/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_POSTCONF_H
#define CAROM_POSTFIX_POSTCONF_H

/*
 * What postconf(1) prints about one instance of Postfix, as a table: the parameters with
 * their values (`postconf -x`), which of them are set in main.cf (`postconf -n`), and the
 * services (`postconf -M`).  Nothing is run here and nothing judged; files of Postfix are
 * never read directly, so that its own defaults, includes and $names hold.
 *
 * The texts are kept; every view lives as long as the struct.  A line that is no setting
 * and no service is counted, and the first one kept.
 */

#include "base/buf.h"

#define POSTCONF_TEXT_MAX ((size_t)8 * 1024 * 1024)
#define POSTCONF_ROWS_MAX 20000 /* parameters, and services */

struct postconf_parameter {
	struct sv name, value; /* without blanks at the ends; $names are replaced */
	struct sv raw;         /* as it stands in main.cf, or the value */
	bool set;              /* in main.cf */
};

struct postconf_service {
	struct sv name, type;
	char chroot; /* 'y', 'n' or '-' */
	struct sv command;
	struct sv arguments; /* "-o name=value -o { name = value } user=x", may span lines */
};

struct postconf {
	struct buf text;                       /* owned */
	struct postconf_parameter *parameters; /* owned; by name */
	size_t n_parameters, room_parameters;
	struct postconf_service *services; /* owned; in order */
	size_t n_services, room_services;
	size_t odd; /* lines that are nothing of the kind */
	struct sv odd_sample;
};

/* Any text is taken; what is no line of postconf is `odd`. */
void postconf_init(
    struct postconf *c, struct sv all_text, struct sv set_text, struct sv services_text);
void postconf_done(struct postconf *c);

/* NULL: there is no such parameter. */
const struct postconf_parameter *postconf_parameter(const struct postconf *c, struct sv name);
/* Its value, "" if there is none. */
struct sv postconf_value(const struct postconf *c, const char *name);
/* NULL: there is no such service.  type empty: any. */
const struct postconf_service *postconf_service(
    const struct postconf *c, struct sv name, struct sv type);
/* The last `-o name=value` of the service; false: it has none. */
bool postconf_option(const struct postconf_service *s, struct sv name, struct sv *value_out);

/*
 * The next element of a list such as restrictions or maps: words apart by blanks and commas,
 * a { group } is one element, with its braces.  False at the end.
 */
bool postconf_element(struct sv *list, struct sv *out);
/* The parts of an element {a, b c, d} apart by commas; an element without braces is one part. */
bool postconf_part(struct sv *element, struct sv *out);

#endif
