/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a name server's answer; the first byte chooses the type asked for. */

#include "base/err.h"
#include "dns/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_strings(const struct dns_record *r)
{
	size_t sum = 0;

	for (size_t k = 0; k < r->lengths.n; k++) {
		sum += (unsigned char)r->lengths.p[k];
	}
	check(sum == 0 || sum == r->data.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_PTR, DNS_MX, DNS_TXT,
		DNS_TLSA };
	struct arena *arena = arena_new((size_t)8 * 1024 * 1024);
	struct dns_answer a;
	struct sv wire;

	if (size > 0) {
		wire = sv_make((const char *)data + 1, size - 1);
		dns_answer_read(wire, SV("a.example"), types[data[0] % 7], arena, &a);
		check(a.n <= ANSWER_RECORDS_MAX);
		check((a.n > 0) == (a.status == DNS_OK));
		check((a.reason != NULL) == dns_is_unknown(&a));
		for (size_t i = 0; i < a.n; i++) {
			check_strings(&a.records[i]);
		}
	}
	arena_free(&arena);
	return 0;
}
