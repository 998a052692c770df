/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/charsets.h"

#include "base/err.h"

#include <stdlib.h>

/* As mail writes it, and what iconv calls it (NULL: the same). */
static const struct {
	struct sv name;
	const char *iconv;
} known[] = {
	{ SV_INIT("iso-8859-1"), "WINDOWS-1252" }, /* as browsers read it, and as it is meant */
	{ SV_INIT("latin1"), "WINDOWS-1252" },
	{ SV_INIT("windows-1252"), NULL },
	{ SV_INIT("cp1252"), NULL },
	{ SV_INIT("iso-8859-2"), NULL },
	{ SV_INIT("iso-8859-3"), NULL },
	{ SV_INIT("iso-8859-4"), NULL },
	{ SV_INIT("iso-8859-5"), NULL },
	{ SV_INIT("iso-8859-6"), NULL },
	{ SV_INIT("iso-8859-7"), NULL },
	{ SV_INIT("iso-8859-8"), NULL },
	{ SV_INIT("iso-8859-8-i"), "ISO-8859-8" },
	{ SV_INIT("iso-8859-9"), NULL },
	{ SV_INIT("iso-8859-10"), NULL },
	{ SV_INIT("iso-8859-13"), NULL },
	{ SV_INIT("iso-8859-14"), NULL },
	{ SV_INIT("iso-8859-15"), NULL },
	{ SV_INIT("iso-8859-16"), NULL },
	{ SV_INIT("windows-1250"), NULL },
	{ SV_INIT("windows-1251"), NULL },
	{ SV_INIT("cp1251"), NULL },
	{ SV_INIT("windows-1253"), NULL },
	{ SV_INIT("windows-1254"), NULL },
	{ SV_INIT("windows-1255"), NULL },
	{ SV_INIT("windows-1256"), NULL },
	{ SV_INIT("windows-1257"), NULL },
	{ SV_INIT("windows-1258"), NULL },
	{ SV_INIT("windows-874"), NULL },
	{ SV_INIT("tis-620"), NULL },
	{ SV_INIT("koi8-r"), NULL },
	{ SV_INIT("koi8-u"), NULL },
	{ SV_INIT("cp437"), NULL },
	{ SV_INIT("cp850"), NULL },
	{ SV_INIT("cp866"), NULL },
	{ SV_INIT("macintosh"), NULL },
	{ SV_INIT("iso-2022-jp"), "ISO-2022-JP-3" },
	{ SV_INIT("shift_jis"), "CP932" },
	{ SV_INIT("x-sjis"), "CP932" },
	{ SV_INIT("sjis"), "CP932" },
	{ SV_INIT("cp932"), NULL },
	{ SV_INIT("windows-31j"), "CP932" },
	{ SV_INIT("euc-jp"), NULL },
	{ SV_INIT("iso-2022-kr"), NULL },
	{ SV_INIT("euc-kr"), "CP949" },
	{ SV_INIT("ks_c_5601-1987"), "CP949" },
	{ SV_INIT("cp949"), NULL },
	{ SV_INIT("gb2312"), "GB18030" },
	{ SV_INIT("gbk"), "GB18030" },
	{ SV_INIT("gb18030"), NULL },
	{ SV_INIT("big5"), NULL },
	{ SV_INIT("big5-hkscs"), NULL },
	{ SV_INIT("utf-16"), NULL },
	{ SV_INIT("utf-16le"), NULL },
	{ SV_INIT("utf-16be"), NULL },
	{ SV_INIT("utf-7"), NULL },
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

struct charsets {
	iconv_t open[N_KNOWN]; /* owned; (iconv_t)-1: this system has it not */
};

struct charsets *
charsets_new(void)
{
	struct charsets *c = mem_new(1, sizeof(*c));

	for (size_t i = 0; i < N_KNOWN; i++) {
		c->open[i] =
		    iconv_open("UTF-8", known[i].iconv == NULL ? known[i].name.p : known[i].iconv);
	}
	return c;
}

void
charsets_free(struct charsets **pc)
{
	struct charsets *c = *pc;

	if (c != NULL) {
		for (size_t i = 0; i < N_KNOWN; i++) {
			if (c->open[i] != (iconv_t)-1) {
				(void)iconv_close(c->open[i]);
			}
		}
		free(c);
		*pc = NULL;
	}
}

iconv_t
charsets_find(const struct charsets *c, struct sv name)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (sv_ieq(name, known[i].name)) {
			if (c->open[i] != (iconv_t)-1) {
				(void)iconv(c->open[i], NULL, NULL, NULL, NULL);
			}
			return c->open[i];
		}
	}
	return (iconv_t)-1;
}
