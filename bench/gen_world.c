/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_world.h"

/* Every table of answers ends with weight 0; what is left of 10,000 goes to its first row. */
#define SENT(dsn, text)                                                            \
	{                                                                          \
		0, 0, false, OUTCOME_SENT, SAID_PLAIN, SV_INIT(dsn), SV_INIT(text) \
	}
#define DEFER(weight, again, said, dsn, text)                                             \
	{                                                                                 \
		weight, again, false, OUTCOME_DEFERRED, said, SV_INIT(dsn), SV_INIT(text) \
	}
#define DEFER_ALWAYS(weight, said, dsn, text)                                          \
	{                                                                              \
		weight, 100, true, OUTCOME_DEFERRED, said, SV_INIT(dsn), SV_INIT(text) \
	}
#define BOUNCE(weight, said, dsn, text)                                              \
	{                                                                            \
		weight, 0, false, OUTCOME_BOUNCED, said, SV_INIT(dsn), SV_INIT(text) \
	}
#define BOUNCE_ALWAYS(weight, said, dsn, text)                                      \
	{                                                                           \
		weight, 0, true, OUTCOME_BOUNCED, said, SV_INIT(dsn), SV_INIT(text) \
	}
#define END                                                                     \
	{                                                                       \
		0, 0, false, OUTCOME_SENT, SAID_PLAIN, SV_INIT(""), SV_INIT("") \
	}

static const struct answer gmail[] = {
	SENT("2.0.0", "250 2.0.0 OK  %T %g - gsmtp"),
	DEFER(110, 40, SAID_END, "4.7.28",
	    "421-4.7.28 [%I      15] Our system has detected an unusual rate of 421-4.7.28 "
	    "unsolicited mail originating from your IP address. To protect our 421-4.7.28 users "
	    "from spam, mail sent from your IP address has been temporarily 421-4.7.28 rate "
	    "limited. "
	    "Please visit 421-4.7.28  https://support.google.com/mail/?p=UnsolicitedRateLimitError "
	    "to "
	    "421 4.7.28 review our Bulk Email Senders Guidelines. %g - gsmtp"),
	BOUNCE_ALWAYS(150, SAID_RCPT, "5.1.1",
	    "550-5.1.1 The email account that you tried to reach does not exist. Please try "
	    "550-5.1.1 "
	    "double-checking the recipient's email address for typos or 550-5.1.1 unnecessary "
	    "spaces. "
	    "Learn more at 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser %g - gsmtp"),
	BOUNCE_ALWAYS(30, SAID_RCPT, "5.2.1",
	    "550-5.2.1 The email account that you tried to reach is disabled. Learn more at 550 "
	    "5.2.1 "
	    " https://support.google.com/mail/?p=DisabledUser %g - gsmtp"),
	DEFER_ALWAYS(40, SAID_RCPT, "4.2.2",
	    "452-4.2.2 The email account that you tried to reach is over quota. Please direct "
	    "452-4.2.2 the recipient to 452 4.2.2  "
	    "https://support.google.com/mail/?p=OverQuotaTemp "
	    "%g - gsmtp"),
	DEFER(25, 50, SAID_RCPT, "4.2.1",
	    "450-4.2.1 The user you are trying to contact is receiving mail at a rate that "
	    "450-4.2.1 "
	    "prevents additional messages from being delivered. Please resend your 450-4.2.1 "
	    "message "
	    "at a later time. If the user is able to receive mail at that 450-4.2.1 time, your "
	    "message "
	    "will be delivered. For more information, please 450-4.2.1 visit 450 4.2.1  "
	    "https://support.google.com/mail/?p=ReceivingRate %g - gsmtp"),
	BOUNCE(20, SAID_END, "5.7.26",
	    "550-5.7.26 This message does not have authentication information or fails to "
	    "550-5.7.26 "
	    "pass authentication checks. To best protect our users from spam, the 550-5.7.26 "
	    "message "
	    "has been blocked. Please visit 550-5.7.26  "
	    "https://support.google.com/mail/answer/81126#authentication for more 550 5.7.26 "
	    "information. %g - gsmtp"),
	END,
};

