// SPDX-License-Identifier: GPL-2.0
/* Which buffers the layers of a net read and write, and where the buffers lie among all lanes. */
#include "file.h"

struct lq_buffers lq_file_buffers(const void *file, u32 l)
{
	const u8 *step = lq_layer_at(file, l);
	struct lq_buffers b = { .from = l % 2, .with = LQ_NO_BUFFER, .to = 1 - l % 2 };

	if (!lq_has_steps(file))
		return b;
	b.from = lq_get8(step, struct lq_step, from);
	b.with = lq_get8(step, struct lq_step, with);
	b.to = lq_get8(step, struct lq_step, to);
	b.first = lq_get16(step, struct lq_step, first);
	b.at = lq_get16(step, struct lq_step, at);
	return b;
}

/* A buffer has room for the most lanes that it ever holds. */
u32 lq_file_lanes(const void *file, u32 at[LQ_MAX_BUFFERS])
{
	u32 most[LQ_MAX_BUFFERS] = { lq_get16(file, struct lq_header, n_inputs) };
	u32 n_layers = lq_get16(file, struct lq_header, n_layers), lanes = 0, l, k, n;

	for (l = 0; l < n_layers; l++) {
		struct lq_buffers b = lq_file_buffers(file, l);

		n = b.at + lq_get16(lq_layer_at(file, l), struct lq_layer, n_out);
		most[b.to] = n > most[b.to] ? n : most[b.to];
	}
	for (k = 0; k < LQ_MAX_BUFFERS; k++) {
		at[k] = lanes;
		lanes += most[k] ? LQ_BUFFER_LANES(most[k]) : 0;
	}
	return lanes;
}

u32 lq_held(const void *file, u32 l, u32 buffer)
{
	while (l--) {
		struct lq_buffers b = lq_file_buffers(file, l);

		if (b.to == buffer)
			return b.at + lq_get16(lq_layer_at(file, l), struct lq_layer, n_out);
	}
	return lq_get16(file, struct lq_header, n_inputs);
}
