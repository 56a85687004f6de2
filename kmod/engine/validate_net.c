// SPDX-License-Identifier: GPL-2.0
/*
 * The validator's proof of a net: no accumulator can overflow s32 and no table lookup can leave its
 * table, whatever the features are.
 *
 * The proof goes from layer to layer with X, the greatest |value| that a lane may have. For an
 * input it is the input's own clamp; later it is, for a buffer as a whole, the clamp or the
 * reachable part of the table of the layer that wrote it. A buffer holds nothing until it is
 * written, and then no more than was written. For every output
 *
 *	B = |bias| + sum_i |w_i| * X_i <= 2^31 - 1
 *
 * bounds the sum over any subset of terms in any order, so it covers every path: plain, SWAR lanes,
 * vpmaddwd pairs. B is below 2^31 + 1024 * 2^30 < 2^41, so s64 cannot overflow.
 */
#include "validate.h"

#define ACC_MAX		0x7fffffffu

/* What the proof knows about a buffer between two layers. */
struct buffer {
	u32 n;			/* lanes that it holds, 0: none yet */
	u32 peak;		/* their greatest |value|; not used while `inputs` */
	bool inputs;		/* lanes are the model's inputs, each with its own clamp */
};

/* Also how much of the sections that layers share has been consumed. */
struct proof {
	const struct lq_check *c;
	struct buffer buffers[LQ_MAX_BUFFERS];
	const u8 *w;
	const u8 *row;
	u64 macs;
	u64 rows;
};

/* One output of one layer. */
struct place {
	u32 l, o, op;
	const struct buffer *from, *with;
};

static u32 input_peak(const struct lq_check *c, u32 i)
{
	const u8 *in = lq_input_at(c->file, i);

	return lq_peak_of(lq_get_s16(in, struct lq_input, lo), lq_get_s16(in, struct lq_input, hi));
}

static u32 peak_at(const struct proof *n, const struct buffer *b, u32 i)
{
	return b->inputs ? input_peak(n->c, i) : b->peak;
}

/* Peak of n lanes from the first on. */
static u32 peak_in(const struct proof *net, const struct buffer *b, u32 first, u32 n)
{
	u32 peak = b->inputs ? 0 : b->peak, i, p;

	for (i = first; b->inputs && i < first + n; i++) {
		p = input_peak(net->c, i);
		peak = p > peak ? p : peak;
	}
	return peak;
}

static int refuse_sum(const struct lq_check *c, u32 l, u32 o, u64 bound)
{
	return lq_refuse(c, -ERANGE,
			 "layer %u, row %u: accumulator may reach %llu, more than 2^31 - 1", l, o,
			 (unsigned long long)bound);
}

/* Adds to the bound weight i of a row at p, times the peak of its lane. */
static int add_term(const struct lq_check *c, const struct place *at, u32 i, const u8 *p, u32 peak,
		    u64 *bound)
{
	s32 w = (s16)lq_le16(p);

	if (w < LANE_MIN)
		return lq_refuse(c, -EINVAL, "layer %u, row %u: weight %u is -32768", at->l, at->o,
				 i);
	*bound += (u64)(w < 0 ? -w : w) * peak;
	return 0;
}

/* The products of one output; advances past its weights. */
static int check_terms(const struct proof *n, const struct place *at, const u8 **w, u64 *bound)
{
	const struct lq_check *c = n->c;
	int ret = 0;
	u32 i;

	switch (at->op) {
	case LQ_OP_FC:
		for (i = 0; !ret && i < at->from->n; i++, *w += 2)
			ret = add_term(c, at, i, *w, peak_at(n, at->from, i), bound);
		break;
	case LQ_OP_ADD:
		ret = add_term(c, at, 0, *w, peak_at(n, at->from, at->o), bound);
		*w += 2;
		if (ret || !at->with)
			break;
		ret = add_term(c, at, 1, *w, peak_at(n, at->with, at->o), bound);
		*w += 2;
		break;
	case LQ_OP_MUL:
		*bound += (u64)peak_at(n, at->from, at->o) *
			  peak_at(n, at->with, at->with->n > 1 ? at->o : 0);
		break;
	}
	return ret;
}

