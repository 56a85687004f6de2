// SPDX-License-Identifier: GPL-2.0
/* lfctl snapshot load FILE... | list | show NAME|HASH | save NAME|HASH FILE | del NAME|HASH... */
#include "snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "file.h"
#include "listing.h"
#include "nl.h"

/* --- load --- */

static int send_chunk(struct nl *nl, const struct file *file, uint32_t offset)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SNAPSHOT_LOAD, 0);
	uint32_t n = file->len - offset;

	mnl_attr_put_u32(nlh, LITEFLOW_A_SNAPSHOT_LENGTH, file->len);
	mnl_attr_put_u32(nlh, LITEFLOW_A_SNAPSHOT_OFFSET, offset);
	mnl_attr_put(nlh, LITEFLOW_A_SNAPSHOT_HASH, sizeof(file->hash), file->hash);
	mnl_attr_put(nlh, LITEFLOW_A_SNAPSHOT_DATA, n < LITEFLOW_CHUNK_MAX ? n : LITEFLOW_CHUNK_MAX,
		     file->data + offset);
	return nl_talk(nl, nlh);
}

int snapshot_send(struct nl *nl, const struct file *file, const char *path,
		  struct snapshot_ref *ref)
{
	uint32_t offset;

	for (offset = 0; offset < file->len; offset += LITEFLOW_CHUNK_MAX)
		if (send_chunk(nl, file, offset))
			return nl_fail(nl, "%s", path);
	ref->by_hash = true;
	memcpy(ref->hash, file->hash, sizeof(ref->hash));
	memcpy(ref->name, file->name, sizeof(ref->name));
	return 0;
}

int snapshot_load_file(struct nl *nl, const char *path, struct snapshot_ref *ref)
{
	struct file file;
	int status = file_read(&file, path);

	if (status)
		return status;
	status = snapshot_send(nl, &file, path, ref);
	file_free(&file);
	return status;
}

static void print_loaded(const struct lfctl *ctl, const char *path, const struct snapshot_ref *ref,
			 struct json_object *array)
{
	struct json_object *o = json_object_new_object();
	char hash[2 * LQ_HASH_LEN + 1];

	out_hex(ref->hash, sizeof(ref->hash), hash);
	if (!ctl->json && !ctl->quiet)
		printf("%s: snapshot %s %.*s\n", path, ref->name, OUT_HASH_SHORT, hash);
	out_add_str(o, "file", path);
	out_add_str(o, "name", ref->name);
	out_add_str(o, "hash", hash);
	json_object_array_add(array, o);
}

static LFCTL_COMMAND(load)
{
	struct json_object *array;
	struct snapshot_ref ref;
	struct file file;
	struct nl nl;
	int i, status = 0;

	if (!argc)
		return lfctl_usage(cmd, "no file given");
	/* Check all files in user space before any is loaded. */
	for (i = 0; !status && i < argc; i++) {
		status = file_read(&file, argv[i]);
		if (!status)
			file_free(&file);
	}
	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	array = json_object_new_array();
	for (i = 0; !status && i < argc; i++) {
		status = snapshot_load_file(&nl, argv[i], &ref);
		if (!status)
			print_loaded(ctl, argv[i], &ref, array);
	}
	if (ctl->json)
		out_json(array);
	else
		json_object_put(array);
	nl_close(&nl);
	return status;
}

/* --- list, show --- */

static void cell_cost(struct json_object *o, const char *key, char *text, size_t n)
{
	(void)key;
	if (out_u64(o, "macs"))
		snprintf(text, n, "%" PRIu64 " macs", out_u64(o, "macs"));
	else
		snprintf(text, n, "%" PRIu64 " steps", out_u64(o, "steps"));
}

static void cell_ns(struct json_object *o, const char *key, char *text, size_t n)
{
	char time[OUT_SHORT];

	snprintf(text, n, "%s", out_ns(out_u64(o, key), time));
}

static void cell_loaded(struct json_object *o, const char *key, char *text, size_t n)
{
	char time[OUT_SHORT];

	snprintf(text, n, "%.19s", out_time(out_u64(o, key), time));
}

static const struct out_column list_columns[] = {
	{ "NAME", "name", NULL, false, COLOR_NAME },
	{ "HASH", "hash", out_cell_hash, false, COLOR_HASH },
	{ "KIND", "kind", NULL, false },
	{ "MEANING", "meaning", NULL, false },
	{ "IN", "n_inputs", NULL, true },
	{ "OUT", "n_outputs", NULL, true },
	{ "COST", "macs", cell_cost, true },
	{ "TIME", "ns", cell_ns, true },
	{ "MEMORY", "bytes", out_cell_size, true },
	{ "USERS", "users", NULL, true },
	{ "LOADED", "loaded", cell_loaded, false },
	{ "MODULE", "module", NULL, false },
};

