// SPDX-License-Identifier: GPL-2.0
/*
 * The hedged capital confidence sequence of Waudby-Smith and Ramdas, "Estimating means of bounded
 * random variables by betting", JRSS B 86(1), 2024, theorem 3.
 *
 * For each candidate mean m one gambler bets that the true mean is above it, another that it is
 * below:
 *
 *	K+(m) = product over i of 1 + l+(i) (X_i - m)
 *	K-(m) = product over i of 1 - l-(i) (X_i - m)
 *
 * If m is the mean, each capital is a martingale that starts at 1, and by Ville's inequality half
 * of it ever exceeds 1 / error with probability at most error / 2. So a candidate whose (K+ or K-)
 * / 2 has exceeded 1 / error is refuted for good, and the remaining ones are an interval that
 * contains the mean at all times with probability 1 - error. The stakes may depend on the past in
 * any way; these are the paper's:
 *
 *	l(t) = sqrt(2 log(2 / error) / (V(t-1) t log(1 + t)))
 *	l+ = min(l, c / m),   l- = min(l, c / (1 - m)),   c = 1/2
 *
 * with V the variance so far, starting with one observation of variance 1/4. Candidates form a
 * grid; the ends are moved outwards by one step, as the true mean may lie between two candidates.
 * Values need not be independent: only their mean given the past must be constant.
 */
#include "seq.h"

#include <math.h>
#include <string.h>

#define STAKE	0.5	/* c */

void seq_begin(struct seq *s, double least, double most, double error)
{
	memset(s, 0, sizeof(*s));
	s->least = least;
	s->most = most;
	s->error = error;
}

static double candidate(int k)
{
	return (k + 0.5) / SEQ_GRID;
}

static double stake(const struct seq *s)
{
	double t = s->n + 1, v = (0.25 + s->squares) / t;

	return sqrt(2 * log(2 / s->error) / (v * t * log(1 + t)));
}

void seq_add(struct seq *s, double v)
{
	double x = fmin(fmax((v - s->least) / (s->most - s->least), 0), 1);
	double l = stake(s), m, mean, limit = log(2 / s->error);
	int k;

	for (k = 0; k < SEQ_GRID; k++) {
		if (s->out[k])
			continue;
		m = candidate(k);
		s->up[k] += log1p(fmin(l, STAKE / m) * (x - m));
		s->down[k] += log1p(-fmin(l, STAKE / (1 - m)) * (x - m));
		s->out[k] = s->up[k] >= limit || s->down[k] >= limit;
	}
	s->n++;
	s->sum += x;
	mean = (0.5 + s->sum) / (s->n + 1);
	s->squares += (x - mean) * (x - mean);
}

static double back(const struct seq *s, double x)
{
	return s->least + fmin(fmax(x, 0), 1) * (s->most - s->least);
}

double seq_mean(const struct seq *s)
{
	return s->n ? back(s, s->sum / s->n) : back(s, 0.5);
}

double seq_lo(const struct seq *s)
{
	int k;

	for (k = 0; k < SEQ_GRID && s->out[k]; k++)
		;
	return k < SEQ_GRID ? back(s, candidate(k - 1)) : seq_mean(s);
}

double seq_hi(const struct seq *s)
{
	int k;

	for (k = SEQ_GRID - 1; k >= 0 && s->out[k]; k--)
		;
	return k >= 0 ? back(s, candidate(k + 1)) : seq_mean(s);
}
