/* SPDX-License-Identifier: GPL-2.0 */
/* What all commands of lfctl share: options, tables of commands, and error messages. */
#ifndef LFCTL_H
#define LFCTL_H

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses; 0 is success. */
#define LFCTL_FAIL	1	/* rejected by the kernel, or a file is bad */
#define LFCTL_USAGE	2	/* the command line is invalid */
/* apply: a module is missing, qdiscs are replaced by their fallback */
#define LFCTL_FALLBACK	3

struct lfctl {
	bool json;		/* -j */
	const char *netns;	/* -n NAME, NULL: this process's */
	bool help;		/* -h anywhere */
	bool quiet;		/* print errors only: apply runs other commands */
	/* runs the command that the words name, as main() does */
	int (*run)(const struct lfctl *ctl, int argc, char **argv);
};

/*
 * One row of a command table. A row with `sub` is a group: fn is NULL, and the first row of `sub`
 * is its default.
 */
struct command {
	const char *name;
	int (*fn)(const struct lfctl *ctl, const struct command *cmd, int argc, char **argv);
	const char *args;	/* the usage line after the name */
	const char *help;	/* one line */
	const struct command *sub;
};

/* argv[0] is the first argument after the command's name. Each returns an exit status. */
#define LFCTL_COMMAND(name) \
	int name(const struct lfctl *ctl, const struct command *cmd, int argc, char **argv)

/* "lfctl: ..." on stderr; return LFCTL_FAIL. */
int lfctl_fail(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));

/* "lfctl: ...", then the command's usage line, on stderr; return LFCTL_USAGE. */
int lfctl_usage(const struct command *cmd, const char *fmt, ...)
	__attribute__((__format__(printf, 2, 3)));

#endif /* LFCTL_H */
