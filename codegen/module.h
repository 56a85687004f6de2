/* SPDX-License-Identifier: GPL-2.0 */
/* The C module of a snapshot, as two files. */
#ifndef MODULE_H
#define MODULE_H

#include <stdio.h>
#include "lfs.h"

/* name: of the module, a C identifier. The text depends on the snapshot alone. */
void module_source(FILE *f, const struct lfs *m, const char *name);
void module_kbuild(FILE *f, const char *name);

#endif /* MODULE_H */
