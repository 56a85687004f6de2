// SPDX-License-Identifier: GPL-2.0
/* lfctl save | check [FILE] | apply [FILE] [--device DEV] [--dry-run] */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "commands.h"
#include "conf.h"
#include "conf_fallback.h"
#include "conf_file.h"
#include "conf_plan.h"
#include "conf_state.h"
#include "conf_step.h"
#include "conf_tc.h"
#include "lfctl.h"
#include "netns.h"
#include "nl.h"
#include "out.h"
#include "share.h"

/* Enters the namespace once, so that tc, sysctl and netlink all use the same. */
static int enter(const struct lfctl *ctl)
{
	return ctl->netns ? netns_enter(ctl->netns) : 0;
}

/* --- save --- */

/* Warns of what `apply` would not find again. */
static void warn_of(const struct conf_section *s)
{
	const char *name = conf_get(s, "snapshot");
	char path[4096];

	if (s->kind == CONF_SLOT && name && !share_find(name, path, sizeof(path)))
		fprintf(stderr,
			"lfctl: Warning: copy the file of snapshot %s to " CONF_DIR
			"/%s.lfs, or give its path: after a reboot it is not found\n",
			name, name);
	if (s->kind == CONF_QDISC && !strncmp(conf_place(s), "parent ", 7) &&
	    strtoul(conf_place(s) + 7, NULL, 16) >= 0x8000)
		fprintf(stderr,
			"lfctl: Warning: the kernel chose the handle of the qdisc above %s: "
			"set one yourself\n",
			s->name);
}

/* The default, new connections use cubic and the slot "tcp", is not saved. */
static bool is_worth_saving(const struct conf_section *s)
{
	const char *cc = conf_get(s, "congestion_control"), *slot = conf_get(s, "slot");

	return s->kind != CONF_TCP || (cc && !strcmp(cc, "liteflow")) ||
	       (slot && strcmp(slot, "tcp"));
}

static struct conf_section *copy(struct conf *to, const struct conf_section *from)
{
	struct conf_section *s = conf_add(to, from->kind, from->name, 0);
	size_t i;

	for (i = 0; i < from->n; i++)
		conf_set(s, from->entries[i].key, from->entries[i].value, 0);
	return s;
}

static void print_json(const struct conf *conf)
{
	struct json_object *array = json_object_new_array(), *o;
	char title[128];
	size_t i, j;

	for (i = 0; i < conf->n; i++) {
		o = json_object_new_object();
		conf_print_title(&conf->sections[i], title, sizeof(title));
		out_add_str(o, "section", title);
		for (j = 0; j < conf->sections[i].n; j++)
			out_add_str(o, conf->sections[i].entries[j].key,
				    conf->sections[i].entries[j].value);
		json_object_array_add(array, o);
	}
	out_json(array);
}

static void print_state(const struct lfctl *ctl, const struct conf *now)
{
	struct conf conf = { 0 };
	struct conf_section *s;
	size_t i;

	for (i = 0; i < now->n; i++) {
		warn_of(&now->sections[i]);
		if (!is_worth_saving(&now->sections[i]))
			continue;
		s = copy(&conf, &now->sections[i]);
		if (s->kind == CONF_QDISC)
			conf_set(s, "fallback", "fq_codel", 0);
	}
	if (ctl->json)
		print_json(&conf);
	else
		conf_print(stdout, &conf);
	conf_free(&conf);
}

static int read_state(struct conf *now, struct nl *nl, struct tc_list *qdiscs)
{
	const struct lfctl here = { 0 };
	int status;

	memset(now, 0, sizeof(*now));
	memset(qdiscs, 0, sizeof(*qdiscs));
	status = nl_open(nl, &here);
	if (status)
		return status;
	status = tc_read(qdiscs);
	if (!status)
		status = conf_read_state(now, nl, qdiscs);
	if (status)
		nl_close(nl);
	return status;
}

LFCTL_COMMAND(save_main)
{
	struct tc_list qdiscs;
	struct conf now;
	struct nl nl;
	int status;

	if (argc)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[0]);
	status = enter(ctl);
	if (status)
		return status;
	status = read_state(&now, &nl, &qdiscs);
	if (!status) {
		print_state(ctl, &now);
		nl_close(&nl);
	}
	tc_free(&qdiscs);
	conf_free(&now);
	return status;
}

/* --- check --- */

