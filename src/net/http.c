/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include <curl/curl.h>

static size_t
on_bytes(char *p, size_t size, size_t n, void *context)
{
	struct buf *out = context;

	buf_add(out, p, size * n);
	return out->cut ? 0 : size * n; /* 0 ends the transfer */
}

static void
media_type(const char *header, struct http_answer *answer)
{
	struct sv s = sv_from(header);
	struct sv head = s;
	size_t n = 0;

	if (sv_cut(&s, ';', &head)) {
		s = head;
	}
	s = sv_trim(s);
	for (; n < s.n && n + 1 < sizeof(answer->type); n++) {
		answer->type[n] = char_lower(s.p[n]);
	}
	answer->type[n] = '\0';
}

static void
set_options(CURL *h, const struct http_fetch *f, struct buf *out, char *error)
{
	(void)curl_easy_setopt(h, CURLOPT_URL, f->url);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(h, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
	(void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(h, CURLOPT_USERAGENT, "carom/" CAROM_VERSION);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, out);
	if (f->ca_file != NULL) {
		(void)curl_easy_setopt(h, CURLOPT_CAINFO, f->ca_file);
	}
}

/* CURLOPT_CONNECT_TO wants "HOST:PORT:CONNECT-TO-HOST:PORT"; empty means any. */
static struct curl_slist *
connect_to(const struct http_fetch *f)
{
	struct curl_slist *list = NULL;
	struct buf b;

	if (f->connect != NULL) {
		buf_init(&b, 0);
		buf_fmt(&b, "::%s", f->connect);
		list = curl_slist_append(NULL, b.p);
		buf_done(&b);
	}
	return list;
}

enum err
http_get(const struct http_fetch *f, struct buf *out, struct http_answer *answer, struct why *why)
{
	char error[CURL_ERROR_SIZE] = "";
	struct curl_slist *to;
	const char *type = NULL;
	CURLcode code;
	CURL *h;

	*answer = (struct http_answer){ 0 };
	out->limit = f->max_bytes;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (h = curl_easy_init()) == NULL) {
		return why_set(why, ERR_MEMORY, "libcurl cannot start");
	}
	set_options(h, f, out, error);
	to = connect_to(f);
	(void)curl_easy_setopt(h, CURLOPT_CONNECT_TO, to);
	code = curl_easy_perform(h);
	if (code == CURLE_OK) {
		(void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer->status);
		(void)curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
		media_type(type == NULL ? "" : type, answer);
	}
	curl_easy_cleanup(h);
	curl_slist_free_all(to);
	curl_global_cleanup();
	if (out->cut) {
		return why_set(why, ERR_TOO_BIG, "more than %zu bytes", f->max_bytes);
	}
	if (code != CURLE_OK) {
		return why_set(
		    why, ERR_IO, "%s", error[0] != '\0' ? error : curl_easy_strerror(code));
	}
	return ERR_OK;
}
