/* SPDX-License-Identifier: GPL-2.0 */
/* A small trainable fully connected net. */
#ifndef LFD_NET_H
#define LFD_NET_H

#include <stddef.h>
#include <stdint.h>

#include "codegen/graph.h"
#include "settings.h"

#define NET_LAYERS	(SETTINGS_LAYERS + 1)

struct net {
	uint32_t n;			/* layers */
	uint32_t width[NET_LAYERS + 1];	/* inputs first */
	uint32_t act;			/* enum settings_act, of all layers but the last */
	double *w[NET_LAYERS];		/* [out][in] */
	double *b[NET_LAYERS];
	double *all;			/* their storage, one after the other */
	size_t n_all;
};

/* Loss over rows and its gradient, with as many numbers as net->all (NULL: not wanted). */
struct net_rows {
	size_t n;
	const double *x;		/* [n][width[0]] */
	const double *y;		/* [n] class or value */
	const double *weight;		/* [n] */
	/* 0: squared error of output 0, else cross-entropy of the outputs' softmax */
	uint32_t n_classes;
};

void net_make(struct net *net, uint32_t n, const uint32_t *width, uint32_t act, uint64_t seed);
void net_free(struct net *net);
void net_copy(struct net *to, const struct net *from);	/* of the same widths */

/* Weighted mean. */
double net_loss(const struct net *net, const struct net_rows *rows, double *gradient);
/* y[n][last width] */
void net_run(const struct net *net, const double *x, size_t n, double *y);

/*
 * The net reads (x - mean) / dev, and gives out * scale + at. net_unfold() moves that into the
 * weights, net_fold() takes it out again.
 */
struct net_scale {
	const double *mean, *dev;	/* [inputs] */
	double at, scale;
};

void net_unfold(struct net *net, const struct net_scale *s);
void net_fold(struct net *net, const struct net_scale *s);

struct graph *net_graph(const struct net *net, const char *name, uint32_t n_classes);
/* 0, or -1 with the reason: only chains of fully connected layers with relu or tanh between them.
 */
int net_of_graph(struct net *net, const struct graph *g, struct graph_err *err);

/* As text; 0 or -1. */
int net_save(const struct net *net, const char *path, struct graph_err *err);
int net_load(struct net *net, const char *path, struct graph_err *err);

#endif /* LFD_NET_H */
