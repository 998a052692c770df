/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as lines of both inputs: views stay inside, refusals name a place in the line. */

#include "base/err.h"
#include "feed/delivery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_inside(const struct json_in *j, struct sv line, struct sv s)
{
	bool in_line = s.p >= line.p && s.p + s.n <= line.p + line.n;
	bool in_room = s.p >= j->room && s.p + s.n <= j->room + j->room_n;

	check(s.n == 0 || in_line || in_room);
}

static void
one_line(struct json_in *j, struct sv line)
{
	struct delivery d;
	struct known_recipient k;

	if (delivery_read(j, line, &d)) {
		is_inside(j, line, d.recipient);
		is_inside(j, line, d.text);
		is_inside(j, line, d.campaign);
		check(d.t >= 0 && d.t < FEED_TIME_MAX_S);
		check(d.code == 0 || (d.code >= 200 && d.code <= 599));
	} else {
		check(j->at <= line.n && j->expected != NULL);
	}
	if (known_recipient_read(j, line, &k)) {
		is_inside(j, line, k.recipient);
	} else {
		check(j->at <= line.n && j->expected != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = sv_make((const char *)data, size);
	struct sv line;
	struct json_in j;

	json_in_init(&j);
	while (sv_cut(&rest, '\n', &line)) {
		one_line(&j, line);
	}
	one_line(&j, rest);
	json_in_done(&j);
	return 0;
}
