/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CHECK_ADVICE_H
#define CHECK_ADVICE_H

/* Advice on an operator that is not supported: a clause for people. Never NULL. */
const char *check_advice(const char *op);

#endif /* CHECK_ADVICE_H */
