/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_POSTFIX_H
#define CAROM_MAIL_POSTFIX_H

/*
 * What Postfix 3.4 to 3.10 writes about a message, one line at a time.  The
 * delivery line is printed in one place, src/global/log_adhoc.c of Postfix:
 *
 *   QUEUEID: to=<R>, orig_to=<O>, relay=H[IP]:PORT, conn_use=N, delay=S,
 *   delays=A/B/C/D, dsn=X.Y.Z, status=sent (TEXT)
 *
 * Nothing here remembers anything between lines and nothing allocates: all views
 * borrow from the line.  Text that does not fit is UNKNOWN, never an error.
 */

#include "mail/reply.h"
#include "mail/status.h"

/* ---- the head of the line, as syslog or Postfix's own maillog_file writes it ---- */

enum syslog_date {
	SYSLOG_DATE_CLASSIC, /* "Sep 21 10:00:00": no year (RFC 3164) */
	SYSLOG_DATE_ISO,     /* "2020-09-21T10:00:00.123456+02:00" (RFC 3339) */
};

struct syslog_head {
	enum syslog_date date;
	int64_t time_us; /* ISO: microseconds UTC.  CLASSIC: within a year 1972 (a leap year). */
	unsigned month;  /* 1-12 */
	struct sv host;
	struct sv tag; /* "postfix/smtp", "mx1/submission/smtpd"; without [pid] */
	uint32_t pid;  /* 0: none */
	struct sv message;
};

/* One line without its newline.  A <PRI> in front is skipped.  False: no such head. */
bool syslog_head_take(struct sv line, struct syslog_head *out);
#define SYSLOG_CLASSIC_N 16 /* bytes of "Sep  1 10:00:00 " */
/* What follows the date: host, tag, pid and message; the date in *out is left alone. */
bool syslog_head_rest(struct sv s, struct syslog_head *out);

enum postfix_daemon {
	POSTFIX_DAEMON_NONE, /* not a program of Postfix */
	POSTFIX_SMTP,
	POSTFIX_LMTP,
	POSTFIX_LOCAL,
	POSTFIX_VIRTUAL,
	POSTFIX_PIPE,
	POSTFIX_ERROR,
	POSTFIX_RETRY,
	POSTFIX_DISCARD,
	POSTFIX_QMGR, /* and oqmgr, nqmgr */
	POSTFIX_CLEANUP,
	POSTFIX_SMTPD,
	POSTFIX_BOUNCE, /* bounce, defer, trace */
	POSTFIX_PICKUP,
	POSTFIX_DAEMON_OTHER, /* anvil, scache, tlsmgr, master, postscreen, verify ...: nothing about deliveries */
};

/*
 * Splits a tag such as "postfix-out/smtp" at its last '/': the daemon, and what
 * stands before it, which is syslog_name and so names the instance.  A custom
 * service name in master.cf does not appear in the tag unless syslog_name says so
 * ("postfix/slow/smtp").  POSTFIX_DAEMON_NONE when there is no '/' or no such daemon.
 */
enum postfix_daemon postfix_daemon_of(struct sv tag, struct sv *instance_out);
const char *postfix_daemon_name(enum postfix_daemon d);

/* ---- the message ---- */

enum postfix_kind {
	POSTFIX_UNKNOWN,      /* a line that carom does not know: counted and shown */
	POSTFIX_IGNORED,      /* known, and nothing about what became of a message */
	POSTFIX_DELIVERY,     /* to=<>, relay=, ..., status= */
	POSTFIX_FROM,         /* qmgr: from=<>, size=, nrcpt= */
	POSTFIX_MESSAGE_ID,   /* cleanup: message-id=<> (and resent-message-id=) */
	POSTFIX_CLIENT,       /* smtpd: client=name[ip] */
	POSTFIX_PICKED_UP,    /* pickup: uid= from=<> */
	POSTFIX_EXPIRED,      /* qmgr: from=<>, status=expired|force-expired, returned to sender */
	POSTFIX_REMOVED,      /* qmgr: removed */
	POSTFIX_NOTIFICATION, /* bounce: sender non-delivery notification: QUEUEID */
	POSTFIX_REFUSED_IN, /* smtpd/cleanup: reject, milter-reject, hold, discard of incoming mail */
	POSTFIX_TROUBLE,    /* warning:, error:, fatal:, panic: of any daemon */
};

