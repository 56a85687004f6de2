// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "nl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <json-c/json.h>
#include <linux/filter.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "field.h"
#include "netns.h"
#include "out.h"
#include "version.h"

/* a chunk, and the rest of a request */
#define OUT_SIZE	(LITEFLOW_CHUNK_MAX + 4096)
/* the largest batch: two attributes of 64 KiB, and its head */
#define IN_SIZE		(160 * 1024)
#define DUMP_TRIES	8

/* --- attributes --- */

struct table {
	const uint8_t *types;
	const struct nlattr **tb;
	uint16_t max;
};

static int attr_cb(const struct nlattr *attr, void *data)
{
	const struct table *t = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type > t->max || t->types[type] == MNL_TYPE_UNSPEC)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, t->types[type]) < 0)
		return MNL_CB_ERROR;
	if (!t->tb[type])
		t->tb[type] = attr;
	return MNL_CB_OK;
}

/* --- errors: the kernel's messages beyond errno --- */

static const uint8_t ack_types[] = {
	[NLMSGERR_ATTR_MSG] = MNL_TYPE_NUL_STRING,
	[NLMSGERR_ATTR_OFFS] = MNL_TYPE_U32,
	[NLMSGERR_ATTR_MISS_TYPE] = MNL_TYPE_U32,
};

#define ACK_MAX	NLMSGERR_ATTR_MISS_TYPE

/*
 * The TLVs of an extended ack follow the echoed request, which is cut to its header if the ack is
 * capped.
 */
static const char *ack_parse(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	struct table t = { ack_types, tb, ACK_MAX };
	size_t skip = sizeof(*err);

	memset(tb, 0, (ACK_MAX + 1) * sizeof(*tb));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += MNL_ALIGN(err->msg.nlmsg_len - sizeof(err->msg));
	if (skip > nlh->nlmsg_len - MNL_NLMSG_HDRLEN || mnl_attr_parse(nlh, skip, attr_cb, &t) < 0)
		return NULL;
	return tb[NLMSGERR_ATTR_MSG] ? mnl_attr_get_str(tb[NLMSGERR_ATTR_MSG]) : NULL;
}

/*
 * Type of the top-level attribute of our request that the kernel points at, 0 if it points at none.
 */
static uint16_t ack_culprit(const struct nl *nl, const struct nlattr **tb)
{
	const struct nlmsghdr *sent = (const void *)nl->out;
	const struct nlattr *attr;
	uint32_t at;

	if (tb[NLMSGERR_ATTR_MISS_TYPE])
		return mnl_attr_get_u32(tb[NLMSGERR_ATTR_MISS_TYPE]);
	if (!tb[NLMSGERR_ATTR_OFFS])
		return 0;
	at = mnl_attr_get_u32(tb[NLMSGERR_ATTR_OFFS]);
	mnl_attr_for_each(attr, sent, sizeof(struct genlmsghdr))
		if ((const char *)attr - (const char *)sent == at)
			return mnl_attr_get_type(attr);
	return 0;
}

/* Messages of the kernel's policy checks, which do not name the attribute. The module's own do. */
static bool bare(const char *msg)
{
	static const char *const generic[] = {
		"Attribute failed policy validation",
		"integer out of range",
		"Unknown attribute type",
		"invalid attribute length",
		"NLA_F_NESTED is missing",
	};
	size_t i;

	for (i = 0; i < sizeof(generic) / sizeof(generic[0]); i++)
		if (!strcmp(msg, generic[i]))
			return true;
	return false;
}

/* The permission that the request needs, as in spec/; the kernel has no message for that. */
static const char *right(const struct nl *nl)
{
	const struct nlmsghdr *sent = (const void *)nl->out;
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(sent);

	if (!nl->other && (genl->cmd == LITEFLOW_CMD_SNAPSHOT_LOAD ||
			   genl->cmd == LITEFLOW_CMD_SNAPSHOT_DEL))
		return "this needs CAP_NET_ADMIN in the initial user namespace, that of the "
		       "machine's root";
	return "this needs CAP_NET_ADMIN over the network namespace";
}

/* An ack or error: 0 or -errno, nl->error set. */
static int ack(struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[ACK_MAX + 1];
	const char *msg;
	uint16_t type;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return -EBADMSG;
	msg = ack_parse(nlh, tb);
	if (!err->error) {
		snprintf(nl->note, sizeof(nl->note), "%s", msg ? msg : "");
		return 0;
	}
	type = ack_culprit(nl, tb);
	if (msg && type && bare(msg))
		snprintf(nl->error, sizeof(nl->error), "%s (attribute %u)", msg, type);
	else if (!msg && err->error == -EPERM)
		snprintf(nl->error, sizeof(nl->error), "%s: %s", strerror(EPERM), right(nl));
	else
		snprintf(nl->error, sizeof(nl->error), "%s", msg ? msg : strerror(-err->error));
	return err->error < 0 ? err->error : -EBADMSG;
}

