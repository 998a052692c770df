/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/*
 * Message disposition notifications (RFC 8098) carry Final-Recipient like delivery reports.  One that a
 * program sent by itself about a mail that it deleted is a refusal (RFC 5429 section 2.1.2, Dovecot's
 * quota); all others are receipts of people who got the mail.
 */

bool
receipt_is(struct sv fields)
{
	struct sv v;
	struct sv mode;

	if (!mime_header(fields, SV("Disposition"), &v) || !sv_cut(&v, ';', &mode)) {
		return true;
	}
	v = sv_trim(v);
	return !(sv_istarts(sv_trim(mode), SV("automatic-action")) &&
		 (sv_istarts(v, SV("deleted")) || sv_istarts(v, SV("denied")) ||
		     sv_istarts(v, SV("failed"))));
}
