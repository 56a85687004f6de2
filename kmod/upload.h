/* SPDX-License-Identifier: GPL-2.0 */
/* Uploads of snapshot files, piece by piece. */
#ifndef LF_UPLOAD_H
#define LF_UPLOAD_H

#include "core.h"

struct lf_piece {
	u32 length;		/* of the whole file */
	u32 offset;
	const void *data;
	u32 len;
	const u8 *hash;		/* announced content hash or a prefix of it; NULL: none */
	u32 hash_len;
};

/* One upload per socket. The piece that completes the file also loads it. */
int lf_upload(struct net *net, u32 portid, const struct lf_piece *piece,
	      struct netlink_ext_ack *extack);

int lf_upload_init(void);
void lf_upload_uninit(void);

#endif /* LF_UPLOAD_H */
