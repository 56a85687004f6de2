// SPDX-License-Identifier: GPL-2.0
/* lfgen: from ONNX and TFLite models to the quantised snapshots that run inside the kernel. */
#include <stdio.h>
#include <string.h>

#include <lq/version.h>

#include "cmd.h"

static const struct cmd *const cmds[] = { &cmd_build,  &cmd_inspect, &cmd_run,	    &cmd_compare,
					  &cmd_module, &cmd_check,   &cmd_classify, &cmd_rows_of };

static int usage(FILE *to)
{
	size_t i;

	fputs("usage: lfgen COMMAND ...\n\n", to);
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		fprintf(to, "  %-8s  %s\n", cmds[i]->name, cmds[i]->what);
	fputs("\nlfgen COMMAND --help tells more; lfgen --version prints the versions.\n", to);
	return to == stdout ? 0 : CMD_USAGE;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("lfgen " LQ_VERSION);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(argv[1], cmds[i]->name))
			return cmds[i]->run(cmds[i], argc - 1, argv + 1);
	fprintf(stderr, "lfgen: unknown command \"%s\"; see lfgen --help\n", argv[1]);
	return CMD_USAGE;
}
