/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_out.h"

#include <unistd.h>

void
out_flush(struct out *o)
{
	size_t done = 0;

	while (o->fd >= 0 && !o->broken && done < o->n) {
		ssize_t n = write(o->fd, o->p + done, o->n - done);

		if (n <= 0) {
			o->broken = true;
			break;
		}
		done += (size_t)n;
	}
	o->n = 0;
}

void
out_u(struct out *o, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	out_add(o, text + at, sizeof(text) - at);
}

void
out_digits(struct out *o, uint64_t v, unsigned digits)
{
	out_base(o, v, digits, SV("0123456789"));
}

void
out_base(struct out *o, uint64_t v, unsigned n, struct sv alphabet)
{
	char text[32];
	unsigned at = n < sizeof(text) ? n : (unsigned)sizeof(text);

	n = at;
	while (at > 0) {
		text[--at] = alphabet.p[v % alphabet.n];
		v /= alphabet.n;
	}
	out_add(o, text, n);
}

void
out_delay(struct out *o, int64_t us)
{
	uint64_t v = us < 0 ? 0 : (uint64_t)us;

	if (v >= 10000000) {
		out_u(o, v / 1000000);
		return;
	}
	if (v >= 1000000) {
		out_u(o, v / 1000000);
		if (v / 100000 % 10 != 0) {
			out_lit(o, ".");
			out_u(o, v / 100000 % 10);
		}
		return;
	}
	if (v < 10000) {
		out_lit(o, "0");
		if (v >= 1000) {
			out_lit(o, ".00");
			out_u(o, v / 1000);
		}
		return;
	}
	out_lit(o, "0.");
	out_digits(o, v / 10000, 2);
}

static void
stamp_second(struct stamp *s, int64_t us)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_from_us(us);
	int n;

	if (s->iso) {
		n = snprintf(s->text, sizeof(s->text), "%04d-%02u-%02uT%02u:%02u:%02u.",
		    c.year % 10000, c.month % 100, c.day % 100, c.hour % 100, c.minute % 100,
		    c.second % 100);
	} else {
		n = snprintf(s->text, sizeof(s->text), "%s %2u %02u:%02u:%02u ",
		    months[(c.month + 11) % 12], c.day % 100, c.hour % 100, c.minute % 100,
		    c.second % 100);
	}
	s->n = n > 0 && (size_t)n < sizeof(s->text) ? (size_t)n : 0;
}

void
out_stamp(struct out *o, struct stamp *s, int64_t us)
{
	if (us / US_PER_SECOND != s->second || s->n == 0) {
		s->second = us / US_PER_SECOND;
		stamp_second(s, us);
	}
	out_add(o, s->text, s->n);
	if (s->iso) {
		out_digits(o, (uint64_t)(us % US_PER_SECOND), 6);
		out_lit(o, "+00:00 ");
	}
}
