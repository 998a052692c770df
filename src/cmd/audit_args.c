/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/audit_args.h"

#include "base/civil.h"
#include "base/num.h"
#include "cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>

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
    "  --json                as documented in doc/schema/audit.md\n\n"
    "exit code: 0 nothing to do, 1 something to act on, 3 something could not be looked up\n";

enum option_id {
	OPT_IP = 256,
	OPT_SELECTOR,
	OPT_RESOLVER,
	OPT_TIMEOUT,
	OPT_NO_HTTPS,
	OPT_CA_FILE,
	OPT_HTTPS_PORT,
	OPT_FROM,
	OPT_HELO,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	{ "ip", required_argument, NULL, OPT_IP },
	{ "selector", required_argument, NULL, OPT_SELECTOR },
	{ "resolver", required_argument, NULL, OPT_RESOLVER },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "no-https", no_argument, NULL, OPT_NO_HTTPS },
	{ "ca-file", required_argument, NULL, OPT_CA_FILE },
	{ "https-port", required_argument, NULL, OPT_HTTPS_PORT },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
add_ip(const char *value, struct audit_request *q)
{
	if (q->n_ips == AUDIT_IPS_MAX) {
		cmd_complain("audit", "--ip: at most %d addresses", AUDIT_IPS_MAX);
		return EXIT_USAGE_ERROR;
	}
	if (!ip_read(sv_from(value), &q->ips[q->n_ips])) {
		cmd_complain("audit", "--ip %s: expected an IPv4 or IPv6 address", value);
		return EXIT_USAGE_ERROR;
	}
	q->n_ips++;
	return -1;
}

static int
add_selector(const char *value, struct audit_request *q)
{
	if (q->n_selectors == AUDIT_SELECTORS_MAX || !name_is_valid(sv_from(value))) {
		cmd_complain("audit", "--selector %s: expected a name, at most %d times", value,
		    AUDIT_SELECTORS_MAX);
		return EXIT_USAGE_ERROR;
	}
	q->selectors[q->n_selectors++] = sv_from(value);
	return -1;
}

static int
take_timeout(const char *value, struct audit_args *args)
{
	int64_t us;

	if (!num_seconds_us(sv_from(value), &us) || us <= 0 || us > 600 * US_PER_SECOND) {
		cmd_complain("audit", "--timeout %s: expected seconds, up to 600", value);
		return EXIT_USAGE_ERROR;
	}
	args->timeout_ms = (unsigned)(us / 1000) + 1;
	return -1;
}

static int
take_port(const char *value, struct audit_args *args)
{
	if (!num_u32(sv_from(value), 65535, &args->https.port) || args->https.port == 0) {
		cmd_complain("audit", "--https-port %s: expected a port", value);
		return EXIT_USAGE_ERROR;
	}
	return -1;
}

/* -1: go on; else the exit code. */
static int
take_option(int option, const char *value, struct audit_args *args)
{
	switch (option) {
	case OPT_IP:
		return add_ip(value, &args->request);
	case OPT_SELECTOR:
		return add_selector(value, &args->request);
	case OPT_TIMEOUT:
		return take_timeout(value, args);
	case OPT_RESOLVER:
		args->resolver = value;
		return -1;
	case OPT_FROM:
		args->spf.from = sv_from(value);
		args->has_from = true;
		return -1;
	case OPT_HELO:
		args->spf.helo = sv_from(value);
		return -1;
	case OPT_NO_HTTPS:
		args->no_https = true;
		return -1;
	case OPT_CA_FILE:
		args->https.ca_file = value;
		return -1;
	case OPT_HTTPS_PORT:
		return take_port(value, args);
	case OPT_JSON:
		args->json = true;
		return -1;
	case OPT_HELP:
		(void)fputs(audit_help, stdout);
		return EXIT_FINE;
	default:
		(void)fputs(audit_help, stderr);
		return EXIT_USAGE_ERROR;
	}
}

int
audit_args_take(int argc, char **argv, struct audit_args *args)
{
	int option;
	int code = -1;

	optind = 1;
	/* One thread: getopt's state is ours. */
	while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) !=
			       -1) { // NOLINT(concurrency-mt-unsafe)
		code = take_option(option, optarg, args);
	}
	return code;
}
