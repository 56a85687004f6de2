# SPDX-License-Identifier: GPL-2.0
"""Gradient boosting for many classes with few trees: each leaf has a number for every class, and so
one tree is a step of all.

Step by step a regression tree is fitted to what is missing, truth less softmax of the sums so far,
and its leaves are set by a step of Newton with the diagonal of the Hessian (Friedman, Greedy
Function Approximation, 2001, LK_TreeBoost). The sums are logarithms of odds. Each tree sees PART of
the rows, and FEATURES_AT of the features at each split: of real networks the rows are few, and
trees that agree less carry further. """
import numpy as np
from sklearn.tree import DecisionTreeRegressor

RATE = 0.35
PART = 0.5
FEATURES_AT = 5
LEAF = 20		# rows at least
LAMBDA = 3.0		# added to the weight of a leaf
STEP = 3.0		# at most


def softmax(f):
    p = np.exp(f - f.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def temperature(f, y, w):
    """What scores f are to be divided by for their softmax to mean what it says: the least mean
    logarithmic loss, with weights w (Guo et al., On Calibration of Modern Neural Networks, 2017).
    No argmax changes by it."""
    def loss(t):
        g = f / t
        most = g.max(axis=1)
        return np.average(most
                          + np.log(np.exp(g - most[:, None]).sum(axis=1)) - g[np.arange(len(y)),
                                                                              y], weights=w)

    tried = np.exp(np.linspace(np.log(0.5), np.log(8), 281))
    return float(tried[np.argmin([loss(t) for t in tried])])


class Forest:
    """After fit(): `base`, and `trees`: (scikit-learn's tree, values of its nodes for each
    class)."""

    def __init__(self, trees, depth, classes, seed):
        self.n, self.depth, self.classes, self.seed = trees, depth, classes, seed
        self.base, self.trees, self.temperature = np.zeros(classes), [], 1.0

    def fit(self, x, y, w):
        rng, x, w = np.random.default_rng(self.seed), x.astype(np.float32), w / w.mean()
        truth = np.eye(self.classes)[y]
        self.base = np.log((w[:, None] * truth).sum(axis=0) / w.sum() + 1e-9)
        f = np.tile(self.base, (len(x), 1))
        for k in range(self.n):
            p = softmax(f)
            some = rng.random(len(x)) < PART
            fitted = DecisionTreeRegressor(max_depth=self.depth, min_samples_leaf=LEAF,
                                           max_features=FEATURES_AT,
                                           random_state=self.seed + k)
            tree = fitted.fit(x[some], (truth - p)[some], sample_weight=w[some]).tree_
            at = tree.apply(x)
            missing, weight = np.zeros((2, tree.node_count, self.classes))
            np.add.at(missing, at, w[:, None] * (truth - p))
            np.add.at(weight, at, w[:, None] * p * (1 - p))
            step = RATE * (self.classes - 1) / self.classes * missing / (weight + LAMBDA)
            leaves = np.clip(step, -STEP, STEP)
            self.trees.append((tree, leaves))
            f += leaves[at]
        return self

    def scores(self, x):
        """Before the temperature."""
        x = x.astype(np.float32)
        return self.base + sum(leaves[tree.apply(x)] for tree, leaves in self.trees)
