// SPDX-License-Identifier: GPL-2.0
/* How every step of the validator rejects a file, and names its sections. */
#include "validate.h"

const char *const lq_sect_names[LQ_SECTS] = {
	"inputs",   "outputs", "layers", "weights", "rows",   "tables",
	"segments", "trees",   "nodes",  "leaves",  "golden",
};

int lq_refuse(const struct lq_check *c, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->err->msg, sizeof(c->err->msg), fmt, args);
	va_end(args);
	return code;
}

int lq_check_len(const struct lq_check *c, enum lq_sect s, u64 n, u32 size)
{
	u32 len = lq_sect_len(c->file, s);

	if (len != n * size)
		return lq_refuse(c, -EINVAL, "section %s has %u bytes, expected %llu",
				 lq_sect_names[s], len, (unsigned long long)(n * size));
	return 0;
}