LFCTL_COMMAND(check_main)
{
	struct plan p = { .path = argc ? argv[0] : CONF_FILE };
	const struct lfctl here = { 0 };
	struct conf conf;
	struct nl nl;
	int status;
	size_t i;

	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	status = enter(ctl);
	if (status)
		return status;
	status = conf_read_file(&conf, p.path);
	/* A loaded snapshot needs no file; without the module there are only files. */
	if (!status && !access("/sys/module/liteflow", F_OK) && !nl_open(&nl, &here))
		p.nl = &nl;
	for (i = 0; !status && i < conf.n; i++) {
		if (conf.sections[i].kind == CONF_SLOT)
			step_find_snapshot(&p, &conf.sections[i]);
		status = p.status;
	}
	if (p.nl)
		nl_close(p.nl);
	conf_free(&conf);
	return status;
}

/* --- apply --- */

struct apply {
	const char *path, *device;
	bool dry;
};

static int parse(const struct command *cmd, struct apply *a, int argc, char **argv)
{
	int i;

	*a = (struct apply){ 0 };
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--dry-run")) {
			a->dry = true;
		} else if (!strcmp(argv[i], "--device")) {
			if (++i == argc)
				return lfctl_usage(cmd, "--device needs the name of a device");
			a->device = argv[i];
		} else if (!a->path && *argv[i] != '-') {
			a->path = argv[i];
		} else {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		}
	}
	a->path = a->path ? a->path : CONF_FILE;
	return 0;
}

/* "-" and "+" lines below their section. */
static void print_diff(struct json_object *changes)
{
	const char *title = "";
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(changes); i++) {
		o = json_object_array_get_idx(changes, i);
		if (strcmp(title, out_str(o, "section"))) {
			title = out_str(o, "section");
			puts(title);
		}
		if (out_has(o, "from"))
			printf("-%s = %s\n", out_str(o, "key"), out_str(o, "from"));
		if (*out_str(o, "key"))
			printf("+%s = %s\n", out_str(o, "key"), out_str(o, "to"));
	}
}

static void report(const struct lfctl *ctl, const struct apply *a, const struct plan *p)
{
	struct json_object *o;
	size_t i, n = json_object_array_length(p->changes);

	if (ctl->json) {
		o = json_object_new_object();
		out_add_bool(o, "changed", n);
		out_add_bool(o, "dry_run", a->dry);
		json_object_object_add(o, "changes", json_object_get(p->changes));
		json_object_object_add(o, "absent", json_object_get(p->absent));
		out_json(o);
		return;
	}
	print_diff(p->changes);
	if (!n)
		printf("%s: nothing to change\n", a->path);
	for (i = 0; i < json_object_array_length(p->absent); i++)
		printf("device %s does not exist: apply again with --device %s when it does\n",
		       json_object_get_string(json_object_array_get_idx(p->absent, i)),
		       json_object_get_string(json_object_array_get_idx(p->absent, i)));
}

static int apply(const struct lfctl *ctl, const struct apply *a, struct conf *want)
{
	struct plan p = { .ctl = ctl, .path = a->path, .device = a->device };
	struct tc_list qdiscs;
	struct conf now;
	struct nl nl;
	int status = read_state(&now, &nl, &qdiscs);

	p.now = &now;
	p.nl = &nl;
	p.qdiscs = &qdiscs;
	if (!status) {
		status = plan_make(&p, want);
		nl_close(&nl);
		if (!status && !a->dry)
			status = plan_run(&p);
		if (!status)
			report(ctl, a, &p);
		plan_free(&p);
	}
	tc_free(&qdiscs);
	conf_free(&now);
	return status;
}

/* One at a time: at boot the main service and those of devices run together. */
static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		while (flock(fd, LOCK_EX) && errno == EINTR)
			;
	return fd;
}

LFCTL_COMMAND(apply_main)
{
	const char *missing;
	struct conf want;
	struct apply a;
	int fd, status = parse(cmd, &a, argc, argv);

	if (!status)
		status = enter(ctl);
	if (status)
		return status;
	fd = lock(a.path);
	status = conf_read_file(&want, a.path);
	if (!status) {
		missing = fallback_missing(&want);
		status = missing ? fallback_apply(ctl, &want, a.device, missing, a.dry)
				 : apply(ctl, &a, &want);
	}
	conf_free(&want);
	if (fd >= 0)
		close(fd);
	return status;
}