int nl_fail(const struct nl *nl, const char *fmt, ...)
{
	char context[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	return lfctl_fail("%s: Error: %s", context, nl->error);
}

/* --- requests --- */

static struct nlmsghdr *request(struct nl *nl, uint16_t family, uint8_t cmd, uint8_t version,
				uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->out);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags)
{
	return request(nl, nl->family, cmd, LITEFLOW_FAMILY_VERSION, flags);
}

static int oserror(struct nl *nl)
{
	int err = errno;

	snprintf(nl->error, sizeof(nl->error), "%s", strerror(err));
	return -err;
}

/* The end of a dump carries an error if the dump could not continue. */
static int done(struct nl *nl, const struct nlmsghdr *nlh)
{
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	if (err < 0)
		snprintf(nl->error, sizeof(nl->error), "%s", strerror(-err));
	return err < 0 ? err : 0;
}

/*
 * Reads answers until the ack, the error or the end of the dump that belongs to the last request.
 * -EINTR: the dump was not consistent.
 */
static int answers(struct nl *nl, const struct field *fields, struct json_object *array)
{
	const struct nlmsghdr *nlh;
	struct json_object *object;
	bool torn = false;
	int len, err;

	for (;;) {
		len = mnl_socket_recvfrom(nl->sk, nl->in, IN_SIZE);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return oserror(nl);
		for (nlh = (void *)nl->in; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != nl->seq ||
			    (nlh->nlmsg_pid && nlh->nlmsg_pid != nl->portid))
				continue;
			torn |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				err = ack(nl, nlh);
				return err ? err : torn ? -EINTR : 0;
			}
			if (nlh->nlmsg_type == NLMSG_DONE) {
				err = done(nl, nlh);
				return err ? err : torn ? -EINTR : 0;
			}
			object = nlh->nlmsg_type >= NLMSG_MIN_TYPE && fields ?
					 field_message(nlh, fields) :
					 NULL;
			if (object && (!nl->keep || nl->keep(object, nl->keep_data)))
				json_object_array_add(array, object);
			else
				json_object_put(object);
		}
	}
}

static int exchange(struct nl *nl, struct nlmsghdr *nlh, const struct field *fields,
		    struct json_object *array)
{
	nlh->nlmsg_seq = ++nl->seq;
	*nl->note = 0;
	snprintf(nl->error, sizeof(nl->error), "the kernel's answer is invalid");
	if (mnl_socket_sendto(nl->sk, nlh, nlh->nlmsg_len) < 0)
		return oserror(nl);
	return answers(nl, fields, array);
}

int nl_ask(struct nl *nl, struct nlmsghdr *nlh)
{
	return exchange(nl, nlh, NULL, NULL);
}

int nl_talk(struct nl *nl, struct nlmsghdr *nlh)
{
	int err = nl_ask(nl, nlh);

	if (!err && *nl->note)
		fprintf(stderr, "lfctl: Warning: %s\n", nl->note);
	return err;
}

int nl_collect(struct nl *nl, struct nlmsghdr *nlh, const struct field *fields,
	       struct json_object **array)
{
	int err, i;

	for (i = 0; i < DUMP_TRIES; i++) {
		*array = json_object_new_array();
		err = exchange(nl, nlh, fields, *array);
		if (!err)
			return 0;
		json_object_put(*array);
		*array = NULL;
		if (err != -EINTR)
			return err;
	}
	snprintf(nl->error, sizeof(nl->error), "the list changes faster than it can be read");
	return err;
}

int nl_get(struct nl *nl, struct nlmsghdr *nlh, const struct field *fields,
	   struct json_object **object)
{
	struct json_object *array;
	int err = nl_collect(nl, nlh, fields, &array);

	*object = NULL;
	if (err)
		return err;
	if (json_object_array_length(array))
		*object = json_object_get(json_object_array_get_idx(array, 0));
	json_object_put(array);
	if (*object)
		return 0;
	snprintf(nl->error, sizeof(nl->error),
		 "this tool cannot read the kernel's answer");
	return -EBADMSG;
}