static void print_input(struct json_object *o)
{
	printf("  %-26s calibrated %" PRId64 " .. %" PRId64 "\n", out_str(o, "name"),
	       out_s64(o, "cal_lo"), out_s64(o, "cal_hi"));
}

static void print_output(struct json_object *o)
{
	printf("  %-26s (raw - %" PRId64 ") * %" PRId64 " / 2^%" PRId64 "%s%s\n",
	       out_str(o, "name"), out_s64(o, "zp"), out_s64(o, "m"), out_s64(o, "shift"),
	       *out_str(o, "unit") ? " " : "", out_str(o, "unit"));
}

static void print_one(struct json_object *o)
{
	char text[OUT_SHORT];
	size_t i;

	printf("snapshot %s\n", out_str(o, "name"));
	printf("hash     %s\n", out_str(o, "hash"));
	printf("kind     %s, %s\n", out_str(o, "kind"), out_str(o, "meaning"));
	cell_cost(o, "macs", text, sizeof(text));
	printf("cost     %s", text);
	printf(", about %s", out_ns(out_u64(o, "ns"), text));
	printf(", measured at load %s\n", out_ns(out_u64(o, "measured_ns"), text));
	printf("file     %s\n", out_size(out_u64(o, "length"), text));
	printf("memory   %s\n", out_size(out_u64(o, "bytes"), text));
	printf("loaded   %s%s%s\n", out_time(out_u64(o, "loaded"), text),
	       out_has(o, "module") ? " by module " : "", out_str(o, "module"));
	printf("users    %" PRIu64 "\n", out_u64(o, "users"));
	printf("inputs   %" PRIu64 "\n", out_u64(o, "n_inputs"));
	for (i = 0; i < out_length(o, "inputs"); i++)
		print_input(out_at(o, "inputs", i));
	printf("outputs  %" PRIu64 "\n", out_u64(o, "n_outputs"));
	for (i = 0; i < out_length(o, "outputs"); i++)
		print_output(out_at(o, "outputs", i));
}

static int read_one(struct nl *nl, const char *word, struct json_object **array)
{
	struct snapshot_ref ref;
	struct json_object *o;
	int status = snapshot_resolve(nl, word, &ref);

	if (status)
		return status;
	if (snapshot_get(nl, &ref, &o))
		return nl_fail(nl, "snapshot show %s", word);
	*array = json_object_new_array();
	json_object_array_add(*array, o);
	return 0;
}

static int read_snapshots(struct nl *nl, const char *word, struct json_object **array)
{
	return word ? read_one(nl, word, array) : snapshot_get_all(nl, array);
}

static const struct listing snapshots = {
	.read = read_snapshots,
	LISTING_COLUMNS(list_columns),
	.none = "no snapshots",
	.print = print_one,
};

static LFCTL_COMMAND(list)
{
	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	return listing_list(ctl, &snapshots, NULL);
}

static LFCTL_COMMAND(show)
{
	if (argc != 1)
		return lfctl_usage(cmd, "show takes one name or hash");
	if (!snapshot_word_ok(argv[0]))
		return lfctl_usage(cmd, "'%s' is neither a name nor a hash", argv[0]);
	return listing_show(ctl, &snapshots, argv[0]);
}

/* --- del --- */

static int del_one(struct nl *nl, const char *word)
{
	struct snapshot_ref ref;
	struct nlmsghdr *nlh;
	int status = snapshot_resolve(nl, word, &ref);

	if (status)
		return status;
	nlh = nl_request(nl, LITEFLOW_CMD_SNAPSHOT_DEL, 0);
	snapshot_put_ref(nlh, &ref);
	return nl_talk(nl, nlh) ? nl_fail(nl, "snapshot del %s", word) : 0;
}

static LFCTL_COMMAND(del)
{
	struct nl nl;
	int i, status;

	if (!argc)
		return lfctl_usage(cmd, "no snapshot given");
	for (i = 0; i < argc; i++)
		if (!snapshot_word_ok(argv[i]))
			return lfctl_usage(cmd, "'%s' is neither a name nor a hash", argv[i]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	for (i = 0; !status && i < argc; i++)
		status = del_one(&nl, argv[i]);
	nl_close(&nl);
	return status;
}

const struct command snapshot_commands[] = {
	{ "list", list, "", "all snapshots of this machine", NULL },
	{ "load", load, "FILE...", "check, upload and register snapshot files", NULL },
	{ "show", show, "NAME|HASH", "one snapshot with its inputs and outputs", NULL },
	{ "save", snapshot_save, "NAME|HASH FILE", "write a snapshot's file as it was loaded",
	  NULL },
	{ "del", del, "NAME|HASH...", "delete snapshots that no slot uses", NULL },
	{ 0 }
};
