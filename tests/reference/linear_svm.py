"""Linear support vector machines as their definitions have them, in float64, minimised by a general solver."""

import numpy as np
from scipy.optimize import minimize


def objective(weights, X, signs, costs, loss="squared_hinge", bias=1.0):
    """|w|² / 2 + Σ cost loss(1 - sign x · w), where the last of w belongs to a feature that is `bias`."""
    X = with_bias(X, bias)
    slack = np.maximum(1 - signs * (X @ weights), 0)
    return weights @ weights / 2 + costs @ (slack**2 if loss == "squared_hinge" else slack)


def relative_gap(weights, X, signs, costs, bias=1.0):
    """The duality gap of the squared hinge loss, for the dual variables that belong to the weights."""
    X = with_bias(X, bias)
    slack = np.maximum(1 - signs * (X @ weights), 0)
    alphas = 2 * costs * slack
    reached = (signs * alphas) @ X
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.where(costs > 0, alphas**2 / (4 * costs), 0)
    dual = alphas.sum() - reached @ reached / 2 - squares.sum()
    primal = weights @ weights / 2 + costs @ slack**2
    return (primal - dual) / primal


def minimise_squared_hinge(X, signs, costs, bias=1.0):
    """Return the weights that L-BFGS reaches."""
    augmented = with_bias(X, bias)

    def value_and_gradient(weights):
        slack = np.maximum(1 - signs * (augmented @ weights), 0)
        gradient = weights - (2 * costs * signs * slack) @ augmented
        return weights @ weights / 2 + costs @ slack**2, gradient

    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 50}
    start = np.zeros(augmented.shape[1])
    return minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", options=options).x


def crammer_singer_objective(weights, X, codes, costs, bias=1.0):
    """Σ |w_c|² / 2 + Σ cost max_c (1 - [c is own] + x · w_c - x · w_own)."""
    decisions = with_bias(X, bias) @ weights.T
    own = decisions[np.arange(len(X)), codes]
    violations = decisions + 1 - own[:, None]
    violations[np.arange(len(X)), codes] = 0
    return np.square(weights).sum() / 2 + costs @ violations.max(axis=1)


def with_bias(X, bias):
    """Append the feature of the intercept."""
    return np.column_stack([np.asarray(X, np.float64), np.full(len(X), bias)])
