// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl learn status | history | explain | pause | resume | rollback | offer
 *
 * The current state comes from lfd's socket; past decisions come from its history on disk, whether
 * or not lfd is running. The name of a learner may be omitted if there is only one.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lq/name.h>

#include "args.h"
#include "commands.h"
#include "lfd/control.h"
#include "lfd/history.h"
#include "lfctl.h"
#include "out.h"

static const char *state_dir(void)
{
	const char *dir = getenv("LFD_STATE");

	return dir ? dir : CONTROL_STATE;
}

static const char *run_dir(void)
{
	const char *dir = getenv("LFD_RUN");

	return dir ? dir : CONTROL_RUN;
}

/* --- which learner --- */

static int is_learner(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The only directory of the state; the result is valid until the program ends. */
static const char *only_one(void)
{
	static char name[NAME_MAX + 1];
	struct dirent **list;
	int i, n = scandir(state_dir(), &list, is_learner, alphasort);

	if (n == 1)
		snprintf(name, sizeof(name), "%s", list[0]->d_name);
	for (i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
	return n == 1 ? name : NULL;
}

/* The name, removed from argv, or the only one. NULL after printing the error. */
static const char *which(const struct command *cmd, int *argc, char ***argv)
{
	const char *name;

	if (!*argc) {
		name = only_one();
		if (!name)
			lfctl_usage(cmd, "name a learner (lfctl learn status)");
		return name;
	}
	name = (*argv)[0];
	++*argv;
	--*argc;
	if (lq_name_ok(name))
		return name;
	lfctl_usage(cmd, "'%s' is not a learner name", name);
	return NULL;
}

/* --- requests to lfd --- */

static struct json_object *ask(const char *command, const char *name, const char *file, bool force)
{
	struct json_object *request = json_object_new_object(), *answer;

	out_add_str(request, "command", command);
	if (name)
		out_add_str(request, "learner", name);
	if (file)
		out_add_str(request, "file", file);
	out_add_bool(request, "force", force);
	answer = control_ask(run_dir(), request);
	json_object_put(request);
	if (!answer)
		lfctl_fail("learn %s: lfd does not answer at %s/" CONTROL_SOCKET ": %s", command,
			   run_dir(), strerror(errno));
	return answer;
}

static int do_it(const struct lfctl *ctl, const char *command, const char *name, const char *file,
		 bool force)
{
	struct json_object *answer = ask(command, name, file, force);
	int status = 0;

	if (!answer)
		return LFCTL_FAIL;
	if (!json_object_get_boolean(json_object_object_get(answer, "ok")))
		status = lfctl_fail("learn %s %s: %s", command, name, out_str(answer, "error"));
	else if (ctl->json)
		out_json(json_object_get(answer));
	json_object_put(answer);
	return status;
}

/* --- status --- */

static void cell_loss(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_has(o, key))
		snprintf(text, n, "%.3f", json_object_get_double(json_object_object_get(o, key)));
}

/* For a ramp, its progress. */
static void cell_phase(struct json_object *o, const char *key, char *text, size_t n)
{
	bool paused = json_object_get_boolean(json_object_object_get(o, "paused"));
	char share[16] = "";

	if (out_has(o, "share"))
		snprintf(share, sizeof(share), " %g%%",
			 100 * json_object_get_double(json_object_object_get(o, "share")));
	snprintf(text, n, "%s%s%s", out_str(o, key), share, paused ? ", paused" : "");
}

static void cell_wait(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, key))
		snprintf(text, n, "%" PRIu64 " s", out_u64(o, key) / 1000000000);
}

static const struct out_column status_columns[] = {
	{ "NAME", "name", NULL, false },
	{ "SLOT", "slot", NULL, false },
	{ "PHASE", "phase", cell_phase, false },
	{ "SNAPSHOT", "snapshot", NULL, false },
	{ "ROWS", "rows", NULL, true },
	{ "LABELLED", "labelled_rows", NULL, true },
	{ "FLOWS", "flows", NULL, true },
	{ "LOSS", "loss", cell_loss, true },
	{ "DRIFT", "drift_distance", cell_loss, true },
	{ "LIMIT", "drift_limit", cell_loss, true },
	{ "WAITS", "wait", cell_wait, true },
};

static struct json_object *only(struct json_object *list, const char *name)
{
	struct json_object *one = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		if (!name || !strcmp(out_str(o, "name"), name))
			json_object_array_add(one, json_object_get(o));
	}
	return one;
}

static void print_status(struct json_object *list)
{
	struct json_object *o;
	size_t i;

	out_table(list, status_columns, sizeof(status_columns) / sizeof(status_columns[0]),
		  "no such learner");
	for (i = 0; i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		if (out_has(o, "trouble"))
			printf("%s: %s\n", out_str(o, "name"), out_str(o, "trouble"));
	}
}

static LFCTL_COMMAND(status)
{
	struct json_object *answer, *list;
	int ret;

	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	answer = ask("status", NULL, NULL, false);
	if (!answer)
		return LFCTL_FAIL;
	list = only(json_object_object_get(answer, "learners"), argc ? argv[0] : NULL);
	ret = json_object_array_length(list) ? 0 : LFCTL_FAIL;
	if (ctl->json)
		out_json(json_object_get(list));
	else
		print_status(list);
	json_object_put(list);
	json_object_put(answer);
	return ret;
}

