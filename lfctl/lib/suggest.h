/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SUGGEST_H
#define SUGGEST_H

/* The closest of n words to a misspelt one, at most two slips away; NULL if there is none. */
const char *suggest(const char *word, const char *const *words, int n);

#endif /* SUGGEST_H */
