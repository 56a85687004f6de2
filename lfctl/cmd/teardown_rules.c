// SPDX-License-Identifier: GPL-2.0
/*
 * Rules of iptables and ip6tables, of both kinds. Searches the output of PROGRAM-save for lines
 * with our target or match, changes -A to -D, and passes them to PROGRAM-restore --noflush, one
 * table at a time: atomically, with the options exactly as printed, so that it cannot delete
 * another rule, even if rules have changed meanwhile.
 *
 * A program that is not installed has no rules to show. PROGRAM-legacy-save loads no module.
 */
#include "teardown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const programs[] = { "iptables-legacy", "ip6tables-legacy", "iptables-nft",
					"ip6tables-nft" };
static const char *const folders[] = { "/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin" };

/* Where PROGRAM is: iptables' programs are found whatever PATH the caller has. */
static bool find(const char *program, const char *suffix, char *path, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, n, "%s/%s%s", folders[i], program, suffix);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

/*
 * Does the line have the word ARG right after the word OPTION? Text in quotes (comments) is
 * ignored.
 */
static bool has(const char *line, const char *option, const char *arg)
{
	size_t n = strlen(option), m = strlen(arg);
	bool quoted = false;
	const char *p;

	for (p = line; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == ' ' && !strncmp(p + 1, option, n) && p[1 + n] == ' ' &&
			 !strncmp(p + 2 + n, arg, m) &&
			 (!p[2 + n + m] || strchr(" \n", p[2 + n + m])))
			return true;
	}
	return false;
}

static bool ours(const char *line)
{
	return !strncmp(line, "-A ", 3) &&
	       (has(line, "-j", "LITEFLOW") || has(line, "-m", "liteflow"));
}

/*
 * The input for PROGRAM-restore that removes our rules, empty if there are none, NULL if out of
 * memory. *rules gets them one per line, as reported to the user.
 */
static char *removal(FILE *save, char **rules)
{
	char *text = NULL, *line = NULL, table[64] = "";
	FILE *out, *told;
	size_t n = 0, m, size = 0;
	bool open = false;

	*rules = NULL;
	out = open_memstream(&text, &m);
	told = open_memstream(rules, &n);
	while (out && told && getline(&line, &size, save) > 0) {
		if (*line == '*') {
			snprintf(table, sizeof(table), "%.60s", line);
		} else if (!strcmp(line, "COMMIT\n")) {
			if (open)
				fputs(line, out);
			open = false;
		} else if (ours(line)) {
			if (!open)
				fputs(table, out);
			open = true;
			fprintf(out, "-D%s", line + 2);
			fprintf(told, "-t %.*s %s", (int)strcspn(table + 1, "\n"), table + 1, line);
		}
	}
	free(line);
	if (out)
		fclose(out);
	if (told)
		fclose(told);
	return text;
}

static bool feed(const char *command, const char *text)
{
	FILE *f = popen(command, "w");

	if (!f)
		return false;
	fputs(text, f);
	return !pclose(f);
}

static void program(struct teardown *t, const char *name)
{
	char path[64], command[128], *text, *rules, *rule, *next;
	FILE *save;
	int status;

	if (!find(name, "-save", path, sizeof(path)))
		return;
	/* The programs warn of each other's tables. */
	snprintf(command, sizeof(command), "%s 2>/dev/null", path);
	save = popen(command, "r");
	if (!save) {
		t->status = lfctl_fail("%s: %m", path);
		return;
	}
	text = removal(save, &rules);
	status = pclose(save);
	if (!text || !rules)
		t->status = lfctl_fail("%s", strerror(ENOMEM));
	/* nf_tables may be missing altogether: no rules then. */
	else if (status && strstr(name, "legacy"))
		t->status = lfctl_fail("%s failed: are its plugins installed?", path);
	if (text && rules && *text) {
		find(name, "-restore", path, sizeof(path));
		snprintf(command, sizeof(command), "%s --noflush%s", path,
			 strstr(name, "legacy") ? " -w" : "");
		if (!t->dry && !feed(command, text))
			t->status = lfctl_fail("%s could not delete rules", path);
		else
			for (rule = rules; (next = strchr(rule, '\n')); rule = next + 1)
				teardown_say(t, "%s %.*s", name, (int)(next - rule), rule);
	}
	free(text);
	free(rules);
}

void teardown_rules(struct teardown *t)
{
	size_t i;

	fflush(stdout);
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		program(t, programs[i]);
}
