/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the output of postconf: views lie inside the text, and lists end. */

#include "base/err.h"
#include "postfix/postconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(struct sv list)
{
	struct sv e;
	struct sv part;
	size_t n = 0;

	while (postconf_element(&list, &e)) {
		check(e.n > 0 && ++n < 1000000);
		while (postconf_part(&e, &part)) {
			check(++n < 1000000);
		}
	}
}

static void
read_texts(struct sv all, struct sv set, struct sv services)
{
	struct postconf c;
	struct sv v;

	postconf_init(&c, all, set, services);
	for (size_t i = 0; i < c.n_parameters; i++) {
		check(postconf_parameter(&c, c.parameters[i].name) == &c.parameters[i]);
		walk(c.parameters[i].value);
	}
	for (size_t i = 0; i < c.n_services; i++) {
		check(c.services[i].name.n > 0 && c.services[i].command.n > 0);
		check(postconf_service(&c, c.services[i].name, c.services[i].type) != NULL);
		(void)postconf_option(&c.services[i], SV("syslog_name"), &v);
		walk(c.services[i].arguments);
	}
	check((c.odd == 0) == (c.odd_sample.n == 0));
	postconf_done(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = sv_make((const char *)data, size);
	struct sv part[3] = { { 0 } };

	for (size_t i = 0; i < 2; i++) { /* three texts apart by a byte 1 */
		if (!sv_cut(&rest, '\1', &part[i])) {
			break;
		}
	}
	part[2] = rest;
	read_texts(part[0], part[1], part[2]);
	return 0;
}
