/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/serve.h"

#include <stdio.h>

static const char help[] =
    "usage: carom serve [OPTIONS]     follow the mail log, and answer Postfix while mail flows\n\n"
    "  --config FILE    settings (default /etc/carom/carom.yaml; carom config show --defaults)\n"
    "  --single         all in one process, for debugging\n"
    "  --unpause        take the pauses out of the routing map and end; for when serve is gone\n\n"
    "Postfix is set up by carom postfix setup.  When carom is stopped or gone, Postfix delivers as "
    "without\n"
    "it.  SIGHUP reads the settings again, SIGUSR1 tells the counters, SIGTERM ends it.\n\n"
    "exit: 0 it was told to end; 2 usage; 4 it could not begin\n";

int
cmd_serve(const struct cmd_context *ctx, int argc, char **argv)
{
	bool unpause = false;
	struct serve_options opt = { .share = ctx->share, .key = ctx->key };
	const struct cmd_option options[] = {
		{ "config", OPTION_TEXT, .out = &opt.config },
		{ "unpause", OPTION_FLAG, .out = &unpause },
		{ "single", OPTION_FLAG, .out = &opt.single },
	};
	struct cmd_words words;
	struct why why;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	if (words.n > 0) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	if ((unpause ? serve_unpause(&opt, &why) : serve_run(&opt, &why)) != ERR_OK) {
		cmd_complain("serve", "%s", why.text);
		return EXIT_BROKEN;
	}
	return EXIT_FINE;
}
