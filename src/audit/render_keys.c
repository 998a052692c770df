/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"
#include "base/civil.h"

static void
put_age(const struct audit_key *k, struct buf *out)
{
	char day[40];

	if (k->since_s != 0) {
		civil_print(k->since_s * US_PER_SECOND, day, sizeof(day));
		buf_fmt(out, ", since %.10s", day);
	}
	if (k->before > 0) {
		buf_fmt(out, ", %u key%s before it", k->before, k->before == 1 ? "" : "s");
	}
	buf_str(out, k->seen ? ", seen in use\n" : "\n");
}

void
audit_render_keys(const struct audit *a, struct buf *out)
{
	buf_fmt(out, "\nDKIM      %zu found, %zu selectors tried\n", a->n_keys, a->n_keys_tried);
	for (size_t i = 0; i < a->n_keys; i++) {
		const struct audit_key *k = &a->keys[i];
		const struct dkim_key *key = &k->lookup.key;
		size_t start = out->n;

		buf_str(out, "    ");
		buf_printable(out, k->selector, 60);
		audit_pad_to(out, start, 24);
		if (k->lookup.n == 0) {
			buf_fmt(
			    out, "%s\n", k->lookup.found == DKIM_NO_KEY ? "no key" : "not seen");
			continue;
		}
		if (key->revoked) {
			buf_str(out, "revoked");
		} else if (key->fault != NULL) {
			buf_str(out, "cannot be used");
		} else if (key->type == DKIM_RSA) {
			buf_fmt(out, "RSA %u", key->bits);
		} else {
			buf_str(out, "Ed25519");
		}
		buf_fmt(out, "%s%s, %zu string%s%s", key->testing ? ", testing" : "",
		    key->strict ? ", strict" : "", k->lookup.strings,
		    k->lookup.strings == 1 ? "" : "s", k->lookup.aliases > 0 ? ", by CNAME" : "");
		put_age(k, out);
	}
}