static const struct answer yahoo[] = {
	SENT("2.0.0", "250 ok dirdel"),
	DEFER(260, 45, SAID_TALK, "4.7.0",
	    "421 4.7.0 [TSS04] Messages from %I temporarily deferred due to unexpected volume or "
	    "user "
	    "complaints - 4.16.55.1; see https://help.yahoo.com/kb/postmaster/SLN3434.html"),
	BOUNCE_ALWAYS(150, SAID_END, "5.0.0",
	    "554 delivery error: dd This user doesn't have a %D account (%R) [0] - "
	    "mta%d.mail.ne1.yahoo.com"),
	BOUNCE_ALWAYS(60, SAID_END, "5.0.0",
	    "554 30 Sorry, your message to %R cannot be delivered. This mailbox is disabled "
	    "(554.30). - "
	    "mta%d.mail.bf1.yahoo.com"),
	BOUNCE_ALWAYS(
	    40, SAID_RCPT, "5.0.0", "552 1 Requested mail action aborted, mailbox not found"),
	DEFER(20, 30, SAID_END, "4.0.0",
	    "451 mta%d.mail.ne1.yahoo.com Resources temporarily unavailable. Please try again "
	    "later "
	    "[#4.16.1]."),
	END,
};

static const struct answer outlook[] = {
	SENT("2.6.0", "250 2.6.0 %M [InternalId=%d%d%d, "
		      "Hostname=DM6PR02MB%d.namprd02.prod.outlook.com] %S bytes "
		      "in 0.1%d, 91.%d KB/sec Queued mail for delivery -> 250 2.1.5"),
	BOUNCE(130, SAID_MAIL, "5.7.1",
	    "550 5.7.1 Unfortunately, messages from [%I] weren't sent. Please contact your "
	    "Internet "
	    "service provider since part of their network is on our block list (S3140). You can "
	    "also "
	    "refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. "
	    "[BN8NAM12FT%d.eop-nam12.prod.protection.outlook.com]"),
	BOUNCE_ALWAYS(180, SAID_RCPT, "5.5.0",
	    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
	    "[CO1NAM11FT%d.eop-nam11.prod.protection.outlook.com]"),
	DEFER(150, 50, SAID_MAIL, "4.7.650",
	    "451 4.7.650 The mail server [%I] has been temporarily rate limited due to IP "
	    "reputation. "
	    "For e-mail delivery information, see https://postmaster.live.com (S775) "
	    "[HE1EUR01FT%d.eop-EUR01.prod.protection.outlook.com]"),
	END,
};

static const struct answer office[] = {
	SENT("2.6.0", "250 2.6.0 %M [InternalId=%d%d%d, "
		      "Hostname=AM6PR04MB%d.eurprd04.prod.outlook.com] %S bytes "
		      "in 0.2%d, 65.%d KB/sec Queued mail for delivery"),
	BOUNCE_ALWAYS(160, SAID_RCPT, "5.4.1",
	    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) "
	    "[VE1EUR01FT%d.eop-EUR01.prod.protection.outlook.com]"),
	BOUNCE_ALWAYS(60, SAID_RCPT, "5.1.10",
	    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient %R not found by SMTP address "
	    "lookup"),
	DEFER(70, 30, SAID_RCPT, "4.7.500",
	    "451 4.7.500 Server busy. Please try again later from [%I]. (AS77712344) "
	    "[DB5EUR01FT%d.eop-EUR01.prod.protection.outlook.com]"),
	END,
};

static const struct answer icloud[] = {
	SENT("2.0.0", "250 2.0.0 Ok: queued as %x"),
	BOUNCE_ALWAYS(120, SAID_RCPT, "5.1.1", "550 5.1.1 <%R>: user does not exist"),
	BOUNCE_ALWAYS(60, SAID_RCPT, "5.2.2", "552 5.2.2 <%R>: user is over quota"),
	DEFER(60, 40, SAID_RCPT, "4.7.1",
	    "421 4.7.1 Messages to %R deferred due to excessive volume. Try again later - "
	    "https://support.apple.com/en-us/HT204137"),
	END,
};

