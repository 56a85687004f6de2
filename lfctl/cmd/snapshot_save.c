// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl snapshot save NAME|HASH FILE. A snapshot's file is read back piece by piece; all pieces
 * after the first are asked for by the hash of the first, so that they are of one file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "field.h"
#include "file.h"
#include "nl.h"
#include "out.h"
#include "replace.h"
#include "snapshot.h"

static const struct field fields[] = {
	{ "hash", LITEFLOW_A_SNAPSHOT_HASH, FIELD_HASH },
	{ "length", LITEFLOW_A_SNAPSHOT_LENGTH, FIELD_U32 },
	{ "offset", LITEFLOW_A_SNAPSHOT_OFFSET, FIELD_U32 },
	{ "data", LITEFLOW_A_SNAPSHOT_DATA, FIELD_BYTES },
	{ 0 }
};

/* Appends a piece. Returns false if it is none. */
static bool append(struct file *file, struct json_object *piece)
{
	struct json_object *data = json_object_object_get(piece, "data");
	size_t n = data ? json_object_get_string_len(data) : 0;

	if (!n || file->len + n > LQ_MAX_FILE || out_u64(piece, "offset") != file->len)
		return false;
	memcpy(file->data + file->len, json_object_get_string(data), n);
	file->len += n;
	return true;
}

/* *length: of the whole file. Returns 0, or -errno with nl->error set. */
static int read_piece(struct nl *nl, struct snapshot_ref *ref, struct file *file, uint64_t *length)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SNAPSHOT_READ, 0);
	struct json_object *piece;
	int err;

	snapshot_put_ref(nlh, ref);
	mnl_attr_put_u32(nlh, LITEFLOW_A_SNAPSHOT_OFFSET, file->len);
	err = nl_get(nl, nlh, fields, &piece);
	if (err)
		return err;
	*length = out_u64(piece, "length");
	ref->by_hash = args_hex(out_str(piece, "hash"), ref->hash, sizeof(ref->hash)) ==
		       2 * LQ_HASH_LEN;
	if (!ref->by_hash || !append(file, piece)) {
		snprintf(nl->error, sizeof(nl->error), "the kernel's answer is invalid");
		err = -EBADMSG;
	}
	json_object_put(piece);
	return err;
}

int snapshot_fetch(struct nl *nl, const char *who, const struct snapshot_ref *ref,
		   struct file *file)
{
	struct snapshot_ref all = *ref;
	uint64_t length = 1;
	int err = 0, status;

	memset(file, 0, sizeof(*file));
	file->data = malloc(LQ_MAX_FILE);
	if (!file->data)
		return lfctl_fail("out of memory");
	while (!err && file->len < length)
		err = read_piece(nl, &all, file, &length);
	if (err == -EOPNOTSUPP)
		status = lfctl_fail("%s: this module cannot save snapshots: it is too old",
				    who);
	else
		status = err ? nl_fail(nl, "%s", who) : file_check(file, who);
	if (status)
		file_free(file);
	return status;
}

static void print_saved(const struct lfctl *ctl, const struct file *file, const char *path)
{
	struct json_object *o;
	char hash[2 * LQ_HASH_LEN + 1];

	out_hex(file->hash, sizeof(file->hash), hash);
	if (!ctl->json) {
		printf("%s: snapshot %s %.*s\n", path, file->name, OUT_HASH_SHORT, hash);
		return;
	}
	o = json_object_new_object();
	out_add_str(o, "file", path);
	out_add_str(o, "name", file->name);
	out_add_str(o, "hash", hash);
	out_json(o);
}

static int write_file(const struct lfctl *ctl, const struct file *file, const char *path)
{
	struct replace r;
	int status = replace_open(&r, path);

	if (status)
		return status;
	fwrite(file->data, 1, file->len, r.f);
	status = replace_commit(&r);
	if (!status && strcmp(path, "-"))
		print_saved(ctl, file, path);
	return status;
}

LFCTL_COMMAND(snapshot_save)
{
	struct snapshot_ref ref;
	struct file file;
	struct nl nl;
	char who[300];
	int status;

	if (argc != 2)
		return lfctl_usage(cmd, "save takes a name or hash, and a file");
	if (!snapshot_word_ok(argv[0]))
		return lfctl_usage(cmd, "'%s' is neither a name nor a hash", argv[0]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	snprintf(who, sizeof(who), "snapshot save %s", argv[0]);
	status = snapshot_resolve(&nl, argv[0], &ref);
	if (!status)
		status = snapshot_fetch(&nl, who, &ref, &file);
	nl_close(&nl);
	if (status)
		return status;
	status = write_file(ctl, &file, argv[1]);
	file_free(&file);
	return status;
}
