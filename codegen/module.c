// SPDX-License-Identifier: GPL-2.0
/* lfgen module: a snapshot as a C module, for kernels that load only signed modules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "module.h"

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"module MODEL.lfs -o DIR\n"
	"\n"
	"Write a C module and its Kbuild: the same integers, the same kernels, the same\n"
	"bits as the snapshot, with constant dimensions. Loading it registers the\n"
	"snapshot; a slot then uses it by name.\n"
	"\n"
	"  -o, --output DIR   made if it does not exist\n"
	"\n"
	"example:\n"
	"  lfgen module mice.lfs -o mice/\n"
	"  make -C /lib/modules/$(uname -r)/build M=$PWD/mice \\\n"
	"        LITEFLOW=/usr/src/liteflow modules\n"
	"  insmod mice/lf_snap_mice.ko\n";

/* Generated in memory, so that either everything is written or nothing. */
struct text {
	FILE *f;
	char *p;
	size_t len;
};

static void text_begin(struct text *t)
{
	t->f = open_memstream(&t->p, &t->len);
	if (!t->f) {
		fputs("lfgen: out of memory\n", stderr);
		exit(1);
	}
}

static int text_write(struct text *t, const char *dir, const char *name, const char *suffix,
		      struct graph_err *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	return util_write(path, t->p, t->len, err);
}

/* lf_snap_ and the model's name, with characters not allowed in C identifiers replaced. */
static void module_name(char name[64], const struct lfs *m)
{
	char *p;

	snprintf(name, 64, "lf_snap_%.31s", m->info.name);
	for (p = name; *p; p++)
		if (*p == '.' || *p == '-')
			*p = '_';
}

static int write_module(const struct lfs *m, const char *dir, struct graph_err *err)
{
	struct text source = { }, kbuild = { };
	char name[64];
	int ret = 0;

	module_name(name, m);
	text_begin(&source);
	module_source(source.f, m, name);
	fclose(source.f);
	text_begin(&kbuild);
	module_kbuild(kbuild.f, name);
	fclose(kbuild.f);
	if (mkdir(dir, 0777) && errno != EEXIST)
		ret = util_fail(err, "%s: %s", dir, strerror(errno));
	if (!ret)
		ret = text_write(&source, dir, name, ".c", err);
	if (!ret)
		ret = text_write(&kbuild, dir, "Kbuild", "", err);
	free(source.p);
	free(kbuild.p);
	return ret;
}

static int module_run(const struct cmd *cmd, int argc, char **argv)
{
	const char *dir = NULL;
	struct graph_err err;
	struct lfs m;
	int c, ret = 0;

	while ((c = cmd_option(cmd, argc, argv)) != -1) {
		if (c == 'h')
			return 0;
		if (c != 'o')
			return c == '?' ? CMD_USAGE : cmd_usage(cmd, "unknown option -%c", c);
		dir = optarg;
	}
	if (!cmd_operands(cmd, argc, 1, "one snapshot"))
		return CMD_USAGE;
	if (!dir)
		return cmd_usage(cmd, "module needs -o DIR");
	if (lfs_read(&m, argv[optind], &err))
		return cmd_fail(&err);
	if (lfs_selftest(&m, &err) || write_module(&m, dir, &err))
		ret = cmd_fail(&err);
	lfs_free(&m);
	return ret;
}

const struct cmd cmd_module = {
	.name = "module",
	.what = "emit a snapshot as a C module",
	.help = help,
	.options = options,
	.run = module_run,
};