static const struct answer comcast[] = {
	SENT("2.0.0", "250 2.0.0 %t mail accepted for delivery"),
	BOUNCE_ALWAYS(160, SAID_RCPT, "5.1.1", "550 5.1.1 Not our Customer"),
	BOUNCE_ALWAYS(30, SAID_RCPT, "5.0.0", "550 Account Closed, Please Remove"),
	DEFER(120, 40, SAID_TALK, "4.1.0",
	    "421 4.1.0 %I Throttled - try again later. Please see "
	    "https://postmaster.comcast.net/smtp-error-codes.php#RL000010"),
	DEFER(60, 70, SAID_TALK, "4.0.0",
	    "554 resimta-po-13v.sys.comcast.net comcast %I found on one or more DNSBLs, see "
	    "http://postmaster.comcast.net/smtp-error-codes.php#BL000001"),
	DEFER_ALWAYS(40, SAID_RCPT, "4.1.1", "452 4.1.1 <%R> user over quota"),
	END,
};

static const struct answer charter[] = {
	SENT("2.0.0", "250 2.0.0 %x mail accepted for delivery"),
	BOUNCE_ALWAYS(150, SAID_RCPT, "5.1.1", "550 5.1.1 <%R> recipient rejected"),
	BOUNCE(50, SAID_MAIL, "5.1.0",
	    "550 5.1.0 <%F> sender rejected. Please see "
	    "https://www.spectrum.net/support/internet/understanding-email-error-codes for more "
	    "information. AUP#In-1310"),
	DEFER(150, 60, SAID_TALK, "4.0.0",
	    "554 p-impin009.msg.pkvw.co.charter.net cmsmtp %I blocked. Please see "
	    "https://www.spectrum.net/support/internet/understanding-email-error-codes for more "
	    "information. AUP#In-1020"),
	END,
};

#define COX_SEE                            \
	"Refer to Error Codes section at " \
	"https://www.cox.com/residential/support/email-error-codes.html for more information. "

static const struct answer cox[] = {
	SENT("2.0.0", "250 2.0.0 %t mail accepted for delivery"),
	BOUNCE_ALWAYS(200, SAID_RCPT, "5.1.1",
	    "550 5.1.1 <%R> Recipient address rejected: User does not exist"),
	DEFER(150, 40, SAID_TALK, "4.0.0",
	    "421 cxr.mx.a.cloudfilter.net cmsmtp %I blocked. " COX_SEE "AUP#CXCNCT"),
	BOUNCE(25, SAID_MAIL, "5.1.0", "550 5.1.0 <%F> sender rejected. " COX_SEE "AUP#CDRBL"),
	END,
};

/* September 2020: living mailboxes refused as unknown. */
const struct answer world_cox_incident[] = {
	SENT("2.0.0", "250 2.0.0 %t mail accepted for delivery"),
	BOUNCE(6400, SAID_RCPT, "5.1.1",
	    "550 5.1.1 <%R> Recipient address rejected: User does not exist"),
	DEFER(1800, 40, SAID_TALK, "4.0.0",
	    "421 cxr.mx.a.cloudfilter.net cmsmtp %I blocked. " COX_SEE "AUP#CXCNCT"),
	BOUNCE(900, SAID_MAIL, "5.1.0", "550 5.1.0 <%F> sender rejected. " COX_SEE "AUP#CDRBL"),
	END,
};

