// SPDX-License-Identifier: GPL-2.0
/*
 * The process that decides: build/bench/cc-decide MODEL.lfs PERIOD_US
 *
 * The same snapshot and the same engine as the kernel's, on the fastest path of this CPU. It takes
 * all questions that wait in one system call and answers them in one more, which is as little
 * crossing as netlink knows. Prints "ready" once it is asked, and goes when killed.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "../../../codegen/lfs.h"
#include "lf_user.h"

#define TOGETHER	64			/* questions at a time */
#define ROOM		512			/* bytes of one, and of its answer */
#define BACKLOG		(4 << 20)		/* bytes of the socket's buffer */
#define STEPS		65536			/* of an action */
#define ACTION_MAX	10

struct question {
	uint32_t conn, number;
	const int32_t *inputs;
};

struct process {
	struct mnl_socket *sk;
	uint16_t family;
	struct lfs model;
	struct plan_output out;
	enum lq_path path;
	int source[LQ_MAX_INPUTS];	/* which of the question's inputs each of the model's is */
	char in[TOGETHER][ROOM] __attribute__((__aligned__(8)));
	char answers[TOGETHER * ROOM] __attribute__((__aligned__(8)));
	size_t answers_len;
};

__attribute__((__format__(printf, 1, 2), __noreturn__)) static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("cc-decide: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* --- the model --- */

static int source_of(const char *name)
{
	static const char *const names[] = { "latency_inflation", "latency_ratio", "send_ratio" };
	char full[LQ_NAME_LEN];
	int i;

	for (i = 0; i < LFU_INPUTS; i++) {
		snprintf(full, sizeof(full), "cc.%s.%d", names[i % 3], i / 3);
		if (!strcmp(full, name))
			return i;
	}
	return -1;
}

static void model_open(struct process *p, const char *path)
{
	struct graph_err err;
	uint32_t i;

	if (lfs_read(&p->model, path, &err))
		die("%s", err.msg);
	if (p->model.info.meaning != LQ_MEANING_VALUE)
		die("%s: its output is no value", path);
	for (i = 0; i < p->model.info.n_inputs; i++) {
		p->source[i] = source_of(lfs_input(&p->model, i).name);
		if (p->source[i] < 0)
			die("%s: nobody sends the feature %s", path, lfs_input(&p->model, i).name);
	}
	p->out = lfs_output(&p->model, 0);
	p->path = lq_path_best(p->model.packed, lq_path_usable(LQ_PATH_AVX2), 1);
}

/* To the bit what the kernel makes of the same inputs: the product is exact in a double. */
static int32_t decide(struct process *p, const int32_t *inputs)
{
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	double a;
	uint32_t i;

	for (i = 0; i < p->model.info.n_inputs; i++)
		x[i] = inputs[p->source[i]];
	lfs_infer(&p->model, p->path, x, y);
	a = fmax(fmin(plan_value(&p->out, y[0]), ACTION_MAX), -ACTION_MAX);
	return (int32_t)floor(a * STEPS + 0.5);
}

/* --- messages --- */

static struct nlmsghdr *message(void *buffer, uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = LFU_VERSION;
	return nlh;
}

/* Sends and waits for the ack; @cb gets what comes before it. */
static void talk(struct process *p, struct nlmsghdr *nlh, mnl_cb_t cb)
{
	char buffer[8192];
	ssize_t n;
	int rc = MNL_CB_OK;

	if (mnl_socket_sendto(p->sk, nlh, nlh->nlmsg_len) < 0)
		die("netlink: %s", strerror(errno));
	while (rc > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(p->sk, buffer, sizeof(buffer));
		rc = n < 0 ? MNL_CB_ERROR :
			     mnl_cb_run(buffer, n, 0, mnl_socket_get_portid(p->sk), cb, p);
	}
	if (rc < 0)
		die("netlink: %s", strerror(errno));
}

static int family_cb(const struct nlmsghdr *nlh, void *data)
{
	struct process *p = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			p->family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static void wire_open(struct process *p, uint32_t period_us)
{
	int size = BACKLOG;
	char buffer[ROOM];
	struct nlmsghdr *nlh;

	p->sk = mnl_socket_open(NETLINK_GENERIC);
	if (!p->sk || mnl_socket_bind(p->sk, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink: %s", strerror(errno));
	if (setsockopt(mnl_socket_get_fd(p->sk), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) <
	    0)
		die("buffer: %s", strerror(errno));
	nlh = message(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, LFU_FAMILY);
	talk(p, nlh, family_cb);
	nlh = message(buffer, p->family, LFU_CMD_REGISTER, NLM_F_ACK);
	mnl_attr_put_u32(nlh, LFU_A_PERIOD_US, period_us);
	talk(p, nlh, NULL);
}

static bool question_read(const struct nlmsghdr *nlh, struct question *q)
{
	const struct nlattr *attr;

	memset(q, 0, sizeof(*q));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case LFU_A_CONN:
			q->conn = mnl_attr_get_u32(attr);
			break;
		case LFU_A_NUMBER:
			q->number = mnl_attr_get_u32(attr);
			break;
		case LFU_A_INPUTS:
			if (mnl_attr_get_payload_len(attr) == LFU_INPUTS * sizeof(*q->inputs))
				q->inputs = mnl_attr_get_payload(attr);
			break;
		}
	}
	return q->inputs;
}

static int question_cb(const struct nlmsghdr *nlh, void *data)
{
	struct process *p = data;
	struct nlmsghdr *answer;
	struct question q;

	if (nlh->nlmsg_type != p->family || !question_read(nlh, &q))
		return MNL_CB_OK;
	answer = message(p->answers + p->answers_len, p->family, LFU_CMD_ANSWER, 0);
	mnl_attr_put_u32(answer, LFU_A_CONN, q.conn);
	mnl_attr_put_u32(answer, LFU_A_NUMBER, q.number);
	mnl_attr_put_u32(answer, LFU_A_ACTION, (uint32_t)decide(p, q.inputs));
	p->answers_len += NLMSG_ALIGN(answer->nlmsg_len);
	return MNL_CB_OK;
}

/*
 * The first question is waited for. A buffer that ran over has lost some; the kernel counts them.
 */
static int receive(struct process *p, struct mmsghdr *msgs)
{
	int n = recvmmsg(mnl_socket_get_fd(p->sk), msgs, TOGETHER, MSG_WAITFORONE, NULL);

	if (n < 0 && errno != ENOBUFS && errno != EINTR)
		die("netlink: %s", strerror(errno));
	return n;
}

static void serve(struct process *p)
{
	struct mmsghdr msgs[TOGETHER];
	struct iovec iov[TOGETHER];
	int i, n;

	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < TOGETHER; i++) {
		iov[i] = (struct iovec){ .iov_base = p->in[i], .iov_len = ROOM };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	for (;;) {
		n = receive(p, msgs);
		p->answers_len = 0;
		for (i = 0; i < n; i++)
			mnl_cb_run(p->in[i], msgs[i].msg_len, 0, 0, question_cb, p);
		if (p->answers_len && mnl_socket_sendto(p->sk, p->answers, p->answers_len) < 0)
			die("netlink: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	static struct process p;
	unsigned long period;
	char *end;

	if (argc != 3)
		die("usage: cc-decide MODEL.lfs PERIOD_US");
	period = strtoul(argv[2], &end, 10);
	if (*end || end == argv[2] || period > UINT32_MAX)
		die("%s is no number of microseconds", argv[2]);
	model_open(&p, argv[1]);
	wire_open(&p, period);
	puts("ready");
	fflush(stdout);
	serve(&p);
}
