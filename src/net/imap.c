/* SPDX-License-Identifier: Apache-2.0 */
#include "net/imap.h"

#include "base/num.h"

#include <curl/curl.h>
#include <stdlib.h>

#define LIST_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define FOLDER_MAX     200

struct imap {
	const struct imap_options *opt; /* borrowed */
	CURL *curl;                     /* owned */
	uint32_t *uids;                 /* owned */
	size_t n, room;
	uint32_t validity; /* of the folder; 0: not said */
	bool changed;      /* it was another one later */
	char error[CURL_ERROR_SIZE];
};

static size_t
on_bytes(char *p, size_t size, size_t n, void *context)
{
	struct buf *out = context;

	buf_add(out, p, size * n);
	return out->cut ? 0 : size * n; /* 0 ends the transfer */
}

/* "* OK [UIDVALIDITY 3857529045] ..." (RFC 3501 section 7.1) */
static size_t
on_response(char *p, size_t size, size_t n, void *context)
{
	struct imap *i = context;
	struct sv line = sv_make(p, size * n);
	struct sv before;
	uint32_t v;

	if (sv_take(&line, SV("* OK ")) && sv_cut_sv(&line, SV("[UIDVALIDITY "), &before) &&
	    num_take_u32(&line, UINT32_MAX, &v)) {
		i->changed = i->changed || (i->validity != 0 && v != i->validity);
		i->validity = i->validity == 0 ? v : i->validity;
	}
	/* 0 ends it here: else libcurl sends the command behind its SELECT, about another mail. */
	return i->changed ? 0 : size * n;
}

static bool
is_this_machine(struct sv host)
{
	return sv_starts(host, SV("127.0.0.1")) || sv_starts(host, SV("[::1]")) ||
	       sv_starts(host, SV("localhost:")) || sv_eq(host, SV("localhost"));
}

/* The host and port of the URL; empty: it is none of ours. */
static struct sv
host_of(const char *url)
{
	struct sv s = sv_from(url);
	struct sv host = { 0 };

	if (!sv_take(&s, SV("imaps://")) && !sv_take(&s, SV("imap://"))) {
		return host;
	}
	return sv_cut(&s, '/', &host) && s.n > 0 && sv_chr(host, '@') < 0 ? host : (struct sv){ 0 };
}