static const struct answer gmx[] = {
	SENT("2.0.0", "250 Requested mail action okay, completed: id=1M%d-1kK%d1%d-00%d"),
	BOUNCE_ALWAYS(170, SAID_RCPT, "5.0.0",
	    "550 Requested action not taken: mailbox unavailable For explanation visit "
	    "https://postmaster.gmx.net/en/case?c=r0601&i=ip&v=%I&r=1M%d-1kK%d1%d-00%d"),
	BOUNCE_ALWAYS(50, SAID_RCPT, "5.0.0",
	    "552-Requested mail action aborted: exceeded storage allocation 552-Quota exceeded. "
	    "The "
	    "recipient's mailbox is full. 552 For explanation visit "
	    "https://postmaster.gmx.net/en/case?c=r0602&i=ip&v=%I&r=1M%d-1kK%d1%d-00%d"),
	DEFER(90, 30, SAID_TALK, "4.0.0",
	    "421-gmx.net (mxgmx104) Nemesis ESMTP Service not available 421 Too many connections "
	    "from "
	    "%I"),
	END,
};

static const struct answer orange[] = {
	SENT("2.0.0", "250 2.0.0 %t mail accepted for delivery"),
	BOUNCE_ALWAYS(170, SAID_RCPT, "5.1.1",
	    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 "
	    "[416]"),
	BOUNCE_ALWAYS(60, SAID_RCPT, "5.1.1",
	    "552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]"),
	DEFER(200, 40, SAID_TALK, "4.0.0",
	    "421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many "
	    "connections, slow down. OFR005_104 [104]"),
	END,
};

static const struct answer mimecast[] = {
	SENT("2.0.0", "250 SmtpThread-%d%d-%T@eu-mta-%d.uk-mta-1.uk.mimecast.lan Received OK [%t]"),
	DEFER(500, 0, SAID_RCPT, "4.0.0",
	    "451 Internal resources are temporarily unavailable - "
	    "https://community.mimecast.com/docs/DOC-1369#451 [%t]"),
	BOUNCE_ALWAYS(150, SAID_RCPT, "5.0.0",
	    "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [%t]"),
	END,
};

static const struct answer proofpoint[] = {
	SENT("2.0.0", "250 2.0.0 33n%t-1 Message accepted for delivery"),
	BOUNCE_ALWAYS(160, SAID_RCPT, "5.1.1", "550 5.1.1 <%R>... User unknown"),
	DEFER(
	    80, 60, SAID_TALK, "4.0.0", "554 Blocked - see https://ipcheck.proofpoint.com/?ip=%I"),
	END,
};

static const struct answer small[] = {
	SENT("2.0.0", "250 2.0.0 Ok: queued as %x"),
	DEFER(450, 0, SAID_RCPT, "4.2.0",
	    "450 4.2.0 <%R>: Recipient address rejected: Greylisted, see "
	    "http://postgrey.schweikert.ch/help/%D.html"),
	BOUNCE_ALWAYS(220, SAID_RCPT, "5.1.1",
	    "550 5.1.1 <%R>: Recipient address rejected: User unknown in local recipient table"),
	BOUNCE_ALWAYS(90, SAID_RCPT, "5.0.0", "550 No such user here"),
	DEFER_ALWAYS(
	    50, SAID_END, "4.2.2", "452 4.2.2 <%R> Quota exceeded (mailbox for user is full)"),
	BOUNCE(60, SAID_RCPT, "5.7.1",
	    "554 5.7.1 Service unavailable; Client host [%I] blocked using zen.spamhaus.org; "
	    "https://www.spamhaus.org/query/ip/%I"),
	BOUNCE(40, SAID_END, "5.7.1", "554 5.7.1 Spam message rejected"),
	DEFER(50, 30, SAID_PLAIN, "4.4.2",
	    "lost connection with %H[%A] while receiving the initial server greeting"),
	DEFER(40, 30, SAID_PLAIN, "4.4.2",
	    "conversation with %H[%A] timed out while sending RCPT TO"),
	DEFER(50, 30, SAID_RCPT, "4.3.0", "451 4.3.0 <%R>: Temporary lookup failure"),
	DEFER(20, 60, SAID_PLAIN, "4.7.5", "Cannot start TLS: handshake failure"),
	END,
};

