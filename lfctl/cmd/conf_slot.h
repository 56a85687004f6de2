/* SPDX-License-Identifier: GPL-2.0 */
/* Convert values of a slot's keys to their canonical form; false if they are invalid. */
#ifndef CONF_SLOT_H
#define CONF_SLOT_H

#include <stdbool.h>
#include <stddef.h>

bool conf_slot_param(const char *in, char *out, size_t n);
bool conf_slot_shadow(const char *in, char *out, size_t n);
bool conf_slot_flush(const char *in, char *out, size_t n);
bool conf_slot_buffers(const char *in, char *out, size_t n);
bool conf_slot_confidence(const char *in, char *out, size_t n);
bool conf_slot_history(const char *in, char *out, size_t n);

/* The arguments of lfctl slot guard, complete and in a fixed order. */
bool conf_slot_guard(const char *in, char *out, size_t n);

#endif /* CONF_SLOT_H */
