/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SETTINGS_SETTINGS_H
#define CAROM_SETTINGS_SETTINGS_H

/*
 * carom.yaml: where things are and what `carom serve` may do.  One table has every setting
 * with its kind, unit, range, default and a sentence for people; a file names those that
 * differ.  Whatever is wrong is a complaint with file, line, column and what was expected;
 * nothing is started with half of it.  By what numbers carom judges is share/policy.yaml.
 */

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_PATH     "/etc/carom/carom.yaml"
#define SETTINGS_FILE_MAX ((size_t)1024 * 1024)

struct setting_list {
	const char *const *all;
	size_t n;
};

struct settings { /* texts live as long as the settings */
	const char *store, *policy;
	bool hash_only;
	struct setting_list log;
	bool journal;
	const char *journalctl, *journal_match;
	const char *syslog_socket, *syslog_group, *syslog_facility, *syslog_file;
	int64_t syslog_mb;
	const char *status_socket, *policy_socket, *pause_socket, *socket_group, *postfix_chroot;
	int64_t connections, idle_s, half_s, max_age_s;
	struct setting_list transactional;
	bool pacing, share_nexthop;
	struct setting_list paused;
	const char *map_dir, *map_type, *postmap, *postqueue, *postfix_config;
	struct setting_list report_servers, report_senders;
	int64_t monitor_blocklists_s, monitor_audits_s;
	struct setting_list monitor_addresses, monitor_domains;
	const char *monitor_keys, *resolver;
	int64_t release_first, release_growth, release_every_s;
	struct arena *arena; /* owned */
};

/* path NULL: SETTINGS_PATH, and the defaults if it is not there. */
enum err settings_load(const char *path, struct settings *out, struct why *why);
enum err settings_read(const char *path, struct sv text, struct settings *out, struct why *why);
void settings_done(struct settings *s);
/* As a file that can be read again, each with its unit and its sentence. */
void settings_print(const struct settings *s, struct buf *out);

#endif
