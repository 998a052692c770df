/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/idn.h"

#include <idn2.h>

bool
name_to_ascii(struct sv name, struct arena *arena, struct sv *out)
{
	const char *text;
	char *ascii = NULL;
	size_t i = 0;

	while (i < name.n && (unsigned char)name.p[i] < 0x80) {
		i++;
	}
	if (i == name.n) {
		*out = name;
		return true;
	}
	text = arena_cstr(arena, name);
	if (text == NULL ||
	    idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
		return false;
	}
	*out = arena_sv(arena, sv_from(ascii));
	idn2_free(ascii);
	return out->p != NULL;
}
