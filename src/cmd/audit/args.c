/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit/args.h"

#include "base/civil.h"
#include "base/num.h"
#include "cmd/cmd.h"

const char audit_help[] =
    "usage: carom audit [OPTIONS] DOMAIN ...        what a domain publishes, and what is wrong\n"
    "       carom audit spf --ip IP --from ADDRESS [--helo NAME]    one check, with its steps\n"
    "       carom audit message FILE [--ip IP --from ADDRESS]       one message as receivers judge "
    "it\n\n"
    "  --ip IP               an address that sends for the domain (up to 16)\n"
    "  --selector S          a DKIM selector; some usual ones are tried by themselves\n"
    "  --resolver HOST[:P]   ask this name server instead of the system's\n"
    "  --timeout SECONDS     for all look-ups of a domain together (default 20)\n"
    "  --no-https            do not fetch the policy of MTA-STS\n"
    "  --ca-file FILE        trust these certificates for it instead of the system's\n"
    "  --https-port PORT     ask for it at this port (for tests)\n"
    "  --from ADDRESS        (spf, message) the envelope sender; empty for the null sender\n"
    "  --helo NAME           what the client says in HELO\n"
    "  --store FILE          keep what was seen; a record that changed is an alert (carom alerts)\n"
    "  --reports FILE        what a stricter policy would cost, from this store of carom reports;\n"
    "                        and selectors that were seen in it\n"
    "  --log FILE, --mail FILE   find selectors in a mail log (OpenDKIM, rspamd, amavis), in a "
    "sent mail\n"
    "                        (both more than once)\n"
    "  --json                as documented in doc/schema/audit.md\n\n"
    "exit code: 0 nothing to do, 1 something to act on, 3 something could not be looked up\n";

static bool
take_ip(struct sv value, void *out)
{
	struct audit_request *q = out;

	return q->n_ips < AUDIT_IPS_MAX && ip_read(value, &q->ips[q->n_ips]) && ++q->n_ips != 0;
}

static bool
take_selector(struct sv value, void *out)
{
	struct audit_request *q = out;

	if (q->n_selectors == AUDIT_SELECTORS_MAX || !name_is_valid(value)) {
		return false;
	}
	q->selectors[q->n_selectors++] = value;
	return true;
}

static bool
take_timeout(struct sv value, void *out)
{
	int64_t us;

	if (!num_seconds_us(value, &us) || us <= 0 || us > 600 * US_PER_SECOND) {
		return false;
	}
	*(unsigned *)out = (unsigned)(us / 1000) + 1;
	return true;
}

static bool
take_from(struct sv value, void *out)
{
	struct audit_args *args = out;

	args->spf.from = value; /* empty: the null sender */
	args->has_from = true;
	return true;
}

static bool
take_log(struct sv value, void *out)
{
	struct audit_args *args = out;

	if (args->n_logs == AUDIT_FILES_MAX) {
		return false;
	}
	args->logs[args->n_logs++] = value.p; /* of argv: with a NUL */
	return true;
}

static bool
take_mail(struct sv value, void *out)
{
	struct audit_args *args = out;

	if (args->n_mails == AUDIT_FILES_MAX) {
		return false;
	}
	args->mails[args->n_mails++] = value.p;
	return true;
}

static bool
take_text(struct sv value, void *out)
{
	*(struct sv *)out = value;
	return true;
}

int
audit_args_take(int argc, char **argv, struct audit_args *args, struct cmd_words *words_out)
{
	uint64_t port = args->https.port;
	const struct cmd_option options[] = {
		{ "ip", OPTION_OTHER, .out = &args->request, .take = take_ip,
		    .expected = "an IPv4 or IPv6 address, at most 16 times" },
		{ "selector", OPTION_OTHER, .out = &args->request, .take = take_selector,
		    .expected = "the name of a selector, and not so many of them" },
		{ "resolver", OPTION_TEXT, .out = &args->resolver },
		{ "timeout", OPTION_OTHER, .out = &args->timeout_ms, .take = take_timeout,
		    .expected = "seconds, up to 600" },
		{ "no-https", OPTION_FLAG, .out = &args->no_https },
		{ "ca-file", OPTION_TEXT, .out = &args->https.ca_file },
		{ "https-port", OPTION_NUMBER, .out = &port, .low = 1, .high = 65535 },
		{ "from", OPTION_OTHER, .out = args, .take = take_from, .expected = "an address" },
		{ "helo", OPTION_OTHER, .out = &args->spf.helo, .take = take_text,
		    .expected = "a name" },
		{ "store", OPTION_TEXT, .out = &args->store },
		{ "reports", OPTION_TEXT, .out = &args->reports },
		{ "log", OPTION_OTHER, .out = args, .take = take_log,
		    .expected = "a file, at most 256 times" },
		{ "mail", OPTION_OTHER, .out = args, .take = take_mail,
		    .expected = "a file, at most 256 times" },
		{ "json", OPTION_FLAG, .out = &args->json },
	};
	int code = cmd_options(
	    audit_help, options, sizeof(options) / sizeof(options[0]), argc, argv, words_out);

	args->https.port = (uint32_t)port;
	return code;
}
