/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"
#include "cmd/cmd_store.h"
#include "cmd/options.h"
#include "settings/settings.h"

#include <stdio.h>

static const char help[] =
    "usage: carom config check [FILE]          is the file sound?\n"
    "       carom config show [--defaults] [FILE]\n"
    "                                          every setting with its value, unit and meaning\n\n"
    "FILE is /etc/carom/carom.yaml if none is named.  What is shown can be used as a file.\n\n"
    "exit: 0 fine; 2 usage; 4 the file is wrong, and it was said where\n";

static int
show(const struct settings *s)
{
	struct buf out;
	int code;

	buf_init(&out, 0);
	settings_print(s, &out);
	code = cmd_print(&out) ? EXIT_FINE : EXIT_BROKEN;
	buf_done(&out);
	return code;
}

int
cmd_config(const struct cmd_context *ctx, int argc, char **argv)
{
	bool defaults = false;
	const struct cmd_option options[] = { { "defaults", OPTION_FLAG, .out = &defaults } };
	struct cmd_words words;
	struct settings s;
	struct why why;
	const char *file;
	int code = cmd_options(help, options, 1, argc, argv, &words);
	bool check_it;

	(void)ctx;
	if (code >= 0) {
		return code;
	}
	check_it = words.n > 0 && strcmp(words.word[0], "check") == 0;
	if (words.n < 1 || words.n > 2 || (check_it && defaults) || (defaults && words.n > 1) ||
	    (!check_it && strcmp(words.word[0], "show") != 0)) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	file = words.n > 1 ? words.word[1] : NULL;
	if ((defaults ? settings_read("", SV(""), &s, &why) : settings_load(file, &s, &why)) !=
	    ERR_OK) {
		cmd_complain("config", "%s", why.text);
		return EXIT_BROKEN;
	}
	code = EXIT_FINE;
	if (!check_it) {
		code = show(&s);
	} else {
		(void)printf("%s: fine\n", file == NULL ? SETTINGS_PATH : file);
	}
	settings_done(&s);
	return code;
}
