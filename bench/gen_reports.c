/* SPDX-License-Identifier: Apache-2.0 */

/*
 * gen_reports FOLDER N: N DMARC aggregate reports of about ten records each, 65 % as gzip, 30 %
 * as zip, 5 % as they are, named as RFC 9990 asks; the same ones on every machine.
 * gen_reports --large FILE N: one report of N records, packed with gzip if FILE ends with .gz.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#define BEGIN_S    UINT64_C(1763596800)
#define LARGE_ROOM ((size_t)256 * 1024 * 1024)

static const char *const receivers[] = { "receiver.example", "mail.example", "inbox.example",
	"post.example", "mx.example" };
#define N_RECEIVERS 5

/* Numerical Recipes' generator: the same numbers everywhere. */
static uint64_t state = 20251120;

static uint32_t
random_below(uint32_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((state >> 33) % n);
}

static void
add_head(struct buf *b, const char *org, uint64_t id, uint64_t day)
{
	buf_fmt(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n  <report_metadata>\n"
	    "    <org_name>%s</org_name>\n    <email>noreply-dmarc@%s</email>\n"
	    "    <extra_contact_info>https://%s/dmarc</extra_contact_info>\n"
	    "    <report_id>%llu</report_id>\n    <date_range>\n      <begin>%llu</begin>\n"
	    "      <end>%llu</end>\n    </date_range>\n  </report_metadata>\n",
	    org, org, org, (unsigned long long)id, (unsigned long long)(BEGIN_S + day * 86400),
	    (unsigned long long)(BEGIN_S + day * 86400 + 86399));
	buf_str(b, "  <policy_published>\n    <domain>example.com</domain>\n    <adkim>r</adkim>\n"
		   "    <aspf>r</aspf>\n    <p>none</p>\n    <sp>none</sp>\n    <pct>100</pct>\n"
		   "  </policy_published>\n");
}

static void
add_record(struct buf *b, uint32_t ip, uint32_t n)
{
	const char *dkim = random_below(10) == 0 ? "fail" : "pass";
	const char *spf = random_below(5) == 0 ? "fail" : "pass";

	buf_fmt(b,
	    "  <record>\n    <row>\n      <source_ip>10.%u.%u.%u</source_ip>\n      "
	    "<count>%u</count>\n"
	    "      <policy_evaluated>\n        <disposition>none</disposition>\n"
	    "        <dkim>%s</dkim>\n        <spf>%s</spf>\n      </policy_evaluated>\n    "
	    "</row>\n",
	    ip >> 16 & 255, ip >> 8 & 255, ip & 255, n, dkim, spf);
	buf_fmt(b,
	    "    <identifiers>\n      <envelope_from>bounce%u.example.com</envelope_from>\n"
	    "      <header_from>example.com</header_from>\n    </identifiers>\n    <auth_results>\n"
	    "      <dkim>\n        <domain>example.com</domain>\n        <selector>s%u</selector>\n"
	    "        <result>%s</result>\n      </dkim>\n",
	    random_below(4), random_below(3), dkim);
	buf_fmt(b,
	    "      <spf>\n        <domain>bounce%u.example.com</domain>\n        "
	    "<scope>mfrom</scope>\n"
	    "        <result>%s</result>\n      </spf>\n    </auth_results>\n  </record>\n",
	    random_below(4), spf);
}

/* ---- files ---- */

static void
fail(const char *what)
{
	(void)fprintf(stderr, "gen_reports: %s\n", what);
	exit(1); // NOLINT(concurrency-mt-unsafe): one thread
}

static void
write_plain(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fwrite(b->p, 1, b->n, f) != b->n || fclose(f) != 0) {
		fail(path);
	}
}

static void
write_gzip(const char *path, const struct buf *b)
{
	gzFile f = gzopen(path, "wb6");

	if (f == NULL || gzfwrite(b->p, 1, b->n, f) != b->n || gzclose(f) != Z_OK) {
		fail(path);
	}
}

static void
write_zip(const char *path, const char *member, const struct buf *b)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, member);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)b->n);
	if (archive_write_set_format_zip(a) != ARCHIVE_OK ||
	    archive_write_open_filename(a, path) != ARCHIVE_OK ||
	    archive_write_header(a, e) != ARCHIVE_OK ||
	    archive_write_data(a, b->p, b->n) != (la_ssize_t)b->n ||
	    archive_write_close(a) != ARCHIVE_OK) {
		fail(path);
	}
	archive_entry_free(e);
	(void)archive_write_free(a);
}

static void
one_report(const char *folder, uint32_t i, struct buf *b, uint64_t *records)
{
	const char *org = receivers[i % N_RECEIVERS];
	uint64_t day = i / N_RECEIVERS;
	uint32_t n = 1 + random_below(20);
	uint32_t kind = random_below(100);
	char name[256];
	char path[4096];

	buf_clear(b);
	add_head(b, org, UINT64_C(1000000) + i, day);
	for (uint32_t k = 0; k < n; k++) {
		add_record(b, random_below(2000), 1 + random_below(500));
	}
	buf_str(b, "</feedback>\n");
	*records += n;
	(void)snprintf(name, sizeof(name), "%s!example.com!%llu!%llu", org,
	    (unsigned long long)(BEGIN_S + day * 86400),
	    (unsigned long long)(BEGIN_S + day * 86400 + 86399));
	(void)snprintf(path, sizeof(path), "%s/%s%s", folder, name,
	    kind < 65   ? ".xml.gz"
	    : kind < 95 ? ".zip"
			: ".xml");
	(void)strncat(name, ".xml", sizeof(name) - strlen(name) - 1);
	if (kind < 65) {
		write_gzip(path, b);
	} else if (kind < 95) {
		write_zip(path, name, b);
	} else {
		write_plain(path, b);
	}
}

int
main(int argc, char **argv)
{
	bool large = argc == 4 && strcmp(argv[1], "--large") == 0;
	uint64_t records = 0;
	struct buf b;
	uint32_t n;

	if ((argc != 3 && !large) || !num_u32(sv_from(argv[argc - 1]), 10000000, &n)) {
		(void)fputs("usage: gen_reports FOLDER N | gen_reports --large FILE N\n", stderr);
		return 2;
	}
	buf_init(&b, LARGE_ROOM);
	if (large) {
		add_head(&b, "large.example", 1, 0);
		for (uint32_t i = 0; i < n; i++) {
			add_record(&b, i, 1 + random_below(500));
		}
		buf_str(&b, "</feedback>\n");
		if (b.cut) {
			fail("more than fits into memory");
		}
		(sv_ends(sv_from(argv[2]), SV(".gz")) ? write_gzip : write_plain)(argv[2], &b);
	} else {
		(void)mkdir(argv[1], 0777);
		for (uint32_t i = 0; i < n; i++) {
			one_report(argv[1], i, &b, &records);
		}
	}
	buf_done(&b);
	(void)printf("%llu\n", (unsigned long long)(large ? n : records));
	return 0;
}
