/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views of one attachment: for rules that share a flow table.
 */
#ifndef NET_LITEFLOW_VIEW_H
#define NET_LITEFLOW_VIEW_H

#include <net/liteflow.h>

/*
 * A view of an attachment: another user of the same verdicts, with a map of its own and,
 * optionally, a least score and confidence that it accepts. Used by rules that share one flow
 * table.
 */
struct lf_view;

struct lf_view_cfg {
	u8 n_map;
	const struct lf_map_entry *map;	/* copied */
	enum lf_map_check map_check;	/* the message of LF_MAP_WARN is in extack, too */
	bool score;			/* score_min is set */
	/* of the output (classes: the class's), in millionths of its unit */
	s64 score_min;
	/* per cent over the runner-up, 1 .. 99; 0: any; values have no confidence */
	u8 confidence_min;
};

/*
 * Sleeps, like lf_attach_create(). Views must be destroyed before their attachment. Each invalid
 * value has its own message.
 */
struct lf_view *lf_view_create(struct lf_attach *a, const struct lf_view_cfg *cfg,
			       struct netlink_ext_ack *extack);

/* Nobody may be using the view or start to. */
void lf_view_destroy(struct lf_view *view);

enum lf_view_sight {
	LF_VIEW_VERDICT		= 1 << 0,	/* there is a verdict */
	LF_VIEW_SCORE		= 1 << 1,	/* it reaches score_min */
	LF_VIEW_CONFIDENCE	= 1 << 2,	/* it reaches confidence_min */
};

/*
 * Applies a view to a verdict that lf_infer_skb() just gave. Returns bits of enum lf_view_sight; 0
 * for a verdict "none", whose action comes from the map's reserved words.
 * *action: from the map, or LF_ACTION_NONE. In any context that lf_infer_skb() may be called in.
 */
unsigned int lf_view_look(const struct lf_view *view, const struct lf_verdict *v, u32 *action);

#endif /* NET_LITEFLOW_VIEW_H */