enum postfix_outcome {
	POSTFIX_OUTCOME_NONE,
	POSTFIX_SENT,
	POSTFIX_DEFERRED,
	POSTFIX_BOUNCED,
	POSTFIX_SOFTBOUNCE,  /* soft_bounce = yes: "status=SOFTBOUNCE" */
	POSTFIX_DELIVERABLE, /* address verification probes and sendmail -bv */
	POSTFIX_UNDELIVERABLE,
};

struct postfix_line {
	enum postfix_kind kind;
	enum postfix_daemon daemon;
	struct sv queue_id;  /* short (hex) or long (Postfix 2.9+); empty: none, or NOQUEUE */
	struct sv recipient; /* to=<>: without the brackets */
	struct sv orig_to;
	struct sv sender;     /* FROM, PICKED_UP, EXPIRED */
	struct sv message_id; /* with its <> */
	struct sv
	    relay; /* relay= as it stands: "h[ip]:25", "none", "local", "virtual", "private/x" */
	struct sv relay_host; /* parts of relay, empty where there are none */
	struct sv relay_ip;
	uint32_t relay_port;
	uint32_t conn_use; /* 1 when not given */
	int64_t delay_us;  /* -1: not given */
	int64_t
	    delays_us[4]; /* before qmgr, in qmgr, connection setup, transmission; -1: not given */
	struct status dsn;
	enum postfix_outcome outcome;
	struct sv reason; /* the text in the last parentheses, without them */
	uint64_t size_bytes;
	uint32_t nrcpt;
	struct sv other_id; /* NOTIFICATION: the queue id of the notification; CLIENT: client */
};

/*
 * The queue id in front of a message part: hex (short) or the base-52 alphabet of Postfix
 * without vowels, with digits (long, enable_long_queue_ids).  5 to 30 bytes, then ": ".
 */
bool postfix_queue_id_take(struct sv *s, struct sv *out);
/* The message part of a line of that daemon.  Always fills *out; kind UNKNOWN if it fits nothing. */
void postfix_line_read(enum postfix_daemon daemon, struct sv message, struct postfix_line *out);

/* ---- the reason in the parentheses ---- */

enum postfix_saw {
	SAW_NOTHING, /* local words: "delivered to mailbox", "mail for x loops back to myself" */
	SAW_SAID,    /* host H[IP] said: REPLY (in reply to C) */
	SAW_REFUSED_TO_TALK, /* host H[IP] refused to talk to me: REPLY */
	SAW_LOST_CONNECTION, /* lost connection with H[IP] while S */
	SAW_TIMED_OUT,       /* conversation with H[IP] timed out while S */
	SAW_CONNECT_FAILED,  /* connect to H[IP]:25: Connection refused|timed out ... */
	SAW_DNS,             /* Host or domain name not found. Name service error ...; nullMX */
	SAW_TLS,   /* TLS is required, but ...; Server certificate not ...; Cannot start TLS */
	SAW_LOCAL, /* local, virtual, pipe, error, retry, discard, qmgr: no remote host */
};

enum smtp_stage {
	STAGE_NONE,
	STAGE_CONNECT, /* banner; "refused to talk to me", "initial server greeting" */
	STAGE_HELO,    /* EHLO, HELO, LHLO */
	STAGE_STARTTLS,
	STAGE_AUTH,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,        /* the DATA command */
	STAGE_END_OF_DATA, /* the final dot, BDAT */
	STAGE_QUIT,        /* RSET, QUIT */
};
const char *smtp_stage_name(
    enum smtp_stage s); /* "connect" "helo" ... as in doc/knowledge.md; "" for NONE */
bool smtp_stage_find(struct sv name, enum smtp_stage *out);
const char *postfix_saw_name(enum postfix_saw s);
bool postfix_saw_find(struct sv name, enum postfix_saw *out);

struct postfix_reason {
	enum postfix_saw saw;
	enum smtp_stage stage;
	struct sv host; /* the contacted host, when the text names one */
	struct sv ip;
	bool
	    suspended; /* "delivery temporarily suspended: ...": no attempt was made, an older reason is quoted */
	struct sv
	    reply; /* the remote's words for SAID and REFUSED_TO_TALK, without the "in reply to"; else the whole text */
};

/*
 * What the text in the parentheses tells.  The *outermost* host counts: a relay
 * that quotes another host's answer is the one that was talked to.
 */
void postfix_reason_read(struct sv reason, struct postfix_reason *out);

#endif