int nl_join(struct nl *nl, uint32_t group, const char *who)
{
	if (!mnl_socket_setsockopt(nl->sk, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return 0;
	if (errno == EPERM)
		return lfctl_fail("%s: this needs CAP_NET_ADMIN over the network namespace", who);
	return lfctl_fail("%s: %m", who);
}

/* Attributes are padded with zeros: the text is compared word by word, its end included. */
int nl_only(struct nl *nl, const char *text, const char *who)
{
	const uint32_t first = NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN;
	struct sock_filter code[2 * LITEFLOW_SLOT_NAME_LEN / 4 + 2];
	unsigned char padded[LITEFLOW_SLOT_NAME_LEN] = { 0 }, *c;
	size_t words = strlen(text) / 4 + 1, i;
	struct sock_fprog prog = { .len = 2 * words + 2, .filter = code };

	if (words > LITEFLOW_SLOT_NAME_LEN / 4)
		return lfctl_fail("%s: '%s' is not a name", who, text);
	memcpy(padded, text, strlen(text));
	for (i = 0, c = padded; i < words; i++, c += 4) {
		code[2 * i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first + 4 * i);
		code[2 * i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			(uint32_t)c[0] << 24 | c[1] << 16 | c[2] << 8 | c[3],
			0, 2 * (words - i) - 1);
	}
	code[2 * words] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	code[2 * words + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	if (!setsockopt(mnl_socket_get_fd(nl->sk), SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			sizeof(prog)))
		return 0;
	return lfctl_fail("%s: %m", who);
}

int nl_receive(struct nl *nl, void (*fn)(const struct nlmsghdr *nlh, void *data), void *data)
{
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len, n = 0;

	got = recv(mnl_socket_get_fd(nl->sk), nl->in, IN_SIZE, MSG_DONTWAIT | MSG_TRUNC);
	if (got < 0)
		return errno == EINTR ? -EAGAIN : oserror(nl);
	if (got > IN_SIZE)
		return -ENOBUFS;
	len = got;
	for (nlh = (void *)nl->in; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type != nl->family)
			continue;
		fn(nlh, data);
		n++;
	}
	return n;
}

/* --- the family --- */

static const struct field group_fields[] = {
	{ "name", CTRL_ATTR_MCAST_GRP_NAME, FIELD_STR },
	{ "id", CTRL_ATTR_MCAST_GRP_ID, FIELD_U32 },
	{ 0 }
};

static const struct field family_fields[] = {
	{ "id", CTRL_ATTR_FAMILY_ID, FIELD_U16 },
	{ "groups", CTRL_ATTR_MCAST_GROUPS, FIELD_LIST, FIELD_SUB(group_fields) },
	{ 0 }
};

static uint32_t group_id(struct json_object *family, const char *name)
{
	size_t i;

	for (i = 0; i < out_length(family, "groups"); i++)
		if (!strcmp(out_str(out_at(family, "groups", i), "name"), name))
			return out_u64(out_at(family, "groups", i), "id");
	return 0;
}

/* The kernel loads the module by the family's name if depmod knows it. */
static int find_family(struct nl *nl, const char *name, const char *module,
		       struct json_object **object)
{
	struct nlmsghdr *nlh = request(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	int err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	err = nl_get(nl, nlh, family_fields, object);
	if (err == -ENOENT)
		return lfctl_fail("the %s module is not loaded (modprobe %s)", module, module);
	if (err)
		return nl_fail(nl, "generic netlink");
	nl->family = out_u64(*object, "id");
	return 0;
}

int nl_use(struct nl *nl, const char *name, const char *module)
{
	struct json_object *object = NULL;
	int status = find_family(nl, name, module, &object);

	nl->other = true;
	json_object_put(object);
	return status;
}

static int find_liteflow(struct nl *nl)
{
	struct json_object *object;
	int status = find_family(nl, LITEFLOW_FAMILY_NAME, "liteflow", &object);

	if (status)
		return status;
	nl->samples = group_id(object, LITEFLOW_MCGRP_SAMPLES);
	nl->events = group_id(object, LITEFLOW_MCGRP_EVENTS);
	json_object_put(object);
	return 0;
}

static int open_socket(struct nl *nl)
{
	int one = 1;

	nl->sk = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sk || mnl_socket_bind(nl->sk, 0, MNL_SOCKET_AUTOPID) < 0)
		return lfctl_fail("netlink socket: %m");
	/* Each improves errors or makes checks stricter; none is required. */
	mnl_socket_setsockopt(nl->sk, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sk, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sk, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	nl->portid = mnl_socket_get_portid(nl->sk);
	nl->seq = time(NULL);
	return 0;
}

int nl_open_any(struct nl *nl, const struct lfctl *ctl)
{
	int status;

	memset(nl, 0, sizeof(*nl));
	if (ctl->netns) {
		status = netns_enter(ctl->netns);
		if (status)
			return status;
	}
	nl->out = calloc(1, OUT_SIZE);
	nl->in = calloc(1, IN_SIZE);
	if (!nl->out || !nl->in) {
		status = lfctl_fail("out of memory");
	} else {
		status = open_socket(nl);
		if (!status)
			status = find_liteflow(nl);
	}
	if (status)
		nl_close(nl);
	return status;
}

void nl_close(struct nl *nl)
{
	if (nl->sk)
		mnl_socket_close(nl->sk);
	free(nl->out);
	free(nl->in);
	memset(nl, 0, sizeof(*nl));
}
