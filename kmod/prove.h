/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_PROVE_H
#define LF_PROVE_H

#include "snapshot.h"

/* Runs the golden vectors on every path of this machine, and measures an inference. Sleeps. */
int lf_prove(struct lf_snapshot *snap, struct lq_err *err);

#endif /* LF_PROVE_H */
