/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/status.h"

#include "base/num.h"

#include <stdio.h>

bool
status_take(struct sv *s, struct status *out)
{
	struct sv t = *s;
	uint32_t subject;
	uint32_t detail;

	if (t.n < 5 || (t.p[0] != '2' && t.p[0] != '4' && t.p[0] != '5') || t.p[1] != '.') {
		return false;
	}
	t = sv_from_at(t, 2);
	if (!num_take_u32(&t, 999, &subject) || !sv_take(&t, SV(".")) ||
	    !num_take_u32(&t, 999, &detail)) {
		return false;
	}
	if (t.n > 0 &&
	    (char_is_alnum(t.p[0]) || (t.p[0] == '.' && t.n > 1 && char_is_digit(t.p[1])))) {
		return false;
	}
	*out = (struct status){ (uint16_t)(s->p[0] - '0'), (uint16_t)subject, (uint16_t)detail };
	*s = t;
	return true;
}

void
status_print(struct status st, char *out, size_t size)
{
	if (st.klass == 0) {
		out[0] = '\0';
		return;
	}
	(void)snprintf(out, size, "%u.%u.%u", st.klass, st.subject, st.detail);
}