enum err
imap_open(const struct imap_options *opt, struct imap **out, struct why *why)
{
	struct sv host = host_of(opt->url);
	struct imap *i;

	if (host.n == 0) { /* it may hold a password: it is not shown */
		return why_set(why, ERR_USAGE,
		    "expected imaps://HOST/FOLDER, without a user or a password in it");
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		return why_set(why, ERR_MEMORY, "libcurl cannot start");
	}
	i = mem_new(1, sizeof(*i));
	i->opt = opt;
	i->curl = curl_easy_init();
	check(i->curl != NULL);
	(void)curl_easy_setopt(i->curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
	(void)curl_easy_setopt(i->curl, CURLOPT_USERNAME, opt->user);
	(void)curl_easy_setopt(i->curl, CURLOPT_PASSWORD, opt->password);
	(void)curl_easy_setopt(i->curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(i->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(i->curl, CURLOPT_TIMEOUT_MS, (long)opt->timeout_ms);
	(void)curl_easy_setopt(i->curl, CURLOPT_USE_SSL,
	    is_this_machine(host) ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
	(void)curl_easy_setopt(i->curl, CURLOPT_ERRORBUFFER, i->error);
	(void)curl_easy_setopt(i->curl, CURLOPT_HEADERFUNCTION, on_response);
	(void)curl_easy_setopt(i->curl, CURLOPT_HEADERDATA, i);
	(void)curl_easy_setopt(i->curl, CURLOPT_WRITEFUNCTION, on_bytes);
	if (opt->ca_file != NULL) {
		(void)curl_easy_setopt(i->curl, CURLOPT_CAINFO, opt->ca_file);
	}
	*out = i;
	return ERR_OK;
}

void
imap_close(struct imap **i)
{
	if (*i == NULL) {
		return;
	}
	curl_easy_cleanup((*i)->curl);
	curl_global_cleanup();
	free((*i)->uids);
	free(*i);
	*i = NULL;
}

/* One command in the folder; NULL: fetches what the URL names. */
static enum err
perform(struct imap *i, const char *url, const char *command, struct buf *out, struct why *why)
{
	CURLcode code;

	i->error[0] = '\0';
	(void)curl_easy_setopt(i->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(i->curl, CURLOPT_CUSTOMREQUEST, command);
	(void)curl_easy_setopt(i->curl, CURLOPT_WRITEDATA, out);
	code = curl_easy_perform(i->curl);
	if (out->cut) {
		return why_set(why, ERR_TOO_BIG, "more than %zu bytes", out->limit);
	}
	if (i->changed) {
		return why_set(why, ERR_DATA,
		    "the folder was made anew meanwhile (UIDVALIDITY): nothing more is touched");
	}
	if (code != CURLE_OK) {
		return why_set(
		    why, ERR_IO, "%s", i->error[0] != '\0' ? i->error : curl_easy_strerror(code));
	}
	return ERR_OK;
}

/* "* SEARCH 1 2 3" */
static void
take_uids(struct imap *i, struct sv line)
{
	uint32_t uid;

	if (!sv_take(&line, SV("* SEARCH"))) {
		return;
	}
	while (sv_take(&line, SV(" ")) && num_take_u32(&line, UINT32_MAX, &uid) &&
	       i->n < IMAP_MAILS_MAX) {
		LIST_ROOM(i->uids, i->n, i->room);
		i->uids[i->n++] = uid;
	}
}

enum err
imap_list(struct imap *i, const uint32_t **uids_out, size_t *n_out, struct why *why)
{
	struct buf out;
	struct sv rest;
	struct sv line;
	enum err e;

	i->n = 0;
	buf_init(&out, LIST_BYTES_MAX);
	e = perform(i, i->opt->url, "UID SEARCH UNDELETED", &out, why);
	rest = buf_view(&out);
	while (e == ERR_OK && sv_cut(&rest, '\n', &line)) {
		take_uids(i, sv_trim(line));
	}
	buf_done(&out);
	*uids_out = i->uids;
	*n_out = i->n;
	return e;
}

enum err
imap_fetch(struct imap *i, uint32_t uid, size_t max, struct buf *out, struct why *why)
{
	struct buf url;
	enum err e;

	out->limit = max;
	buf_init(&url, 0);
	buf_fmt(&url, "%s/;UID=%u", i->opt->url, uid);
	e = perform(i, url.p, NULL, out, why);
	buf_done(&url);
	return e;
}

static enum err
command(struct imap *i, struct why *why, const char *fmt, uint32_t uid, const char *folder)
{
	struct buf text;
	struct buf out;
	enum err e;

	buf_init(&text, 0);
	buf_init(&out, LIST_BYTES_MAX);
	buf_fmt(&text, "UID %s %u%s", fmt, uid, folder == NULL ? "" : " \"");
	if (folder != NULL) {
		buf_fmt(&text, "%s\"", folder);
	}
	e = perform(i, i->opt->url, text.p, &out, why);
	buf_done(&text);
	buf_done(&out);
	return e;
}

static enum err
delete_one(struct imap *i, uint32_t uid, struct why *why)
{
	struct buf text;
	struct buf out;
	enum err e;

	buf_init(&text, 0);
	buf_init(&out, LIST_BYTES_MAX);
	buf_fmt(&text, "UID STORE %u +FLAGS.SILENT (\\Deleted)", uid);
	e = perform(i, i->opt->url, text.p, &out, why);
	buf_done(&text);
	buf_done(&out);
	/* A server without UIDPLUS (RFC 4315) keeps it marked; others' marked mails are not ours. */
	if (e == ERR_OK) {
		(void)command(i, NULL, "EXPUNGE", uid, NULL);
	}
	return e;
}

enum err
imap_put_away(struct imap *i, uint32_t uid, const char *folder, struct why *why)
{
	if (folder == NULL) {
		return delete_one(i, uid, why);
	}
	if (strlen(folder) > FOLDER_MAX || strpbrk(folder, "\"\\\r\n") != NULL) {
		return why_set(why, ERR_USAGE, "no name of a folder");
	}
	if (command(i, why, "MOVE", uid, folder) == ERR_OK) { /* RFC 6851 */
		return ERR_OK;
	}
	if (i->changed || command(i, why, "COPY", uid, folder) != ERR_OK) {
		return ERR_IO;
	}
	return delete_one(i, uid, why);
}
