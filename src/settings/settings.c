/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/settings.h"

#include "base/file.h"
#include "knowledge/yaml.h"

#include <stddef.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)4 * 1024 * 1024)
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

enum setting_kind {
	SETTING_PATH, /* absolute */
	SETTING_TEXT, /* may be empty */
	SETTING_BOOL,
	SETTING_NUMBER,
	SETTING_LIST,
	SETTING_PATHS,
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	const char *standard; /* as it stands in a file, without quotes or brackets */
	const char *unit;     /* of a number */
	int64_t low, high;
	const char *choice; /* of a text: "a b c", one of which it is; NULL: any */
	const char *says;
};

#define S(member) offsetof(struct settings, member)

static const struct setting table[] = {
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
	{ "release_first", SETTING_NUMBER, S(release_first), "5", "messages", 1, 10000,
	    .says = "so many held messages are tried first when an incident has ended" },
	{ "release_growth", SETTING_NUMBER, S(release_growth), "2", "times", 1, 100,
	    .says = "the next batch is so many times larger, as long as most of the last one was "
		    "accepted" },
	{ "release_every", SETTING_NUMBER, S(release_every_s), "15", "seconds", 1, 3600,
	    .says = "from batch to batch" },
};

/* ---- reading ---- */

struct reading {
	struct yaml *y;
	struct settings *set;
	const struct setting *of; /* that is being read */
};

static bool
is_choice(const char *choices, struct sv s)
{
	struct sv all = sv_from(choices);
	struct sv one;

	while (all.n > 0) {
		if (!sv_cut(&all, ' ', &one)) {
			one = all;
			all.n = 0;
		}
		if (sv_eq(one, s)) {
			return true;
		}
	}
	return false;
}

static bool
read_text(struct reading *r, struct fy_node *n, const char **out)
{
	struct sv s = { 0 };

	if (!yaml_sv(r->y, n, &s)) {
		return false;
	}
	if (sv_chr(s, '\0') >= 0) {
		return yaml_fail(r->y, n, "%s: a NUL byte cannot stand here", r->of->name);
	}
	if (r->of->kind == SETTING_PATH && !sv_starts(s, SV("/"))) {
		return yaml_fail(r->y, n, "%s: expected a path that begins with /", r->of->name);
	}
	if (r->of->choice != NULL && !is_choice(r->of->choice, s)) {
		return yaml_fail(r->y, n, "%s: expected one of: %s", r->of->name, r->of->choice);
	}
	*out = arena_cstr(r->y->arena, s);
	return *out != NULL || yaml_fail(r->y, n, "the file is larger than its limit of memory");
}

static bool
read_list(struct reading *r, struct fy_node *n, struct setting_list *out)
{
	const char **all;

	if (!yaml_strings(r->y, n, 0, &all, &out->n)) {
		return false;
	}
	out->all = all;
	for (size_t i = 0; i < out->n && r->of->kind == SETTING_PATHS; i++) {
		if (all[i][0] != '/') {
			return yaml_fail(
			    r->y, n, "%s: expected paths that begin with /", r->of->name);
		}
	}
	return true;
}

/* field is the setting's own row. */
static bool
read_setting(void *context, struct fy_node *n, void *field)
{
	struct reading *r = context;
	char *at = (char *)r->set + ((const struct setting *)field)->offset;

	r->of = field;
	switch (r->of->kind) {
	case SETTING_BOOL:
		return yaml_bool(r->y, n, (bool *)at);
	case SETTING_NUMBER:
		return yaml_int(r->y, n, r->of->low, r->of->high, (int64_t *)(void *)at);
	case SETTING_LIST:
	case SETTING_PATHS:
		return read_list(r, n, (struct setting_list *)(void *)at);
	case SETTING_PATH:
	case SETTING_TEXT:
	default:
		return read_text(r, n, (const char **)(void *)at);
	}
}

static void
put_standard(const struct setting *row, struct buf *out)
{
	bool list = row->kind == SETTING_LIST || row->kind == SETTING_PATHS;
	bool text = row->kind == SETTING_TEXT || row->kind == SETTING_PATH;

	if (list) {
		buf_fmt(out, "%s: [%s]\n", row->name, row->standard);
	} else {
		buf_fmt(out, text ? "%s: \"%s\"\n" : "%s: %s\n", row->name, row->standard);
	}
}

