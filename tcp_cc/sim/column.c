// SPDX-License-Identifier: GPL-2.0
/* The columns of tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"
#include "hand.h"
#include "snapshot.h"

struct column columns[COLUMNS];
int n_columns;

void die(const char *what, const char *name)
{
	fprintf(stderr, "%s: %s\n", name, what);
	exit(1);
}

static bool ends(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static void open_policy(struct column *c, const char *path)
{
	c->policy = (struct sim_policy) { hand_act, NULL };
	if (!strcmp(path, "cubic")) {
		c->cubic = true;
	} else if (ends(path, ".net")) {
		c->policy = (struct sim_policy) { sim_net_act, &c->net };
		if (sim_net_load(&c->net, path))
			die("no parameters of a policy", path);
	} else if (ends(path, ".lfs")) {
		c->policy = (struct sim_policy) { sim_snapshot_act, sim_snapshot_open(path) };
		if (!c->policy.ctx)
			die("no snapshot of a policy", path);
	} else if (strcmp(path, "hand")) {
		die("no such policy", path);
	}
}

void column_add(const char *arg)
{
	struct column *c = &columns[n_columns];
	char *path = strdup(arg), *at = strchr(path, '@'), *slash;
	int k;

	if (n_columns++ == COLUMNS)
		die("too many policies", arg);
	c->config = lf_rate_default;
	for (k = 0; k < 3; k++)
		c->preference[k] = 1.0f / 3;
	if (at) {
		*at++ = 0;
		if (sscanf(at, "%f,%f,%f", &c->preference[0], &c->preference[1],
			   &c->preference[2]) != 3)
			die("not three weights", arg);
	}
	open_policy(c, path);
	free(path);
	slash = strrchr(arg, '/');
	c->name = slash ? slash + 1 : arg;
}

void column_drive(const struct column *c, struct sim_scene *s)
{
	int i;

	for (i = 0; i < s->n_flows; i++) {
		s->flows[i].config = c->config;
		memcpy(s->flows[i].preference, c->preference, sizeof(c->preference));
		if (c->cubic)
			s->flows[i].kind = SIM_CUBIC;
	}
}
