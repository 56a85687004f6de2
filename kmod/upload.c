// SPDX-License-Identifier: GPL-2.0
/*
 * Assembly of a snapshot file from pieces. Each socket (network namespace and port id) has one
 * upload at a time. An upload begins with the piece at offset 0, which discards any unfinished one.
 * Pieces come in order; the last one passes the file to the registry. An upload is discarded when
 * its socket closes, after any error, or when idle.
 */
#include "upload.h"

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include "snapshot.h"

#define UPLOADS_MAX	16
#define UPLOAD_IDLE	(30 * HZ)

struct upload {
	struct list_head list;
	const struct net *net;	/* for comparison only */
	u32 portid;
	u32 length, have;
	unsigned long used;	/* jiffies */
	u8 *file;
};

static LIST_HEAD(uploads);
static unsigned int n_uploads;
static DEFINE_MUTEX(upload_mutex);	/* innermost */

static void upload_sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, upload_sweep);

static struct upload *upload_find(const struct net *net, u32 portid)
{
	struct upload *u;

	lockdep_assert_held(&upload_mutex);
	list_for_each_entry(u, &uploads, list)
		if (u->net == net && u->portid == portid)
			return u;
	return NULL;
}

static void upload_destroy(struct upload *u)
{
	lockdep_assert_held(&upload_mutex);
	list_del(&u->list);
	n_uploads--;
	kvfree(u->file);
	kfree(u);
}

static struct upload *upload_create(const struct net *net, u32 portid, u32 length,
				    struct netlink_ext_ack *extack)
{
	struct upload *u;

	if (length < LQ_HEADER_LEN || length > LQ_MAX_FILE) {
		lf_extack(extack, "a snapshot has %u to %u bytes, not %u", LQ_HEADER_LEN,
			  LQ_MAX_FILE, length);
		return ERR_PTR(-E2BIG);
	}
	if (n_uploads == UPLOADS_MAX) {
		lf_extack(extack, "%u uploads are in progress, the maximum", n_uploads);
		return ERR_PTR(-EBUSY);
	}
	u = kzalloc(sizeof(*u), GFP_KERNEL_ACCOUNT);
	if (!u)
		return ERR_PTR(-ENOMEM);
	u->file = kvmalloc(length, GFP_KERNEL_ACCOUNT);
	if (!u->file) {
		kfree(u);
		return ERR_PTR(-ENOMEM);
	}
	u->net = net;
	u->portid = portid;
	u->length = length;
	list_add_tail(&u->list, &uploads);
	n_uploads++;
	queue_delayed_work(lf_wq, &sweep_work, UPLOAD_IDLE);
	return u;
}

static struct upload *upload_begin(const struct net *net, u32 portid, const struct lf_piece *piece,
				   struct netlink_ext_ack *extack)
{
	struct upload *u = upload_find(net, portid);

	if (piece->offset) {
		if (!u)
			lf_extack(extack, "no upload is in progress on this socket: start at "
					  "offset 0");
		return u ?: ERR_PTR(-ENOENT);
	}
	if (u)
		upload_destroy(u);
	return upload_create(net, portid, piece->length, extack);
}

static int upload_append(struct upload *u, const struct lf_piece *piece,
			 struct netlink_ext_ack *extack)
{
	if (piece->length != u->length) {
		lf_extack(extack, "the length changed from %u to %u bytes within the upload",
			  u->length, piece->length);
		return -EINVAL;
	}
	if (piece->offset != u->have) {
		lf_extack(extack, "the piece at offset %u is out of order: offset %u is next",
			  piece->offset, u->have);
		return -EINVAL;
	}
	if (!piece->len || piece->len > LITEFLOW_CHUNK_MAX || piece->len > u->length - u->have) {
		lf_extack(extack,
			  "a piece has 1 to %u bytes and ends within the file, not %u at %u of %u",
			  LITEFLOW_CHUNK_MAX, piece->len, piece->offset, u->length);
		return -EMSGSIZE;
	}
	memcpy(u->file + u->have, piece->data, piece->len);
	u->have += piece->len;
	u->used = jiffies;
	return 0;
}

/*
 * Return: the whole file, which no longer belongs to the upload; NULL if more is to come; ERR_PTR()
 * after discarding the upload.
 */
static u8 *upload_take(struct net *net, u32 portid, const struct lf_piece *piece,
		       struct netlink_ext_ack *extack)
{
	struct upload *u;
	u8 *file = NULL;
	int rc;

	mutex_lock(&upload_mutex);
	u = upload_begin(net, portid, piece, extack);
	if (IS_ERR(u)) {
		mutex_unlock(&upload_mutex);
		return ERR_CAST(u);
	}
	rc = upload_append(u, piece, extack);
	if (!rc && u->have == u->length)
		swap(file, u->file);
	if (rc || file)
		upload_destroy(u);
	mutex_unlock(&upload_mutex);
	return rc ? ERR_PTR(rc) : file;
}

/* Is it the announced file? What its header claims is proved later. */
static int check_hash(const u8 *file, const struct lf_piece *piece, struct netlink_ext_ack *extack)
{
	const struct lq_header *h = (const struct lq_header *)file;

	if (!piece->hash)
		return 0;
	if (piece->hash_len <= LQ_HASH_LEN && !memcmp(h->hash, piece->hash, piece->hash_len))
		return 0;
	lf_extack(extack, "the file's content hash differs from the announced one");
	return -EBADMSG;
}

int lf_upload(struct net *net, u32 portid, const struct lf_piece *piece,
	      struct netlink_ext_ack *extack)
{
	u8 *file = upload_take(net, portid, piece, extack);
	int rc;

	if (IS_ERR_OR_NULL(file))
		return PTR_ERR_OR_ZERO(file);
	rc = check_hash(file, piece, extack);
	if (rc) {
		kvfree(file);
		return rc;
	}
	return lf_snapshot_load(file, piece->length, extack);
}

static void upload_sweep(struct work_struct *work)
{
	struct upload *u, *next;

	mutex_lock(&upload_mutex);
	list_for_each_entry_safe(u, next, &uploads, list)
		if (time_after(jiffies, u->used + UPLOAD_IDLE))
			upload_destroy(u);
	if (n_uploads)
		queue_delayed_work(lf_wq, &sweep_work, UPLOAD_IDLE);
	mutex_unlock(&upload_mutex);
}

static int socket_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct netlink_notify *n = ptr;
	struct upload *u;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	mutex_lock(&upload_mutex);
	u = upload_find(n->net, n->portid);
	if (u)
		upload_destroy(u);
	mutex_unlock(&upload_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

int lf_upload_init(void)
{
	return netlink_register_notifier(&socket_notifier);
}

/* The family is gone: no more pieces come. */
void lf_upload_uninit(void)
{
	struct upload *u, *next;

	netlink_unregister_notifier(&socket_notifier);
	cancel_delayed_work_sync(&sweep_work);
	mutex_lock(&upload_mutex);
	list_for_each_entry_safe(u, next, &uploads, list)
		upload_destroy(u);
	mutex_unlock(&upload_mutex);
}