static bool
read_over(struct settings *set, const char *path, struct sv text, struct why *why)
{
	struct yaml_key keys[COUNT(table)];
	struct setting rows[COUNT(table)];
	struct yaml y;
	struct reading r = { .y = &y, .set = set };
	bool ok;

	memcpy(rows, table, sizeof(rows));
	for (size_t i = 0; i < COUNT(table); i++) {
		keys[i] =
		    (struct yaml_key){ table[i].name, read_setting, false, i * sizeof(rows[0]) };
	}
	ok = yaml_open(&y, path, text, set->arena, why) &&
	     yaml_mapping(&y, y.root, keys, COUNT(table), &r, rows);
	yaml_close(&y);
	return ok;
}

/* A file of comments alone is no YAML document, and here it is one that changes nothing. */
static bool
says_nothing(struct sv text)
{
	struct sv line;

	while (text.n > 0) {
		if (!sv_cut(&text, '\n', &line)) {
			line = text;
			text.n = 0;
		}
		line = sv_trim(line);
		if (line.n > 0 && line.p[0] != '#') {
			return false;
		}
	}
	return true;
}

enum err
settings_read(const char *path, struct sv text, struct settings *out, struct why *why)
{
	struct settings set = { .arena = arena_new(ARENA_MAX) };
	struct buf standard;
	bool ok;

	buf_init(&standard, 0);
	for (size_t i = 0; i < COUNT(table); i++) {
		put_standard(&table[i], &standard);
	}
	ok = read_over(&set, "the defaults", buf_view(&standard), why);
	check(ok);
	buf_done(&standard);
	if (!says_nothing(text) && !read_over(&set, path, text, why)) {
		settings_done(&set);
		return ERR_DATA;
	}
	if (set.log.n == 0 && !set.journal) {
		settings_done(&set);
		return why_set(why, ERR_DATA,
		    "%s: log is empty and journal is false: nothing would be read; name a log or "
		    "set journal: true",
		    path);
	}
	*out = set;
	return ERR_OK;
}

enum err
settings_load(const char *path, struct settings *out, struct why *why)
{
	struct buf text;
	enum err e = ERR_OK;

	buf_init(&text, SETTINGS_FILE_MAX);
	if (path != NULL || access(SETTINGS_PATH, F_OK) == 0) {
		e = file_read(path == NULL ? SETTINGS_PATH : path, &text, why);
	}
	if (e == ERR_OK) {
		e = settings_read(path == NULL ? SETTINGS_PATH : path, buf_view(&text), out, why);
	}
	buf_done(&text);
	return e;
}

void
settings_done(struct settings *s)
{
	arena_free(&s->arena);
	*s = (struct settings){ 0 };
}

/* ---- printing ---- */

static void
print_text(const char *s, struct buf *out)
{
	buf_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\') {
			buf_char(out, '\\');
		}
		buf_char(out, *s);
	}
	buf_char(out, '"');
}

static void
print_value(const struct settings *s, const struct setting *row, struct buf *out)
{
	const char *at = (const char *)s + row->offset;
	const struct setting_list *list;

	switch (row->kind) {
	case SETTING_BOOL:
		buf_str(out, *(const bool *)at ? "true" : "false");
		return;
	case SETTING_NUMBER:
		buf_fmt(out, "%lld", (long long)*(const int64_t *)(const void *)at);
		return;
	case SETTING_LIST:
	case SETTING_PATHS:
		list = (const struct setting_list *)(const void *)at;
		buf_char(out, '[');
		for (size_t i = 0; i < list->n; i++) {
			buf_str(out, i == 0 ? "" : ", ");
			print_text(list->all[i], out);
		}
		buf_char(out, ']');
		return;
	case SETTING_PATH:
	case SETTING_TEXT:
	default:
		print_text(*(const char *const *)(const void *)at, out);
		return;
	}
}

void
settings_print(const struct settings *s, struct buf *out)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct setting *row = &table[i];

		buf_fmt(out, "%s# %s", i == 0 ? "" : "\n", row->says);
		if (row->kind == SETTING_NUMBER) {
			buf_fmt(out, " (%s, %lld to %lld)", row->unit, (long long)row->low,
			    (long long)row->high);
		} else if (row->choice != NULL) {
			buf_fmt(out, " (one of: %s)", row->choice);
		}
		buf_fmt(out, "\n%s: ", row->name);
		print_value(s, row, out);
		buf_char(out, '\n');
	}
}