static int check_row(struct proof *n, const struct place *at)
{
	const struct lq_check *c = n->c;
	s32 bias = lq_get_s32(n->row, struct lq_row, bias);
	u64 bound = bias < 0 ? 0 - (u64)bias : (u64)bias;
	int ret;

	if (lq_get_s32(n->row, struct lq_row, m) < 0)
		return lq_refuse(c, -EINVAL, "layer %u, row %u: multiplier is negative", at->l,
				 at->o);
	if (bias && at->op == LQ_OP_MUL)
		return lq_refuse(c, -EINVAL, "layer %u, row %u: a product has a bias", at->l,
				 at->o);
	ret = check_terms(n, at, &n->w, &bound);
	if (ret)
		return ret;
	if (bound > ACC_MAX)
		return refuse_sum(c, at->l, at->o, bound);
	if (bound > c->info->bound_used)
		c->info->bound_used = (u32)bound;
	n->row += LQ_ROW_LEN;
	return 0;
}

static int check_rows(struct proof *n, struct place *at, u32 n_out)
{
	const struct lq_check *c = n->c;
	int ret = 0;

	n->macs += (u64)lq_weights_of(c->file, at->l) * n_out;
	n->rows += n_out;
	if (n->macs > LQ_MAX_MACS)
		return lq_refuse(c, -E2BIG, "layer %u: more than %u multiply-accumulates so far",
				 at->l, LQ_MAX_MACS);
	if (n->macs * 2 > lq_sect_len(c->file, LQ_SECT_WEIGHTS))
		return lq_refuse(c, -EINVAL, "layer %u: section weights is too short", at->l);
	if (n->rows * LQ_ROW_LEN > lq_sect_len(c->file, LQ_SECT_ROWS))
		return lq_refuse(c, -EINVAL, "layer %u: section rows is too short", at->l);
	for (at->o = 0; !ret && at->o < n_out; at->o++) {
		ret = check_row(n, at);
		lq_pause();
	}
	return ret;
}

/* What each operation may have: a shift, a zero point, a table, a change in the number of lanes. */
static const struct {
	bool steps_only, rows, table, widens;
} ops[] = {
	[LQ_OP_FC]	= { .rows = true, .widens = true },
	[LQ_OP_TABLE]	= { .table = true },
	[LQ_OP_COPY]	= { .steps_only = true },
	[LQ_OP_ADD]	= { .steps_only = true, .rows = true },
	[LQ_OP_MUL]	= { .steps_only = true, .rows = true },
	[LQ_OP_SOFTMAX]	= { .steps_only = true, .table = true },
};

static int check_op(const struct lq_check *c, u32 l, const u8 *lay)
{
	u32 op = lq_get8(lay, struct lq_layer, op), S = lq_get8(lay, struct lq_layer, S);

	if (op < LQ_OP_FC || op >= ARRAY_SIZE(ops) ||
	    (ops[op].steps_only && !lq_has_steps(c->file)))
		return lq_refuse(c, -EINVAL, "layer %u: unknown operation %u", l, op);
	if (ops[op].rows && (S < 31 || S > 62))
		return lq_refuse(c, -EINVAL, "layer %u: shift %u is not within 31 .. 62", l, S);
	if (!ops[op].rows && (S || lq_get16(lay, struct lq_layer, zp)))
		return lq_refuse(c, -EINVAL,
				 "layer %u: a layer without rows has a shift or a zero point", l);
	if (ops[op].table && !lq_get16(lay, struct lq_layer, table))
		return lq_refuse(c, -EINVAL, "layer %u: it has no table", l);
	if (op == LQ_OP_COPY &&
	    (lq_get16(lay, struct lq_layer, table) || lq_get16(lay, struct lq_layer, lo) ||
	     lq_get16(lay, struct lq_layer, hi)))
		return lq_refuse(c, -EINVAL, "layer %u: a copy has a table or a clamp", l);
	if (!ops[op].widens &&
	    lq_get16(lay, struct lq_layer, n_out) != lq_get16(lay, struct lq_layer, n_in))
		return lq_refuse(c, -EINVAL, "layer %u: it changes the number of lanes", l);
	return 0;
}

