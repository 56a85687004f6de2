// SPDX-License-Identifier: GPL-2.0
/* Handlers: version, features, snapshots. */
#include "netlink.h"

#include <linux/module.h>
#include <lq/version.h>
#include "nl_gen.h"
#include "sight.h"
#include "upload.h"

/* --- version --- */

static u32 paths_here(void)
{
	u32 path, bits = 0;

	for (path = 0; path < LQ_PATHS; path++)
		if (lq_path_usable(path))
			bits |= BIT(path);
	return bits;
}

static int version_fill(struct sk_buff *msg, const struct genl_info *info)
{
	void *hdr = lf_nl_begin(msg, info);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(msg, LITEFLOW_A_VERSION_VERSION, LQ_VERSION) ||
	    nla_put_u32(msg, LITEFLOW_A_VERSION_PROTOCOL, LITEFLOW_PROTOCOL) ||
	    nla_put_u32(msg, LITEFLOW_A_VERSION_PATHS, paths_here()) ||
	    nla_put_u32(msg, LITEFLOW_A_VERSION_SNAPSHOTS, lf_snapshot_count) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_VERSION_SNAPSHOT_BYTES, lf_snapshot_bytes,
			  LITEFLOW_A_VERSION_PAD))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

int liteflow_nl_version_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *theirs = info->attrs[LITEFLOW_A_VERSION_PROTOCOL];
	struct sk_buff *msg;
	int rc;

	if (theirs && nla_get_u32(theirs) != LITEFLOW_PROTOCOL) {
		lf_extack(info->extack,
			  "liteflow %s uses protocol %u, the tool %u: install the "
			  "same version of both",
			  LQ_VERSION, LITEFLOW_PROTOCOL, nla_get_u32(theirs));
		return -EPROTONOSUPPORT;
	}
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	rc = version_fill(msg, info);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}

/* --- features: a table that never changes --- */

static int feature_fill(struct sk_buff *msg, void *hdr, const struct lq_feature_desc *f)
{
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(msg, LITEFLOW_A_FEATURE_NAME, f->name) ||
	    nla_put_string(msg, LITEFLOW_A_FEATURE_UNIT, f->unit) ||
	    nla_put_u32(msg, LITEFLOW_A_FEATURE_NUM, f->num) ||
	    nla_put_u32(msg, LITEFLOW_A_FEATURE_DEN, f->den) ||
	    nla_put_u32(msg, LITEFLOW_A_FEATURE_FROM, f->from) ||
	    nla_put_string(msg, LITEFLOW_A_FEATURE_DOC, f->doc)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

int liteflow_nl_feature_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_FEATURE_NAME);
	int id = name ? lq_feature_by_name(name) : -1;
	struct sk_buff *msg;

	if (id < 0) {
		lf_extack(info->extack, "unknown feature %s", name ?: "(no name)");
		return -ENOENT;
	}
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	if (!feature_fill(msg, lf_nl_begin(msg, info), &lq_features[id]))
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return -EMSGSIZE;
}

int liteflow_nl_feature_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	long *next = &cb->args[0];

	for (; *next < LQ_N_FEATURES; ++*next)
		if (feature_fill(skb, lf_nl_begin_dump(skb, cb, LITEFLOW_CMD_FEATURE_GET),
				 &lq_features[*next]))
			break;
	return skb->len;
}

/* --- snapshots --- */

