/* SPDX-License-Identifier: Apache-2.0 */
#include "source/input_kind.h"

#include "mail/postfix.h"
#include "source/input.h"

#include <sys/stat.h>

#define FIRST_BYTES    4096
#define NAME_BYTES_MAX 76 /* of a header; RFC 5322 section 2.1.1 says how long a line should be */

bool
text_has_mails(struct sv first)
{
	struct syslog_head head;
	struct sv s = first;
	size_t n = 0;

	while (s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n')) {
		s = sv_from_at(s, 1);
	}
	if (sv_starts(s, SV("From ")) || sv_starts(s, SV(">From "))) {
		return true;
	}
	if (syslog_head_take(s, &head)) {
		return false;
	}
	while (n < s.n && n < NAME_BYTES_MAX &&
	       (char_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '_')) {
		n++;
	}
	/* A journal export has "NAME=", a JSON one '{'. */
	return n > 1 && n < s.n && s.p[n] == ':' && char_is_alpha(s.p[0]);
}

bool
input_has_mails(const char *path)
{
	struct input *in = NULL;
	struct why why;
	struct stat st;
	char first[FIRST_BYTES];
	size_t n = 0;
	bool mails = false;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0) {
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		return S_ISDIR(st.st_mode);
	}
	if (input_open(path, &in, &why) == ERR_OK) {
		mails = input_read(in, first, sizeof(first), &n, &why) == ERR_OK &&
			text_has_mails(sv_make(first, n));
	}
	input_close(&in);
	return mails;
}