static int check_shape(const struct lq_check *c, u32 l, const u8 *lay)
{
	u32 n_out = lq_get16(lay, struct lq_layer, n_out),
	    table = lq_get16(lay, struct lq_layer, table);
	s32 lo = lq_get_s16(lay, struct lq_layer, lo), hi = lq_get_s16(lay, struct lq_layer, hi);

	if (!n_out)
		return lq_refuse(c, -EINVAL, "layer %u: no outputs", l);
	if (n_out > LQ_MAX_WIDTH)
		return lq_refuse(c, -E2BIG, "layer %u: %u outputs, at most %u allowed", l, n_out,
				 LQ_MAX_WIDTH);
	if (lo < LANE_MIN || hi < lo)
		return lq_refuse(c, -EINVAL,
				 "layer %u: clamp %d .. %d is not within -32767 .. 32767", l, lo,
				 hi);
	if (table > c->n_tables)
		return lq_refuse(c, -EINVAL, "layer %u: table %u of %u", l, table - 1, c->n_tables);
	if (lq_get16(lay, struct lq_layer, reserved))
		return lq_refuse(c, -EINVAL, "layer %u: reserved bytes are not zero", l);
	return 0;
}

/* A buffer to be read must exist and hold something. */
static int check_source(const struct proof *n, u32 l, u32 k)
{
	if (k >= LQ_MAX_BUFFERS)
		return lq_refuse(n->c, -EINVAL, "layer %u: buffer %u of %u", l, k, LQ_MAX_BUFFERS);
	if (!n->buffers[k].n)
		return lq_refuse(n->c, -EINVAL, "layer %u: buffer %u is read before it is written",
				 l, k);
	return 0;
}

static int check_second(const struct proof *n, u32 l, u32 op, const struct lq_buffers *b)
{
	bool may = op == LQ_OP_ADD || op == LQ_OP_MUL;

	if (b->with == LQ_NO_BUFFER && op != LQ_OP_MUL)
		return 0;
	if (!may)
		return lq_refuse(n->c, -EINVAL,
				 "layer %u: only sums and products have a second buffer", l);
	if (b->with == b->to)
		return lq_refuse(n->c, -EINVAL, "layer %u: it writes buffer %u, which it reads", l,
				 b->to);
	return check_source(n, l, b->with);
}

/* Checks that buffers exist and are filled, and that none is both read and written. */
static int check_buffers(const struct proof *n, u32 l, u32 op, const struct lq_buffers *b)
{
	const struct lq_check *c = n->c;
	int ret = check_source(n, l, b->from);

	if (ret)
		return ret;
	if (b->to >= LQ_MAX_BUFFERS)
		return lq_refuse(c, -EINVAL, "layer %u: buffer %u of %u", l, b->to, LQ_MAX_BUFFERS);
	if (b->to == b->from)
		return lq_refuse(c, -EINVAL, "layer %u: it writes buffer %u, which it reads", l,
				 b->to);
	if (op != LQ_OP_COPY && (b->first || b->at))
		return lq_refuse(c, -EINVAL, "layer %u: only copies begin within a buffer", l);
	if (lq_has_steps(c->file) && lq_get8(lq_layer_at(c->file, l), struct lq_step, reserved))
		return lq_refuse(c, -EINVAL, "layer %u: reserved bytes are not zero", l);
	return check_second(n, l, op, b);
}

