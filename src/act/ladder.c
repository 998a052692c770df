/* SPDX-License-Identifier: Apache-2.0 */
#include "act/ladder.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct rung rungs[] = {
	{ "carom-1", 20, 0 },
	{ "carom-2", 16, 0 },
	{ "carom-3", 12, 0 },
	{ "carom-4", 10, 0 },
	{ "carom-5", 8, 0 },
	{ "carom-6", 6, 0 },
	{ "carom-7", 5, 0 },
	{ "carom-8", 4, 0 },
	{ "carom-9", 3, 0 },
	{ "carom-10", 2, 0 },
	{ "carom-11", 1, 1 },
	{ "carom-12", 1, 5 },
	{ "carom-13", 1, 30 },
};

const struct rung *
ladder(size_t *n_out)
{
	*n_out = COUNT(rungs);
	return rungs;
}

const struct rung *
ladder_rung(unsigned connections, double delay_s)
{
	for (size_t i = 0; i < COUNT(rungs); i++) {
		if ((connections == 0 || rungs[i].connections <= connections) &&
		    (double)rungs[i].delay_s >= delay_s) {
			return &rungs[i];
		}
	}
	return &rungs[COUNT(rungs) - 1];
}

unsigned
ladder_number(struct sv syslog_name)
{
	ptrdiff_t slash = sv_rfind(syslog_name, SV("/"));
	struct sv transport = sv_from_at(syslog_name, slash < 0 ? 0 : (size_t)slash + 1);

	for (size_t i = 0; slash >= 0 && i < COUNT(rungs); i++) {
		if (sv_eq(transport, sv_from(rungs[i].transport))) {
			return (unsigned)i + 1;
		}
	}
	return 0;
}

const struct rung *
ladder_numbered(unsigned number)
{
	return number == 0 || number > COUNT(rungs) ? NULL : &rungs[number - 1];
}
