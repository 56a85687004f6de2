/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SUGGEST_H
#define SUGGEST_H

/* The word of n that a misspelt one most likely means: at most two slips away; NULL if none is. */
const char *suggest(const char *word, const char *const *words, int n);

#endif /* SUGGEST_H */