/* Do the buffers hold what the step needs? */
static int check_lanes(const struct proof *n, u32 l, u32 op, const struct lq_buffers *b,
		       const u8 *lay)
{
	u32 n_in = lq_get16(lay, struct lq_layer, n_in), held = n->buffers[b->from].n, with;

	if (op == LQ_OP_COPY) {
		if ((u32)b->first + n_in > held)
			return lq_refuse(n->c, -EINVAL,
					 "layer %u: lanes %u .. %u, buffer %u holds %u", l,
					 b->first, b->first + n_in - 1, b->from, held);
		if (b->at && b->at != n->buffers[b->to].n)
			return lq_refuse(n->c, -EINVAL,
					 "layer %u: lane %u is not behind the %u of buffer %u", l,
					 b->at, n->buffers[b->to].n, b->to);
		if ((u32)b->at + n_in > LQ_MAX_WIDTH)
			return lq_refuse(n->c, -E2BIG, "layer %u: buffer %u would hold %u lanes, "
					 "at most %u allowed",
					 l, b->to, b->at + n_in, LQ_MAX_WIDTH);
		return 0;
	}
	if (n_in != held)
		return lq_refuse(n->c, -EINVAL, "layer %u: %u inputs, buffer %u holds %u", l, n_in,
				 b->from, held);
	if (b->with == LQ_NO_BUFFER)
		return 0;
	with = n->buffers[b->with].n;
	if (with != n_in && !(op == LQ_OP_MUL && with == 1))
		return lq_refuse(n->c, -EINVAL, "layer %u: %u inputs, buffer %u holds %u", l, n_in,
				 b->with, with);
	return 0;
}

/* A softmax table gives no negative number, and a positive one where x is the greatest. */
static int check_softmax(const struct lq_check *c, u32 l, const u8 *lay)
{
	u32 t = lq_get16(lay, struct lq_layer, table) - 1, k;
	const u8 *tab = lq_table_at(c->file, t), *seg = lq_segments_of(c->file, t);
	s32 lo = lq_get_s16(lay, struct lq_layer, lo),
	    t_lo = lq_get_s16(tab, struct lq_table, t_lo);
	u32 sh = lq_get8(tab, struct lq_table, sh), last = (u32)(0 - t_lo) >> sh, one = 1u << sh;

	if (lq_get_s16(lay, struct lq_layer, hi) ||
	    lq_get16(lay, struct lq_layer, n_out) > LQ_MAX_OUTPUTS)
		return lq_refuse(c, -EINVAL,
				 "layer %u: a softmax is over at most %u lanes, and clamps to 0", l,
				 LQ_MAX_OUTPUTS);
	for (k = (u32)(lo - t_lo) >> sh; k <= last; k++)
		if (lq_segment_end(seg + k * LQ_SEGMENT_LEN, sh, 0) < 0 ||
		    lq_segment_end(seg + k * LQ_SEGMENT_LEN, sh, one - 1) < 0)
			return lq_refuse(c, -ERANGE,
					 "layer %u: table %u of a softmax gives less than 0", l, t);
	if (lq_segment_end(seg + last * LQ_SEGMENT_LEN, sh, (u32)(0 - t_lo) & (one - 1)) < 1)
		return lq_refuse(c, -ERANGE, "layer %u: table %u of a softmax gives 0 at 0", l, t);
	return 0;
}

static int check_layer_head(const struct proof *n, u32 l, const struct lq_buffers *b)
{
	const u8 *lay = lq_layer_at(n->c->file, l);
	u32 op = lq_get8(lay, struct lq_layer, op);
	int ret = check_shape(n->c, l, lay);

	if (!ret)
		ret = check_op(n->c, l, lay);
	if (!ret)
		ret = check_buffers(n, l, op, b);
	if (!ret)
		ret = check_lanes(n, l, op, b, lay);
	return ret;
}

