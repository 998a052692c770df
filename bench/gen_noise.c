/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_mail.h"

struct noise {
	uint32_t weight; /* of 100 */
	enum line_kind kind;
	struct sv tag;
	struct sv text;
};

static const struct noise noises[] = {
	{ 22, LINE_NOISE, SV_INIT("postfix/anvil"),
	    SV_INIT(
		"statistics: max connection rate 3/60s for (smtp:192.0.2.11) at Sep 20 10:00:00") },
	{ 12, LINE_NOISE, SV_INIT("postfix/scache"),
	    SV_INIT("statistics: domain lookup hits=3 miss=12 success=20%%") },
	{ 12, LINE_NOISE, SV_INIT("postfix/smtpd"),
	    SV_INIT("NOQUEUE: reject: RCPT from unknown[203.0.113.77]: 554 5.7.1 "
		    "<user%d@elsewhere.example>: Relay access denied; from=<win%d@prize.example> "
		    "to=<user%d@elsewhere.example> proto=ESMTP helo=<host%d.example>") },
	{ 10, LINE_NOISE, SV_INIT("postfix/smtpd"),
	    SV_INIT("warning: hostname host%d.example does not resolve to address 203.0.113.81: "
		    "Name or "
		    "service not known") },
	{ 10, LINE_NOISE, SV_INIT("postfix/smtpd"),
	    SV_INIT(
		"warning: unknown[203.0.113.90]: SASL LOGIN authentication failed: UGFzc3dvcmQ6") },
	{ 8, LINE_NOISE, SV_INIT("postfix/smtpd"),
	    SV_INIT("lost connection after AUTH from unknown[203.0.113.90]") },
	{ 16, LINE_OTHER, SV_INIT("dovecot"),
	    SV_INIT("imap-login: Login: user=<desk@shop.example>, method=PLAIN, rip=192.0.2.40, "
		    "lip=198.51.100.25, mpid=2%d, TLS, session=<%t>") },
	{ 10, LINE_OTHER, SV_INIT("spamd"),
	    SV_INIT("spamd: result: . 0 - DKIM_SIGNED,DKIM_VALID,SPF_PASS "
		    "scantime=0.9,size=%d,user=desk,"
		    "uid=1001,required_score=5.0,rhost=::1,raddr=::1,rport=4%d,"
		    "mid=<%t@elsewhere.example>,autolearn=ham") },
};

void
line_noise(struct gen *g)
{
	uint32_t roll = random_below(&g->rng, 100);
	size_t i = 0;
	struct mark mark;

	while (i + 1 < sizeof(noises) / sizeof(noises[0]) && roll >= noises[i].weight) {
		roll -= noises[i].weight;
		i++;
	}
	mark = line_begin(g, noises[i].kind, noises[i].tag, 900U + random_below(&g->rng, 40));
	text_expand(g, NULL, NULL, noises[i].text);
	line_end(g, &mark);
}
