// SPDX-License-Identifier: GPL-2.0
/* lfctl plot LOG -o FILE.svg|FILE.png [slot NAME] */
#include "plot.h"

#include <string.h>
#include <strings.h>

#include "commands.h"
#include "lfctl.h"
#include "out.h"

struct plot_args {
	const char *log, *picture, *slot;
	enum plot_format format;
};

static bool parse_picture(struct plot_args *args, const char *path)
{
	const char *end = strrchr(path, '.');

	args->picture = path;
	args->format = end && !strcasecmp(end, ".png") ? PLOT_PNG : PLOT_SVG;
	return end && (!strcasecmp(end, ".svg") || !strcasecmp(end, ".png"));
}

static int parse_args(const struct command *cmd, struct plot_args *args, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-o") || !strcmp(argv[i], "--output")) {
			if (++i == argc || !parse_picture(args, argv[i]))
				return lfctl_usage(cmd, "-o needs a file that ends in .svg or "
						   ".png");
		} else if (!strcmp(argv[i], "slot")) {
			if (++i == argc)
				return lfctl_usage(cmd, "slot needs a name");
			args->slot = argv[i];
		} else if (args->log) {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		} else {
			args->log = argv[i];
		}
	}
	if (!args->log)
		return lfctl_usage(cmd, "no recording given: the output of lfctl -j top");
	if (!args->picture)
		return lfctl_usage(cmd, "-o needs a file that ends in .svg or .png");
	return 0;
}

static void print_drawn(const struct lfctl *ctl, const struct plot *p, const char *path)
{
	char from[OUT_SHORT], to[OUT_SHORT];
	struct json_object *o;

	if (!ctl->json) {
		printf("%s: %zu curves from %zu readings, %.19s to %.19s\n", path, p->n,
		       p->n_readings, out_time(p->first, from), out_time(p->last, to));
		return;
	}
	o = json_object_new_object();
	out_add_str(o, "file", path);
	out_add_u64(o, "curves", p->n);
	out_add_u64(o, "readings", p->n_readings);
	out_add_u64(o, "first", p->first);
	out_add_u64(o, "last", p->last);
	out_json(o);
}

LFCTL_COMMAND(plot_main)
{
	struct plot_args args = { 0 };
	struct plot p = { 0 };
	int status = parse_args(cmd, &args, argc, argv);

	if (status)
		return status;
	status = plot_read(&p, args.log, args.slot);
	if (!status && !plot_can_draw())
		status = LFCTL_FAIL;
	if (!status)
		status = plot_draw(&p, args.picture, args.format);
	if (!status)
		print_drawn(ctl, &p, args.picture);
	plot_free(&p);
	return status;
}