static int input_fill(struct sk_buff *msg, const struct lf_snapshot *snap, u32 i)
{
	struct nlattr *nest = nla_nest_start(msg, LITEFLOW_A_SNAPSHOT_INPUT);

	if (!nest ||
	    nla_put_string(msg, LITEFLOW_A_INPUT_NAME, lq_file_input(snap->file, i)->name) ||
	    nla_put_s32(msg, LITEFLOW_A_INPUT_CAL_LO, snap->cal_lo[i]) ||
	    nla_put_s32(msg, LITEFLOW_A_INPUT_CAL_HI, snap->cal_hi[i]))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int output_fill(struct sk_buff *msg, const struct lf_snapshot *snap, u32 i)
{
	struct nlattr *nest = nla_nest_start(msg, LITEFLOW_A_SNAPSHOT_OUTPUT);
	const struct lq_output *out = lq_file_output(snap->file, i);

	if (!nest ||
	    nla_put_string(msg, LITEFLOW_A_OUTPUT_NAME, out->name) ||
	    nla_put_string(msg, LITEFLOW_A_OUTPUT_UNIT, out->unit) ||
	    nla_put_s32(msg, LITEFLOW_A_OUTPUT_ZP, (s32)lq_le32(&out->zp)) ||
	    nla_put_s32(msg, LITEFLOW_A_OUTPUT_M, (s32)lq_le32(&out->m)) ||
	    nla_put_s32(msg, LITEFLOW_A_OUTPUT_SHIFT, (s16)lq_le16(&out->S)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int ends_fill(struct sk_buff *msg, const struct lf_snapshot *snap)
{
	u32 i;

	for (i = 0; i < snap->n_inputs; i++)
		if (input_fill(msg, snap, i))
			return -EMSGSIZE;
	for (i = 0; i < snap->n_outputs; i++)
		if (output_fill(msg, snap, i))
			return -EMSGSIZE;
	return 0;
}

static int summary_fill(struct sk_buff *msg, const struct lf_snapshot *snap)
{
	const struct lq_info *info = &snap->info;

	if (nla_put_string(msg, LITEFLOW_A_SNAPSHOT_NAME, info->name) ||
	    nla_put(msg, LITEFLOW_A_SNAPSHOT_HASH, LQ_HASH_LEN, info->hash) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_LENGTH, snap->len) ||
	    nla_put_u8(msg, LITEFLOW_A_SNAPSHOT_KIND, info->kind) ||
	    nla_put_u8(msg, LITEFLOW_A_SNAPSHOT_MEANING, info->meaning) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_N_INPUTS, info->n_inputs) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_N_OUTPUTS, info->n_outputs) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_MACS, info->macs) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_STEPS, info->steps) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_BYTES, snap->bytes) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_USERS, snap->users) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_NS, info->ns) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_MEASURED_NS, snap->measured_ns) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SNAPSHOT_LOADED, snap->loaded_ns,
			  LITEFLOW_A_SNAPSHOT_PAD))
		return -EMSGSIZE;
	if (snap->owner)
		return nla_put_string(msg, LITEFLOW_A_SNAPSHOT_MODULE, module_name(snap->owner));
	return 0;
}

static int snapshot_fill(struct sk_buff *msg, void *hdr, const struct lf_snapshot *snap, bool whole)
{
	if (!hdr)
		return -EMSGSIZE;
	if (summary_fill(msg, snap) || (whole && ends_fill(msg, snap))) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* The snapshot that a request names, by hash or name. */
static struct lf_snapshot *snapshot_meant(struct sk_buff *skb, const struct genl_info *info)
{
	const struct nlattr *hash = info->attrs[LITEFLOW_A_SNAPSHOT_HASH];

	return lf_snapshot_find(lf_nl_text(info, LITEFLOW_A_SNAPSHOT_NAME),
				hash ? nla_data(hash) : NULL, hash ? nla_len(hash) : 0,
				lf_nl_sight(skb), info->extack);
}

int liteflow_nl_snapshot_load_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *hash = info->attrs[LITEFLOW_A_SNAPSHOT_HASH];
	struct lf_piece piece = {};

	if (GENL_REQ_ATTR_CHECK(info, LITEFLOW_A_SNAPSHOT_LENGTH) ||
	    GENL_REQ_ATTR_CHECK(info, LITEFLOW_A_SNAPSHOT_OFFSET) ||
	    GENL_REQ_ATTR_CHECK(info, LITEFLOW_A_SNAPSHOT_DATA)) {
		lf_extack(info->extack, "a piece of a snapshot needs a length, an offset and data");
		return -EINVAL;
	}
	piece.length = nla_get_u32(info->attrs[LITEFLOW_A_SNAPSHOT_LENGTH]);
	piece.offset = nla_get_u32(info->attrs[LITEFLOW_A_SNAPSHOT_OFFSET]);
	piece.data = nla_data(info->attrs[LITEFLOW_A_SNAPSHOT_DATA]);
	piece.len = nla_len(info->attrs[LITEFLOW_A_SNAPSHOT_DATA]);
	piece.hash = hash ? nla_data(hash) : NULL;
	piece.hash_len = hash ? nla_len(hash) : 0;
	return lf_upload(genl_info_net(info), info->snd_portid, &piece, info->extack);
}

