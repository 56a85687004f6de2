// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots: from untrusted bytes to a model that packets may run.
 *
 *	validate	lq_validate() proves the file: layout, bounds, accumulators, budget
 *	pack		lq_pack() lays it out for the instruction-set paths
 *	prove		the file's golden vectors run on every path of this machine and must agree
 *			bit for bit; prove.c
 *	register	under lf_mutex: no second one with the same content, total memory bounded
 *
 * A snapshot that comes as a module takes the same path, with its own run() in place of the packed
 * model.
 */
#include "snapshot.h"

#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/liteflow_module.h>
#include "engine/file.h"
#include "history.h"
#include "netlink.h"
#include "prove.h"
#include "sight.h"

#define MODEL_ALIGN	64

LQ_FEATURE_TABLE;

LIST_HEAD(lf_snapshots);
size_t lf_snapshot_bytes;
unsigned int lf_snapshot_count;
static u32 snapshot_serial;

static void snapshot_free(struct lf_snapshot *snap)
{
	kvfree(snap->mem);
	kvfree(snap->file);
	kvfree(snap);
}

/* A copy, in host byte order, of what packets and listings use. */
static void read_inputs(struct lf_snapshot *snap)
{
	u32 i;

	for (i = 0; i < snap->n_inputs; i++) {
		const struct lq_input *in = lq_file_input(snap->file, i);
		int id = lq_feature_by_name(in->name);

		snap->ids[i] = id < 0 ? LF_FEATURE_UNKNOWN : id;
		snap->history |= lq_feature_is_history(snap->ids[i]);
		snap->cal_lo[i] = (s32)lq_le32(&in->cal_lo);
		snap->cal_hi[i] = (s32)lq_le32(&in->cal_hi);
	}
}

static void read_output(struct lf_snapshot *snap)
{
	const struct lq_output *out = lq_file_output(snap->file, 0);

	snap->zp = (s32)lq_le32(&out->zp);
	snap->m = (s32)lq_le32(&out->m);
	snap->shift = (s16)lq_le16(&out->S);
	snap->in_bytes = snap->meaning == LQ_MEANING_VALUE && !strcmp(out->unit, "bytes");
}

/* All leaves are looked at once, when the snapshot is loaded: confidence.h. */
static bool scores_are_votes(const struct lf_snapshot *snap)
{
	const u8 *leaf = lq_sect_at(snap->file, LQ_SECT_LEAVES);
	const u8 *end = leaf + lq_sect_len(snap->file, LQ_SECT_LEAVES);

	if (snap->meaning != LQ_MEANING_CLASS || leaf == end || snap->zp)
		return false;
	for (; leaf < end; leaf += 4)
		if ((s32)lq_le32(leaf) < 0)
			return false;
	return true;
}

static struct lf_snapshot *snapshot_create(const void *file, size_t len, const struct lq_info *info)
{
	struct lf_snapshot *snap = kvzalloc(sizeof(*snap), GFP_KERNEL_ACCOUNT);

	if (!snap)
		return NULL;
	refcount_set(&snap->refs, 1);
	INIT_LIST_HEAD(&snap->list);
	snap->file = file;
	snap->len = len;
	snap->bytes = sizeof(*snap) + len;
	snap->info = *info;
	snap->n_inputs = info->n_inputs;
	snap->n_outputs = info->n_outputs;
	snap->meaning = info->meaning;
	snap->hash = lq_le32(info->hash);
	snap->loaded_ns = ktime_get_real_ns();
	read_inputs(snap);
	read_output(snap);
	snap->votes = scores_are_votes(snap);
	return snap;
}

static int snapshot_pack(struct lf_snapshot *snap)
{
	size_t size = snap->info.model_bytes + MODEL_ALIGN - 1;

	snap->mem = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!snap->mem)
		return -ENOMEM;
	snap->bytes += size;
	snap->model = lq_pack(snap->file, &snap->info, PTR_ALIGN(snap->mem, MODEL_ALIGN));
	return 0;
}

static struct lf_snapshot *find_same(const struct lf_snapshot *snap)
{
	struct lf_snapshot *other;

