/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/sts.h"

#include "net/http.h"

#define POLICY_BYTES_MAX ((size_t)65536)
#define TIMEOUT_MS       10000
#define STATUS_OK        200

static bool
judge(const struct http_answer *answer, struct why *why)
{
	if (answer->status >= 300 && answer->status < 400) {
		(void)why_set(
		    why, ERR_DATA, "status %ld: a redirect must not be followed", answer->status);
	} else if (answer->status != STATUS_OK) {
		(void)why_set(why, ERR_DATA, "status %ld", answer->status);
	} else if (strcmp(answer->type, "text/plain") != 0) {
		(void)why_set(why, ERR_DATA, "its type is '%s', not text/plain", answer->type);
	} else {
		return true;
	}
	return false;
}

void
cmd_fetch_sts(const struct sts_https *opt, struct sv domain, const struct ip *ip,
    struct sts_session *s, struct sts_file *out)
{
	struct http_fetch f = {
		.ca_file = opt->ca_file,
		.timeout_ms = TIMEOUT_MS,
		.max_bytes = POLICY_BYTES_MAX,
	};
	struct http_answer answer;
	struct buf url;
	struct buf to;

	buf_init(&url, 0);
	buf_init(&to, 0);
	buf_fmt(&url, "https://mta-sts.%.*s/.well-known/mta-sts.txt", SV_ARG(domain));
	buf_str(&to, ip->n == 4 ? "" : "[");
	ip_print(ip, &to);
	buf_fmt(&to, "%s:%u", ip->n == 4 ? "" : "]", opt->port == 0 ? 443 : opt->port);
	f.url = url.p;
	f.connect = to.p;
	*out = (struct sts_file){ .tried = true };
	out->fetched =
	    http_get(&f, &s->text, &answer, &s->why) == ERR_OK && judge(&answer, &s->why);
	out->text = buf_view(&s->text);
	out->problem = out->fetched ? NULL : s->why.text;
	buf_done(&url);
	buf_done(&to);
}