/* --- history, explain --- */

static void collect(struct json_object *o, void *data)
{
	json_object_array_add(data, json_object_get(o));
}

static int read_history(const char *name, struct json_object **list)
{
	char path[PATH_MAX], why[256];

	snprintf(path, sizeof(path), "%s/%s/history", state_dir(), name);
	*list = json_object_new_array();
	if (!history_read(path, collect, *list, why, sizeof(why)))
		return 0;
	json_object_put(*list);
	return lfctl_fail("learn: %s", why);
}

static void cell_time(struct json_object *o, const char *key, char *text, size_t n)
{
	char time[OUT_SHORT];

	snprintf(text, n, "%s", out_time(out_u64(o, key), time));
}

static void print_line(struct json_object *o)
{
	char time[OUT_SHORT];

	cell_time(o, "time", time, sizeof(time));
	printf("%4" PRIu64 "  %s  %-12s %s\n", out_u64(o, "id"), time, out_str(o, "what"),
	       out_str(o, "sentence"));
}

static LFCTL_COMMAND(history)
{
	const char *name = which(cmd, &argc, &argv);
	struct json_object *list;
	uint32_t count = UINT32_MAX;
	size_t i, n;

	if (!name)
		return LFCTL_USAGE;
	if (argc &&
	    (argc != 2 || strcmp(argv[0], "--count") || !args_u32(argv[1], UINT32_MAX, &count)))
		return lfctl_usage(cmd, "unknown argument '%s'", argv[0]);
	if (read_history(name, &list))
		return LFCTL_FAIL;
	n = json_object_array_length(list);
	if (n > count)
		json_object_array_del_idx(list, 0, n - count);
	if (ctl->json) {
		out_json(list);
		return 0;
	}
	for (i = 0; i < json_object_array_length(list); i++)
		print_line(json_object_array_get_idx(list, i));
	json_object_put(list);
	return 0;
}

static struct json_object *by_id(struct json_object *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (out_u64(json_object_array_get_idx(list, i), "id") == id)
			return json_object_array_get_idx(list, i);
	return NULL;
}

static void print_all(struct json_object *o)
{
	print_line(o);
	json_object_object_foreach(o, key, value) {
		if (!strcmp(key, "what") || !strcmp(key, "sentence") || !strcmp(key, "id") ||
		    !strcmp(key, "time"))
			continue;
		printf("      %-20s %s\n", key, json_object_is_type(value, json_type_string) ?
		       json_object_get_string(value) : json_object_to_json_string(value));
	}
}

static LFCTL_COMMAND(explain)
{
	struct json_object *list, *o;
	const char *name;
	uint32_t id;
	int none = 0;

	if (argc < 1 || argc > 2 || !args_u32(argv[argc - 1], UINT32_MAX, &id))
		return lfctl_usage(cmd, "give a decision's number (lfctl learn history)");
	name = argc == 2 ? which(cmd, &argc, &argv) : which(cmd, &none, &argv);
	if (!name)
		return LFCTL_USAGE;
	if (read_history(name, &list))
		return LFCTL_FAIL;
	o = by_id(list, id);
	if (!o)
		lfctl_fail("learn explain: %s has no decision %" PRIu32, name, id);
	else if (ctl->json)
		out_json(json_object_get(o));
	else
		print_all(o);
	none = o ? 0 : LFCTL_FAIL;
	json_object_put(list);
	return none;
}

/* --- pause, resume, rollback, offer --- */

static LFCTL_COMMAND(simple)
{
	const char *name = which(cmd, &argc, &argv);

	if (!name)
		return LFCTL_USAGE;
	if (argc)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[0]);
	return do_it(ctl, cmd->name, name, NULL, false);
}

static LFCTL_COMMAND(offer)
{
	bool force = argc > 1 && !strcmp(argv[argc - 1], "force");
	char path[PATH_MAX];
	const char *name;
	int n = argc - force, none = 0;

	if (n < 1 || n > 2)
		return lfctl_usage(cmd, "no file given");
	if (!realpath(argv[n - 1], path))
		return lfctl_fail("learn offer: %s: %m", argv[n - 1]);
	name = n == 2 ? which(cmd, &n, &argv) : which(cmd, &none, &argv);
	if (!name)
		return LFCTL_USAGE;
	return do_it(ctl, "offer", name, path, force);
}

const struct command learn_commands[] = {
	{ "status", status, "[LEARNER]", "what each learner does, and what it knows", NULL },
	{ "history", history, "[LEARNER] [--count N]", "every decision, the oldest first", NULL },
	{ "explain", explain, "[LEARNER] ID", "one decision with its numbers", NULL },
	{ "pause", simple, "[LEARNER]", "stop training and activation; keep watching",
	  NULL },
	{ "resume", simple, "[LEARNER]", "end a pause", NULL },
	{ "rollback", simple, "[LEARNER]",
	  "restore the previous snapshot, and wait before the next try", NULL },
	{ "offer", offer, "[LEARNER] FILE [force]",
	  "judge this snapshot as if it had been trained; force: activate it at once, and watch it",
	  NULL },
	{ 0 }
};