	list_for_each_entry(other, &lf_snapshots, list)
		if (!memcmp(other->info.hash, snap->info.hash, LQ_HASH_LEN))
			return other;
	return NULL;
}

/* Return: 0; 1 if the same content is registered already; or an error. */
static int snapshot_register(struct lf_snapshot *snap, struct netlink_ext_ack *extack)
{
	const struct lf_snapshot *same;

	lockdep_assert_held(&lf_mutex);
	same = find_same(snap);
	if (same && !strcmp(same->info.name, snap->info.name) && !snap->run)
		return 1;
	if (same) {
		lf_extack(extack, "snapshot %s is already loaded as %s", snap->info.name,
			  same->info.name);
		return -EEXIST;
	}
	if (snap->bytes > LF_SNAPSHOT_MEMORY - lf_snapshot_bytes) {
		lf_extack(extack,
			  "snapshots may use %u MiB in total: %zu KiB are left, %s needs "
			  "%zu, delete one first",
			  LF_SNAPSHOT_MEMORY >> 20, (LF_SNAPSHOT_MEMORY - lf_snapshot_bytes) >> 10,
			  snap->info.name, snap->bytes >> 10);
		return -ENOSPC;
	}
	lf_next_change();
	snap->serial = ++snapshot_serial;
	list_add_tail(&snap->list, &lf_snapshots);
	lf_snapshot_bytes += snap->bytes;
	lf_snapshot_count++;
	lf_nl_snapshot_event(snap, "loaded");
	return 0;
}

/* Always takes over @file. @sm: the module that it comes with, or NULL. */
static int snapshot_add(void *file, size_t len, const struct lf_snapshot_module *sm,
			struct netlink_ext_ack *extack)
{
	struct lf_snapshot *snap;
	struct lq_info info;
	struct lq_err err;
	int rc;

	rc = lq_validate(file, len, &info, &err);
	if (rc) {
		lf_extack(extack, "%s", err.msg);
		kvfree(file);
		return rc;
	}
	snap = snapshot_create(file, len, &info);
	if (!snap) {
		kvfree(file);
		return -ENOMEM;
	}
	if (sm) {
		snap->run = sm->run;
		snap->owner = sm->owner;
	} else {
		rc = snapshot_pack(snap);
		if (rc)
			goto free_snapshot;
	}
	rc = lf_prove(snap, &err);
	if (rc) {
		lf_extack(extack, "%s", err.msg);
		goto free_snapshot;
	}
	mutex_lock(&lf_mutex);
	rc = snapshot_register(snap, extack);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return 0;

free_snapshot:
	snapshot_free(snap);
	return min(rc, 0);
}

int lf_snapshot_load(void *file, size_t len, struct netlink_ext_ack *extack)
{
	return snapshot_add(file, len, NULL, extack);
}

static void snapshot_unlist(struct lf_snapshot *snap)
{
	lockdep_assert_held(&lf_mutex);
	lf_next_change();
	list_del(&snap->list);
	lf_snapshot_bytes -= snap->bytes;
	lf_snapshot_count--;
}

static void snapshot_drop(struct lf_snapshot *snap)
{
	if (refcount_dec_and_test(&snap->refs))
		snapshot_free(snap);
}

int lf_snapshot_delete(struct lf_snapshot *snap, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (snap->owner) {
		lf_extack(extack, "snapshot %s belongs to module %s: rmmod it", snap->info.name,
			  module_name(snap->owner));
		return -EBUSY;
	}
	if (snap->users) {
		lf_extack(extack, "snapshot %s is in use by slots, %u references", snap->info.name,
			  snap->users);
		return -EBUSY;
	}
	snapshot_unlist(snap);
	lf_nl_snapshot_event(snap, "deleted");
	snapshot_drop(snap);
	return 0;
}

#define HASH_MIN	4	/* bytes, to find a snapshot by */

static bool is_seen(const struct lf_snapshot *snap, const struct net *user)
{
	return !user || lf_sight(user, snap);
}

