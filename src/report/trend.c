/* SPDX-License-Identifier: Apache-2.0 */
#include "report/trend.h"

#define MINUTE_US (INT64_C(60) * US_PER_SECOND)
#define CELLS_MAX 64

static void
double_width(struct trend *t)
{
	/* Buckets stay aligned to their width, so the first one may begin earlier. */
	int64_t width = t->width_us * 2;
	int64_t start = t->start_us - ((t->start_us % width) + width) % width;
	uint32_t old[TREND_BUCKETS];

	memcpy(old, t->count, sizeof(old));
	memset(t->count, 0, sizeof(t->count));
	for (unsigned i = 0; i < TREND_BUCKETS; i++) {
		int64_t at = (t->start_us + (int64_t)i * t->width_us - start) / width;

		if (at < TREND_BUCKETS) {
			t->count[at] += old[i];
		}
	}
	t->start_us = start;
	t->width_us = width;
}

/* An event before the first one: everything moves up. */
static void
move_start(struct trend *t, int64_t time_us)
{
	while (time_us < t->start_us) {
		int64_t last = t->last_us - time_us;
		int64_t start = time_us - ((time_us % t->width_us) + t->width_us) % t->width_us;
		int64_t by = (t->start_us - start) / t->width_us;

		if (last / t->width_us + 1 < TREND_BUCKETS && by < TREND_BUCKETS) {
			memmove(t->count + by, t->count,
			    (size_t)(TREND_BUCKETS - by) * sizeof(t->count[0]));
			memset(t->count, 0, (size_t)by * sizeof(t->count[0]));
			t->start_us = start;
		} else {
			double_width(t);
		}
	}
}

void
trend_add(struct trend *t, int64_t time_us)
{
	int64_t at;

	if (t->width_us == 0) {
		t->width_us = MINUTE_US;
		t->start_us = time_us - ((time_us % MINUTE_US) + MINUTE_US) % MINUTE_US;
		t->first_us = t->last_us = time_us;
	}
	if (time_us < t->first_us) {
		move_start(t, time_us);
		t->first_us = time_us;
	}
	t->last_us = time_us > t->last_us ? time_us : t->last_us;
	while ((at = (time_us - t->start_us) / t->width_us) >= TREND_BUCKETS) {
		double_width(t);
	}
	t->count[at]++;
}

void
trend_counts(const struct trend *t, int64_t from_us, int64_t to_us, unsigned cells, uint64_t *out)
{
	int64_t span = to_us > from_us ? to_us - from_us : 1;

	memset(out, 0, cells * sizeof(*out));
	for (unsigned i = 0; i < TREND_BUCKETS && t->width_us > 0; i++) {
		int64_t mid = t->start_us + (int64_t)i * t->width_us + t->width_us / 2;
		/* Whole seconds: a span of years times the cells still fits. */
		int64_t cell =
		    (mid - from_us) / US_PER_SECOND * (int64_t)cells / (span / US_PER_SECOND + 1);

		if (t->count[i] > 0) {
			cell = cell < 0 ? 0 : cell >= (int64_t)cells ? (int64_t)cells - 1 : cell;
			out[cell] += t->count[i];
		}
	}
}

void
trend_print(const struct trend *t, int64_t from_us, int64_t to_us, unsigned cells, bool utf8,
    struct buf *out)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", ".", ".", ":", ":", "+", "+", "#", "#" };
	uint64_t counts[CELLS_MAX];
	uint64_t most = 0;

	cells = cells > CELLS_MAX ? CELLS_MAX : cells;
	trend_counts(t, from_us, to_us, cells, counts);
	for (unsigned i = 0; i < cells; i++) {
		most = counts[i] > most ? counts[i] : most;
	}
	for (unsigned i = 0; i < cells; i++) {
		uint64_t level = most == 0 ? 0 : (counts[i] * 8 + most - 1) / most;

		buf_str(out, utf8 ? blocks[level] : ascii[level]);
	}
}
