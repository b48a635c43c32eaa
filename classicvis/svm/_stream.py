"""`Stream`: learning from one batch of samples after the other; samples on the margin are kept."""

from dataclasses import replace

import numpy as np

from classicvis.svm._losses import SquaredHinge
from classicvis.svm._newton import Newton


class Stream:
    """What is kept of the samples of a stream.

    The weights are sums of samples times dual variables. Samples in the buffer, and those of a new batch, get the
    best dual variables given what the others have; samples without any are forgotten, and so are the oldest when the
    buffer is full, whose dual variables stay as they are. So no batch can raise the dual objective's distance from its
    maximum, and while nothing but samples without dual variables was forgotten, the weights are those of training
    on the whole stream. From then on the mean of the weights, of which later ones count for more, is nearer to them.

    Parameters
    ----------
    problem : Problem
        Of the first batch.
    weights : ndarray of shape (n_machines, n_features + 1) or None
        What was learnt before.
    """

    def __init__(self, problem, weights):
        shape = problem.n_machines, problem.X.shape[1] + 1
        self.samples = problem.X[:0]
        self.codes = problem.codes[:0]
        self.costs = problem.costs[:0]
        self.settled = np.zeros(shape) if weights is None else weights  # weights from forgotten samples
        self.moving = np.zeros(shape)  # weights from samples in the buffer
        self.mean = np.zeros(shape)
        self.n_averaged = 0

    def learn(self, problem, buffer_size, tol, max_iter):
        """Take in a batch.

        Parameters
        ----------
        problem : Problem
            The binary problems on the samples of the batch.
        buffer_size : int
            Most samples to keep.
        tol, max_iter : float, int
            As for Newton's method.

        Returns
        -------
        weights : ndarray of shape (n_machines, n_features + 1), float64
            The weights now.
        newton : Newton
            How they were found.
        """
        problem = replace(
            problem,
            X=np.concatenate([self.samples, problem.X], dtype=self.samples.dtype),
            codes=np.concatenate([self.codes, problem.codes]),
            costs=np.concatenate([self.costs, problem.costs]),
        )
        newton = Newton(problem, SquaredHinge(), self.moving, problem.X.dtype, offset=self.settled)
        newton.minimise(tol, max_iter)
        self.moving = newton.weights.astype(np.float64)
        self._forget(problem, newton.alphas, buffer_size)
        weights = self.settled + self.moving
        if not self.settled.any():
            return weights, newton
        self.n_averaged += 1
        self.mean += (weights - self.mean) * (2 / (self.n_averaged + 1))
        return self.mean.copy(), newton

    def _forget(self, problem, alphas, buffer_size):
        """Keep the newest samples that have dual variables."""
        used = np.flatnonzero(alphas.any(axis=0))
        settling, kept = np.split(used, [max(0, len(used) - buffer_size)])
        if len(settling):
            leaving = replace(problem, X=problem.X[settling], codes=problem.codes[settling])
            signed = [leaving.signs_of(c) * alphas[c, settling] for c in range(problem.n_machines)]
            share = leaving.combine(np.array(signed))
            self.settled += share
            self.moving -= share
        self.samples, self.codes, self.costs = problem.X[kept], problem.codes[kept], problem.costs[kept]