/* Room for the greatest number of inputs and outputs, at their longest. */
#define SNAPSHOT_MSG	(1024 + LQ_MAX_INPUTS * 64 + LQ_MAX_OUTPUTS * 96)

static int whole_fill(struct sk_buff *msg, struct genl_info *info, const struct lf_snapshot *snap)
{
	return snapshot_fill(msg, lf_nl_begin(msg, info), snap, true);
}

#define PIECE	8192u		/* of a file that is read back */

static int piece_fill(struct sk_buff *msg, struct genl_info *info, const struct lf_snapshot *snap)
{
	const struct nlattr *at = info->attrs[LITEFLOW_A_SNAPSHOT_OFFSET];
	void *hdr = lf_nl_begin(msg, info);
	u32 offset = at ? nla_get_u32(at) : 0;
	u32 n = min_t(u64, PIECE, snap->len - min_t(u64, offset, snap->len));

	if (!n) {
		lf_extack(info->extack, "the file has %zu bytes: offset %u is past its end",
			  snap->len, offset);
		return -EINVAL;
	}
	if (!hdr || nla_put(msg, LITEFLOW_A_SNAPSHOT_HASH, LQ_HASH_LEN, snap->info.hash) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_LENGTH, snap->len) ||
	    nla_put_u32(msg, LITEFLOW_A_SNAPSHOT_OFFSET, offset) ||
	    nla_put(msg, LITEFLOW_A_SNAPSHOT_DATA, n, (const u8 *)snap->file + offset))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

/* Answers with what @fill makes of the snapshot that is meant, in at most @room bytes. */
static int snapshot_answer(struct sk_buff *skb, struct genl_info *info, size_t room,
			   int (*fill)(struct sk_buff *msg, struct genl_info *info,
				       const struct lf_snapshot *snap))
{
	struct sk_buff *msg = genlmsg_new(room, GFP_KERNEL);
	struct lf_snapshot *snap;
	int rc;

	if (!msg)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	snap = snapshot_meant(skb, info);
	rc = PTR_ERR_OR_ZERO(snap) ?: fill(msg, info, snap);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}

int liteflow_nl_snapshot_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return snapshot_answer(skb, info, SNAPSHOT_MSG, whole_fill);
}

int liteflow_nl_snapshot_read_doit(struct sk_buff *skb, struct genl_info *info)
{
	return snapshot_answer(skb, info, PIECE + 256, piece_fill);
}

int liteflow_nl_snapshot_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct net *user = lf_nl_sight(cb->skb);
	unsigned long *last = (unsigned long *)cb->ctx;
	struct lf_snapshot *snap;

	mutex_lock(&lf_mutex);
	cb->seq = lf_change;
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->serial <= *last || (user && !lf_sight(user, snap)))
			continue;
		if (snapshot_fill(skb, lf_nl_begin_dump(skb, cb, LITEFLOW_CMD_SNAPSHOT_GET), snap,
				  false))
			break;
		*last = snap->serial;
	}
	mutex_unlock(&lf_mutex);
	return skb->len;
}

int liteflow_nl_snapshot_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_snapshot *snap;
	int rc;

	mutex_lock(&lf_mutex);
	snap = snapshot_meant(skb, info);
	rc = PTR_ERR_OR_ZERO(snap) ?: lf_snapshot_delete(snap, info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}