static const struct answer silent[] = {
	SENT("2.0.0", "250 2.0.0 Ok: queued as %x"),
	DEFER(5000, 80, SAID_NO_RELAY, "4.4.1", "connect to %H[%A]:25: Connection timed out"),
	DEFER(2000, 60, SAID_NO_RELAY, "4.4.1", "connect to %H[%A]:25: Connection refused"),
	DEFER(1500, 50, SAID_SUSPENDED, "4.4.1",
	    "delivery temporarily suspended: connect to %H[%A]:25: Connection timed out"),
	END,
};

static const struct answer dead[] = {
	SENT("2.0.0", "250 OK id=1kK%d-000%d-Qr"),
	BOUNCE_ALWAYS(6500, SAID_NO_RELAY, "5.4.4",
	    "Host or domain name not found. Name service error for name=%D type=A: Host not found"),
	DEFER_ALWAYS(2000, SAID_NO_RELAY, "4.4.3",
	    "Host or domain name not found. Name service error for name=%D type=MX: Host not "
	    "found, "
	    "try again"),
	BOUNCE_ALWAYS(1500, SAID_NO_RELAY, "5.1.0", "Domain %D does not accept mail (nullMX)"),
	END,
};

static const struct answer at_home[] = {
	SENT("2.0.0", "delivered to mailbox"),
	BOUNCE_ALWAYS(150, SAID_PLAIN, "5.1.1", "unknown user: \"%t\""),
	END,
};

static const struct answer by_lmtp[] = {
	SENT("2.0.0", "250 2.0.0 <%R> %t Saved"),
	DEFER_ALWAYS(
	    100, SAID_RCPT, "4.2.2", "452 4.2.2 <%R> Quota exceeded (mailbox for user is full)"),
	END,
};

#define SMTP                     \
	SV_INIT("postfix/smtp"), \
	{                        \
		NULL, 0          \
	}

