/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/batv.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define TAG_DIGITS 4 /* the number of the key and the day */
#define SIGNATURE  6 /* hexadecimal digits: three bytes of HMAC-SHA1 */

/* "prvs=" "KDDDSSSSSS" "=" address; false: it is none. */
static bool
split(struct sv s, struct sv *tag_out, struct sv *address_out)
{
	(void)sv_take(&s, SV("<"));
	(void)sv_drop_tail(&s, SV(">"));
	if (s.n > BATV_ADDRESS_MAX || !sv_istarts(s, SV("prvs="))) {
		return false;
	}
	s = sv_from_at(s, 5);
	*tag_out = sv_head(s, TAG_DIGITS + SIGNATURE);
	*address_out = sv_from_at(s, tag_out->n + 1);
	if (tag_out->n < TAG_DIGITS + SIGNATURE || s.n <= tag_out->n || s.p[tag_out->n] != '=' ||
	    sv_chr(*address_out, '@') <= 0) {
		return false;
	}
	for (size_t i = 0; i < tag_out->n; i++) {
		char c = char_lower(tag_out->p[i]);

		if (!char_is_digit(c) && (i < TAG_DIGITS || c < 'a' || c > 'f')) {
			return false;
		}
	}
	return true;
}

bool
batv_is(struct sv address)
{
	struct sv tag;
	struct sv plain;

	return split(address, &tag, &plain);
}

bool
batv_holds(struct sv address, struct sv key, char room[BATV_ADDRESS_MAX], struct sv *plain_out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char signed_text[BATV_ADDRESS_MAX];
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_n = 0;
	struct sv tag;
	struct sv plain;
	unsigned different = 0;

	if (key.n == 0 || key.n > 4096 || !split(address, &tag, &plain)) {
		return false;
	}
	memcpy(signed_text, tag.p, TAG_DIGITS);
	memcpy(signed_text + TAG_DIGITS, plain.p, plain.n);
	if (HMAC(EVP_sha1(), key.p, (int)key.n, signed_text, TAG_DIGITS + plain.n, mac, &mac_n) ==
		NULL ||
	    mac_n < SIGNATURE / 2) {
		return false;
	}
	for (size_t i = 0; i < SIGNATURE; i++) { /* always all of them: time tells nothing */
		unsigned half = i % 2 == 0 ? mac[i / 2] >> 4 : mac[i / 2] & 15u;

		different |=
		    (unsigned char)digits[half] ^ (unsigned char)char_lower(tag.p[TAG_DIGITS + i]);
	}
	memcpy(room, plain.p, plain.n);
	*plain_out = sv_make(room, plain.n);
	return different == 0;
}