/* What the buffer that layer l wrote holds now. */
static int written(struct proof *n, u32 l, const struct lq_buffers *b)
{
	const u8 *lay = lq_layer_at(n->c->file, l);
	s32 lo = lq_get_s16(lay, struct lq_layer, lo), hi = lq_get_s16(lay, struct lq_layer, hi);
	u32 op = lq_get8(lay, struct lq_layer, op), table = lq_get16(lay, struct lq_layer, table);
	struct buffer now = { .n = b->at + lq_get16(lay, struct lq_layer, n_out),
			      .peak = lq_peak_of(lo, hi) };
	u32 before = b->at ? peak_in(n, &n->buffers[b->to], 0, b->at) : 0;
	int ret = 0;

	if (op == LQ_OP_COPY)
		now.peak = peak_in(n, &n->buffers[b->from], b->first, now.n - b->at);
	if (table)
		ret = lq_check_cover(n->c, l, table - 1, lo, hi, &now.peak);
	if (!ret && op == LQ_OP_SOFTMAX)
		ret = check_softmax(n->c, l, lay);
	if (op == LQ_OP_SOFTMAX)
		now.peak = LANE_MAX;
	now.peak = before > now.peak ? before : now.peak;
	n->buffers[b->to] = now;
	return ret;
}

static int check_layer(struct proof *n, u32 l)
{
	const u8 *lay = lq_layer_at(n->c->file, l);
	struct lq_buffers b = lq_file_buffers(n->c->file, l);
	struct place at = { .l = l, .op = lq_get8(lay, struct lq_layer, op) };
	int ret = check_layer_head(n, l, &b);

	if (ret)
		return ret;
	at.from = &n->buffers[b.from];
	at.with = b.with == LQ_NO_BUFFER ? NULL : &n->buffers[b.with];
	if (ops[at.op].rows)
		ret = check_rows(n, &at, lq_get16(lay, struct lq_layer, n_out));
	if (!ret)
		ret = written(n, l, &b);
	lq_pause();
	return ret;
}

/* The sections of forests are empty in a net. */
static int check_unused(const struct lq_check *c)
{
	int ret = lq_check_len(c, LQ_SECT_TREES, 0, 1);

	if (!ret)
		ret = lq_check_len(c, LQ_SECT_NODES, 0, 1);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_LEAVES, 0, 1);
	return ret;
}

/* After the last layer: its buffer holds the outputs, and the sections are used up. */
static int check_end(const struct proof *n)
{
	const struct lq_check *c = n->c;
	u32 at[LQ_MAX_BUFFERS], lanes, outputs;
	int ret;

	outputs = n->buffers[lq_file_buffers(c->file, c->info->n_layers - 1).to].n;
	if (outputs != c->info->n_outputs)
		return lq_refuse(c, -EINVAL, "last layer gives %u outputs, header says %u", outputs,
				 c->info->n_outputs);
	ret = lq_check_len(c, LQ_SECT_WEIGHTS, n->macs, 2);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_ROWS, n->rows, LQ_ROW_LEN);
	lanes = lq_file_lanes(c->file, at);
	if (!ret && lanes > LQ_MAX_LANES)
		return lq_refuse(c, -E2BIG, "buffers of %u lanes in all, at most %u allowed", lanes,
				 LQ_MAX_LANES);
	return ret;
}

int lq_check_net(const struct lq_check *c)
{
	struct proof n = {
		.c = c,
		.w = lq_sect_at(c->file, LQ_SECT_WEIGHTS),
		.row = lq_sect_at(c->file, LQ_SECT_ROWS),
		.buffers = { { .n = c->info->n_inputs, .inputs = true } },
	};
	u32 l;
	int ret;

	ret = check_unused(c);
	if (!ret)
		ret = lq_check_tables(c);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_LAYERS, c->info->n_layers, lq_layer_len(c->file));
	for (l = 0; !ret && l < c->info->n_layers; l++)
		ret = check_layer(&n, l);
	if (!ret)
		ret = check_end(&n);
	c->info->macs = (u32)n.macs;
	return ret;
}
