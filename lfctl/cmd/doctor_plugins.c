// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl doctor: do tc and iptables find our plugins? It has them print the plugin's help, which
 * needs nothing but the plugin.
 */
#include "doctor.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spawn.h"

static const char *const roots[] = {
	"/usr/lib/*", "/usr/lib", "/usr/lib64", "/usr/local/lib/*", "/usr/local/lib", "/lib/*",
};

/* The directory of the first file `sub` below a library directory; "" if there is none. */
static const char *find(const char *sub, char *dir, size_t n)
{
	char pattern[128];
	size_t i;

	*dir = 0;
	for (i = 0; i < sizeof(roots) / sizeof(roots[0]) && !*dir; i++) {
		glob_t g = { 0 };

		snprintf(pattern, sizeof(pattern), "%s/%s", roots[i], sub);
		if (!glob(pattern, 0, NULL, &g))
			snprintf(dir, n, "%.*s", (int)(strrchr(g.gl_pathv[0], '/') - g.gl_pathv[0]),
				 g.gl_pathv[0]);
		globfree(&g);
	}
	return dir;
}

/* marker: one of the program's own plugins, which shows where it looks. */
static void fix_plugin(struct doctor *d, const char *plugin, const char *marker)
{
	char have[128], looks[128];

	if (*find(plugin, have, sizeof(have)) && *find(marker, looks, sizeof(looks)) &&
	    strcmp(have, looks))
		doctor_fix(d, "ln -s %s/%s %s/", have, strrchr(plugin, '/') + 1, looks);
	else
		doctor_fix(d, "make install (or: apt-get install --reinstall liteflow)");
}

static void tc(struct doctor *d)
{
	char *argv[] = { "tc", "qdisc", "add", "liteflow", "help", NULL }, *out = NULL;
	int rc = spawn_read_all(argv, &out);

	if (rc < 0) {
		doctor_fix(d, "apt-get install iproute2");
		doctor_say(d, DOCTOR_FAULT, "tc", "tc is not installed");
	} else if (!out || !strstr(out, "liteflow [ slot NAME ]")) {
		fix_plugin(d, "tc/q_liteflow.so", "tc/normal.dist");
		doctor_say(d, DOCTOR_FAULT, "tc",
			   "tc does not find the plugin q_liteflow.so%s%s: \"kind is unknown\"",
			   getenv("TC_LIB_DIR") ? " in TC_LIB_DIR=" : "",
			   getenv("TC_LIB_DIR") ? getenv("TC_LIB_DIR") : "");
	} else {
		doctor_say(d, DOCTOR_OK, "tc", "finds the plugin");
	}
	free(out);
}

/* iptables-save fails for everybody if a rule's plugin is missing. */
static void iptables(struct doctor *d)
{
	char *argv[] = { "iptables", "-m", "liteflow", "-h", NULL };
	bool loaded = !access("/sys/module/xt_LITEFLOW", F_OK);
	int rc = spawn_run(argv, true);

	if (rc < 0)
		return;		/* no iptables is not a fault */
	if (!rc) {
		doctor_say(d, DOCTOR_OK, "iptables", "finds the extensions");
		return;
	}
	fix_plugin(d, "xtables/libxt_liteflow.so", "xtables/libxt_mark.so");
	doctor_say(d, loaded ? DOCTOR_FAULT : DOCTOR_WARNING, "iptables",
		   "iptables does not find the extensions libxt_liteflow.so and "
		   "libxt_LITEFLOW.so%s",
		   loaded ? ", and rules may use them: iptables-save fails" : "");
}

void doctor_plugins(struct doctor *d)
{
	tc(d);
	iptables(d);
}
