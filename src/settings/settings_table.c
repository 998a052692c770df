/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/private.h"

#include <stddef.h>

#define S(member) offsetof(struct settings, member)

const struct setting settings_table[] = {
	{ "store", SETTING_PATH, S(store), "/var/lib/carom/carom.db",
	    .says = "where all that was learned is kept" },
	{ "policy", SETTING_TEXT, S(policy), "",
	    .says = "another file in place of share/policy.yaml; empty: that one" },
	{ "hash_only", SETTING_BOOL, S(hash_only), "false",
	    .says = "of a new store: keep keyed hashes of addresses, not the addresses" },
	{ "log", SETTING_PATHS, S(log), "/var/log/mail.log",
	    .says = "mail logs that are followed; [] if the journal is" },
	{ "journal", SETTING_BOOL, S(journal), "false",
	    .says = "follow systemd's journal, by journalctl" },
	{ "journalctl", SETTING_PATH, S(journalctl), "/usr/bin/journalctl",
	    .says = "the program that reads the journal" },
	{ "journal_match", SETTING_TEXT, S(journal_match), "SYSLOG_FACILITY=2",
	    .says = "which entries of the journal are read; 2 is mail" },
	{ "syslog_socket", SETTING_TEXT, S(syslog_socket), "",
	    .says = "a socket that a syslog program sends mail log lines to, say /run/carom/log; "
		    "empty: none" },
	{ "syslog_group", SETTING_TEXT, S(syslog_group), "",
	    .says = "the group that may write to it, as adm; empty: this program's own (root may "
		    "anyway)" },
	{ "syslog_facility", SETTING_TEXT, S(syslog_facility), "mail",
	    .choice =
		"mail any user daemon local0 local1 local2 local3 local4 local5 local6 local7",
	    .says = "lines of this facility are taken" },
	{ "syslog_file", SETTING_PATH, S(syslog_file), "/var/lib/carom/syslog/mail.log",
	    .says = "where they are kept for carom to learn; no other program may rotate it" },
	{ "syslog_size", SETTING_NUMBER, S(syslog_mb), "64", "megabytes", 1, 100000,
	    .says = "when it is so large it is renamed to .1, and the one before is gone" },
	{ "status_socket", SETTING_PATH, S(status_socket), "/run/carom/status",
	    .says = "where Postfix asks about the outcome of a delivery" },
	{ "policy_socket", SETTING_PATH, S(policy_socket), "/run/carom/policy",
	    .says = "where Postfix asks about a recipient of new mail" },
	{ "pause_socket", SETTING_PATH, S(pause_socket), "/run/carom/pause",
	    .says = "where Postfix leaves mail for a provider that is paused" },
	{ "socket_group", SETTING_TEXT, S(socket_group), "postfix",
	    .says = "the group that may use the sockets: that of Postfix's daemons; empty: this "
		    "program's own" },
	{ "postfix_chroot", SETTING_TEXT, S(postfix_chroot), "",
	    .says = "make the sockets below this folder too, for daemons in a chroot; say "
		    "/var/spool/postfix" },
	{ "connections", SETTING_NUMBER, S(connections), "4000", "connections", 1, 500000,
	    .says = "at most so many on each socket; one more is closed at once" },
	{ "idle", SETTING_NUMBER, S(idle_s), "300", "seconds", 1, 86400,
	    .says = "a connection without a request for so long is closed" },
	{ "half", SETTING_NUMBER, S(half_s), "10", "seconds", 1, 3600,
	    .says = "a request or an answer that is half done for so long ends its connection" },
	{ "max_age", SETTING_NUMBER, S(max_age_s), "600", "seconds", 5, 86400,
	    .says = "after so long without the engine the table is too old and nothing is said any "
		    "more" },
	{ "transactional_senders", SETTING_LIST, S(transactional), "",
	    .says = "sender addresses, sender domains and SASL names whose mail is transactional; "
		    "all other is bulk" },
	{ "pacing", SETTING_BOOL, S(pacing), "true",
	    .says = "write providers' pace into the routing map; false: the map stays empty" },
	{ "share_nexthop", SETTING_BOOL, S(share_nexthop), "true",
	    .says = "one queue for all domains that were seen behind the same host, so that a "
		    "limit holds for the provider" },
	{ "paused", SETTING_LIST, S(paused), "",
	    .says = "providers (carom knowledge list) whose mail waits for as long as they stand "
		    "here" },
	{ "map_dir", SETTING_PATH, S(map_dir), "/var/lib/carom/maps",
	    .says = "where the routing map is written" },
	{ "map_type", SETTING_TEXT, S(map_type), "hash", .choice = "hash btree lmdb cdb",
	    .says = "the kind of the routing map, as in postconf -m" },
	{ "postmap", SETTING_PATH, S(postmap), "/usr/sbin/postmap",
	    .says = "the program of Postfix that makes a map from a text" },
	{ "postqueue", SETTING_PATH, S(postqueue), "/usr/sbin/postqueue",
	    .says = "the program of Postfix that tries a queued message again" },
	{ "postfix_config", SETTING_PATH, S(postfix_config), "/etc/postfix",
	    .says = "configuration folder of the Postfix instance" },
	{ "report_servers", SETTING_LIST, S(report_servers), "",
	    .says = "authserv-ids (RFC 8601) of your own mail servers: what they wrote into the "
		    "mail of a report is believed, and a mail without it is not" },
	{ "report_senders", SETTING_LIST, S(report_senders), "",
	    .says = "domains whose mails may bring reports in the name of others" },
	{ "monitor_blocklists", SETTING_NUMBER, S(monitor_blocklists_s), "0", "seconds", 0,
	    31536000,
	    .says = "ask blocklists so often about the addresses and domains below and those that "
		    "the store knows; 0: never, 21600: four times a day" },
	{ "monitor_audits", SETTING_NUMBER, S(monitor_audits_s), "0", "seconds", 0, 31536000,
	    .says = "audit the domains below so often; 0: never, 86400: once a day" },
	{ "monitor_addresses", SETTING_LIST, S(monitor_addresses), "",
	    .says = "addresses that you send from: a log of Postfix does not hold them" },
	{ "monitor_domains", SETTING_LIST, S(monitor_domains), "",
	    .says = "domains that you send for" },
	{ "monitor_keys", SETTING_TEXT, S(monitor_keys), "",
	    .says = "file with keys of blocklists that want one, lines of NAME KEY; empty: none" },
	{ "resolver", SETTING_TEXT, S(resolver), "",
	    .says = "name server that the monitor and carom reports ask, HOST or HOST:PORT; empty: "
		    "the system's" },
	{ "release_first", SETTING_NUMBER, S(release_first), "5", "messages", 1, 10000,
	    .says = "so many held messages are tried first when an incident has ended" },
	{ "release_growth", SETTING_NUMBER, S(release_growth), "2", "times", 1, 100,
	    .says = "the next batch is so many times larger, as long as most of the last one was "
		    "accepted" },
	{ "release_every", SETTING_NUMBER, S(release_every_s), "15", "seconds", 1, 3600,
	    .says = "from batch to batch" },
};

const size_t settings_n = sizeof(settings_table) / sizeof(settings_table[0]);
_Static_assert(
    sizeof(settings_table) / sizeof(settings_table[0]) <= SETTINGS_MAX, "room for all rows");
