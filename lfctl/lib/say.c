// SPDX-License-Identifier: GPL-2.0
/* Messages of lfctl: errors, and the usage of commands. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

#define COLUMNS_MAX	80	/* of a usage */
#define USAGE_INDENT	15	/* of its further lines */

/* The table of commands, for the names of groups. */
static const struct command *commands;

void say_commands(const struct command *table)
{
	commands = table;
}

int lfctl_fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("lfctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return LFCTL_FAIL;
}

/* The group whose table holds `cmd`, or NULL if it is a top-level command. */
static const struct command *group_of(const struct command *cmd)
{
	const struct command *group, *c;

	for (group = commands; group->name; group++)
		for (c = group->sub; c && c->name; c++)
			if (c == cmd)
				return group;
	return NULL;
}

/* Up to the next space outside brackets. */
static size_t word_len(const char *text)
{
	size_t n;
	int depth = 0;

	for (n = 0; text[n] && (text[n] != ' ' || depth); n++)
		depth += (text[n] == '[') - (text[n] == ']');
	return n;
}

/* @text, from column @at; further lines begin at column @indent. */
static void usage_text(FILE *f, int at, int indent, const char *text)
{
	size_t n;

	while ((n = word_len(text))) {
		if (at > indent && at + 1 + (int)n > COLUMNS_MAX) {
			fprintf(f, "\n%*s", indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', f);
			at++;
		}
		fwrite(text, 1, n, f);
		at += (int)n;
		text += n + (text[n] == ' ');
	}
	fputc('\n', f);
}

static void usage_line(FILE *f, const char *lead, const struct command *cmd)
{
	const struct command *group = group_of(cmd);
	int at = fprintf(f, "%slfctl %s%s%s", lead, group ? group->name : "", group ? " " : "",
			 cmd->name);

	usage_text(f, at, USAGE_INDENT, cmd->args);
}

static void usage_help(FILE *f, int indent, const char *help)
{
	fprintf(f, "%*s", indent, "");
	usage_text(f, indent, indent, help);
}

void say_all(FILE *f)
{
	const struct command *c;

	fprintf(f, "usage: lfctl [-j] [-c] [-n NETNS] COMMAND [ARGUMENT...]\n\n");
	for (c = commands; c->name; c++)
		fprintf(f, "  %-10s %s\n", c->name, c->help);
	fprintf(f, "  %-10s %s\n\n"
		"  -j, --json         JSON instead of text\n"
		"  -c, --color[=WHEN] colours: always, never, or auto (on a terminal)\n"
		"  -n, --netns NETNS  work in the network namespace of that name (ip netns)\n"
		"  -h, --help         this help, or that of the command\n"
		"  -V, --version      version of the tool\n",
		"help", "the help of a command");
}

static void usage_group(FILE *f, const struct command *group)
{
	const struct command *c;

	for (c = group->sub; c->name; c++) {
		usage_line(f, c == group->sub ? "usage: " : "       ", c);
		usage_help(f, 11, c->help);
	}
}

void say_usage(FILE *f, const struct command *cmd)
{
	if (cmd->sub) {
		usage_group(f, cmd);
		return;
	}
	usage_line(f, "usage: ", cmd);
	if (f == stdout)
		usage_help(f, 7, cmd->help);
}

int lfctl_usage(const struct command *cmd, const char *fmt, ...)
{
	va_list ap;

	fputs("lfctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (cmd)
		say_usage(stderr, cmd);
	else
		fputs("try 'lfctl --help'\n", stderr);
	return LFCTL_USAGE;
}