const struct mailbox_provider world_providers[] = {
	{ SV_INIT("gmail"), 340, false, SMTP, { SV_INIT("gmail.com"), SV_INIT("googlemail.com") },
	    { SV_INIT("gmail-smtp-in.l.google.com"), SV_INIT("alt1.gmail-smtp-in.l.google.com"),
		SV_INIT("alt2.gmail-smtp-in.l.google.com") },
	    SV_INIT("142.250.27."), gmail },
	{ SV_INIT("yahoo"), 120, false, SMTP,
	    { SV_INIT("yahoo.com"), SV_INIT("aol.com"), SV_INIT("ymail.com") },
	    { SV_INIT("mta5.am0.yahoodns.net"), SV_INIT("mta6.am0.yahoodns.net"),
		SV_INIT("mta7.am0.yahoodns.net") },
	    SV_INIT("67.195.204."), yahoo },
	{ SV_INIT("outlook"), 140, true, SMTP,
	    { SV_INIT("hotmail.com"), SV_INIT("outlook.com"), SV_INIT("live.com"),
		SV_INIT("msn.com") },
	    { SV_INIT("hotmail-com.olc.protection.outlook.com"),
		SV_INIT("outlook-com.olc.protection.outlook.com"),
		SV_INIT("live-com.olc.protection.outlook.com"),
		SV_INIT("msn-com.olc.protection.outlook.com") },
	    SV_INIT("104.47.22."), outlook },
	{ SV_INIT("office"), 70, false, SMTP, { SV_INIT("firm%N.example") },
	    { SV_INIT("firm%N-example.mail.protection.outlook.com") }, SV_INIT("104.47.8."),
	    office },
	{ SV_INIT("icloud"), 55, false, SMTP,
	    { SV_INIT("icloud.com"), SV_INIT("me.com"), SV_INIT("mac.com") },
	    { SV_INIT("mx01.mail.icloud.com"), SV_INIT("mx02.mail.icloud.com") },
	    SV_INIT("17.57.154."), icloud },
	{ SV_INIT("comcast"), 45, false, SMTP, { SV_INIT("comcast.net") },
	    { SV_INIT("mx1.comcast.net"), SV_INIT("mx2.comcast.net") }, SV_INIT("96.114.157."),
	    comcast },
	{ SV_INIT("cox"), 35, false, SMTP, { SV_INIT("cox.net") },
	    { SV_INIT("cxr.mx.a.cloudfilter.net") }, SV_INIT("34.212.80.54"), cox },
	{ SV_INIT("charter"), 25, false, SMTP, { SV_INIT("charter.net"), SV_INIT("rr.com") },
	    { SV_INIT("pkvw-mx.msg.pkvw.co.charter.net") }, SV_INIT("47.43.26."), charter },
	{ SV_INIT("gmx"), 30, true, SMTP, { SV_INIT("gmx.de"), SV_INIT("web.de") },
	    { SV_INIT("mx00.emig.gmx.net"), SV_INIT("mx-ha02.web.de") }, SV_INIT("212.227.15."),
	    gmx },
	{ SV_INIT("orange"), 12, false, SMTP, { SV_INIT("orange.fr"), SV_INIT("wanadoo.fr") },
	    { SV_INIT("smtp-in.orange.fr") }, SV_INIT("80.12.24."), orange },
	{ SV_INIT("mimecast"), 14, false, SMTP, { SV_INIT("office%N.example") },
	    { SV_INIT("eu-smtp-inbound-1.mimecast.com"),
		SV_INIT("eu-smtp-inbound-2.mimecast.com") },
	    SV_INIT("195.130.217."), mimecast },
	{ SV_INIT("proofpoint"), 20, false, SMTP, { SV_INIT("works%N.example") },
	    { SV_INIT("mxa-00%N01.gslb.pphosted.com"), SV_INIT("mxb-00%N01.gslb.pphosted.com") },
	    SV_INIT("67.231.149."), proofpoint },
	{ SV_INIT("small"), 70, false, SMTP,
	    { SV_INIT("town%N.example"), SV_INIT("club%N.example") },
	    { SV_INIT("mx1.host%N.example"), SV_INIT("mail.host%N.example") },
	    SV_INIT("203.0.113."), small },
	{ SV_INIT("silent"), 3, false, SMTP, { SV_INIT("silent%N.example") },
	    { SV_INIT("mx.silent%N.example") }, SV_INIT("203.0.113."), silent },
	{ SV_INIT("dead"), 3, false, SMTP, { SV_INIT("gone%N.example") },
	    { SV_INIT("mx.gone%N.example") }, SV_INIT("203.0.113."), dead },
	{ SV_INIT("local"), 8, false, SV_INIT("postfix/local"), SV_INIT("local"),
	    { SV_INIT("mail1.shop.example") }, { SV_INIT("localhost") }, SV_INIT("127.0.0.1"),
	    at_home },
	{ SV_INIT("lmtp"), 10, false, SV_INIT("postfix/lmtp"),
	    SV_INIT("mail1.shop.example[private/dovecot-lmtp]"), { SV_INIT("shop.example") },
	    { SV_INIT("mail1.shop.example") }, SV_INIT("private/dovecot-lmtp"), by_lmtp },
};

/* A sender that ends in '=' is a variable return path: the recipient is put in. */
const struct stream world_streams[] = {
	{ SV_INIT("bounce-17-="), 600, 0, 24000, 96000, false },
	{ SV_INIT("orders@shop.example"), 250, 2, 4000, 21000, false },
	{ SV_INIT("desk@shop.example"), 135, 25, 1500, 400000, false },
	{ SV_INIT("root@mail1.shop.example"), 15, 0, 600, 4000, true },
};

size_t
world_n_providers(void)
{
	return sizeof(world_providers) / sizeof(world_providers[0]);
}

size_t
world_n_streams(void)
{
	return sizeof(world_streams) / sizeof(world_streams[0]);
}

const struct mailbox_provider *
world_provider(struct sv name)
{
	for (size_t i = 0; i < world_n_providers(); i++) {
		if (sv_eq(world_providers[i].name, name)) {
			return &world_providers[i];
		}
	}
	return NULL;
}
