/* SPDX-License-Identifier: GPL-2.0 */
/* Parameters of a slot: include/lq/params.h. */
#ifndef PARAM_H
#define PARAM_H

#include "field.h"
#include "lfctl.h"

struct json_object;

/* param_name.c. Decodes a LITEFLOW_A_SLOT_PARAM. */
extern const struct field param_fields[];

/*
 * Converts the params of a slot from the kernel's array of { name, value in millionths } to { name:
 * number }.
 */
void param_name_all(struct json_object *slot);

/* "0.025", as JSON prints it. */
struct json_object *param_number(int64_t millionths);

LFCTL_COMMAND(param_main);

#endif /* PARAM_H */