static struct lf_snapshot *find_by_hash(const u8 *hash, unsigned int len, const struct net *user,
					struct netlink_ext_ack *extack)
{
	struct lf_snapshot *snap, *found = NULL;

	if (len < HASH_MIN || len > LQ_HASH_LEN) {
		lf_extack(extack,
			  "a snapshot is found by the first %d to %d bytes of its hash, "
			  "not by %u",
			  HASH_MIN, LQ_HASH_LEN, len);
		return ERR_PTR(-EINVAL);
	}
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (memcmp(snap->info.hash, hash, len) || !is_seen(snap, user))
			continue;
		if (found) {
			lf_extack(extack, "more than one snapshot has hash %*phN: give more digits",
				  (int)len, hash);
			return ERR_PTR(-ENOTUNIQ);
		}
		found = snap;
	}
	if (found)
		return found;
	lf_extack(extack, "no snapshot's hash begins with %*phN", (int)len, hash);
	return ERR_PTR(-ENOENT);
}

struct lf_snapshot *lf_snapshot_find(const char *name, const u8 *hash, unsigned int hash_len,
				     const struct net *user, struct netlink_ext_ack *extack)
{
	struct lf_snapshot *snap;

	lockdep_assert_held(&lf_mutex);
	if (hash)
		return find_by_hash(hash, hash_len, user, extack);
	if (!name) {
		lf_extack(extack, "no snapshot name or hash given");
		return ERR_PTR(-EINVAL);
	}
	list_for_each_entry_reverse(snap, &lf_snapshots, list)
		if (!strcmp(snap->info.name, name) && is_seen(snap, user))
			return snap;
	lf_extack(extack, "no snapshot %s is loaded", name);
	return ERR_PTR(-ENOENT);
}

bool lf_snapshot_use(struct lf_snapshot *snap)
{
	lockdep_assert_held(&lf_mutex);
	if (!try_module_get(snap->owner))
		return false;
	refcount_inc(&snap->refs);
	snap->users++;
	return true;
}

void lf_snapshot_unuse(struct lf_snapshot *snap)
{
	lockdep_assert_held(&lf_mutex);
	snap->users--;
}

void lf_snapshot_put(struct lf_snapshot *snap)
{
	struct module *owner = snap->owner;

	snapshot_drop(snap);
	module_put(owner);
}

int lf_snapshot_register(struct lf_snapshot_module *sm)
{
	struct netlink_ext_ack extack = {};
	void *file;
	int rc;

	if (!sm->run || !sm->len || sm->len > LQ_MAX_FILE)
		return -EINVAL;
	file = kvmalloc(sm->len, GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	memcpy(file, sm->file, sm->len);
	rc = snapshot_add(file, sm->len, sm, &extack);
	if (rc)
		pr_warn("%s: snapshot rejected: %s\n", module_name(sm->owner),
			extack._msg ?: "out of memory");
	return rc;
}
EXPORT_SYMBOL_GPL(lf_snapshot_register);

/* The module is going, so nobody holds a reference to it, and no slot holds its snapshot. */
void lf_snapshot_unregister(struct lf_snapshot_module *sm)
{
	struct lf_snapshot *snap, *next;

	/* Generations released just now may still wait for their grace period. */
	rcu_barrier();
	flush_workqueue(lf_wq);
	mutex_lock(&lf_mutex);
	list_for_each_entry_safe(snap, next, &lf_snapshots, list) {
		if (snap->owner != sm->owner || snap->run != sm->run)
			continue;
		snapshot_unlist(snap);
		lf_nl_snapshot_event(snap, "deleted");
		snapshot_drop(snap);
	}
	mutex_unlock(&lf_mutex);
}
EXPORT_SYMBOL_GPL(lf_snapshot_unregister);

/* All slots are gone, and all users with them. */
void lf_snapshot_uninit(void)
{
	struct lf_snapshot *snap, *next;

	mutex_lock(&lf_mutex);
	list_for_each_entry_safe(snap, next, &lf_snapshots, list) {
		WARN_ON(snap->users);
		snapshot_unlist(snap);
		snapshot_drop(snap);
	}
	mutex_unlock(&lf_mutex);
}
