"""Newton's method for linear classifiers with a smooth loss, for all binary problems of a `Problem` together.

For one binary problem with weights w (the intercept last), samples x, signs s = ±1 and costs c, the objective is

    f(w) = |w|² / 2 + Σ c loss(s x·w),

its gradient is g = w - Σ s α x with the dual variables α = -c loss'(s x·w), and its generalised Hessian is

    H = I + Σ c loss''(s x·w) x xᵀ,

a sum over the samples within the margin. A step solves H d = g for the direction d, to an accuracy that grows as the
gap gets smaller, and then minimises f along d, along w and along the mean sample, whose decision values are known
(`kernels.svm.minimise_along`). The equations are solved by Cholesky's method where that is quick, else by
preconditioned conjugate gradients, with the samples within the margin packed into 8 bits (`_active_samples.py`).

The order of calls is `_evaluate`, then `_step` (`_move`, `_find_direction`, `_search`), then `_evaluate` again.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from classicvis.kernels.svm import minimise_along
from classicvis.svm._active_samples import ActiveSamples, FeatureSummary, Packing
from classicvis.svm._conjugate_gradients import Preconditioner, conjugate_gradients
from classicvis.svm._problem import CONVERTED, MOST_ROWS

EQUATIONS_A_STEP = 3  # rows of H that Cholesky's method factors in the time of a step of conjugate gradients, at least
LITTLE_WORK = 2e7  # multiplications: with fewer, H is always formed and factored
PLAIN_STEPS = 10  # of conjugate gradients; if more are needed, H is factored or a preconditioner is made
MOST_STEPS = 500  # of conjugate gradients for one direction
ACCURACY = 0.25  # of a direction: the residual |H d - g| as a share of |g|, in the preconditioner's norm
LAST_CUT = 0.05  # if the gradient must shrink to less than this share of itself, the step is not the last one
LAST_ACCURACY = 0.5  # of the last direction, as a share of what the gradient must shrink to
KNOWN_STEPS = 6  # first steps that also search along w and the mean; later that leaves too few samples in the margin
PACKED_SHARE = 0.03  # largest share of X's memory for packed samples, for each thread
SHARE = 0.07  # the same for one thread, together with all values that are kept for the binary problems


class Newton:
    """Minimises the objectives of all binary problems of a `Problem`, from given weights.

    Parameters
    ----------
    problem : Problem
        The binary problems.
    loss : SquaredHinge or ProximalHinge
        The smooth loss.
    weights : ndarray of shape (n_machines, n_features + 1)
        Where to start; updated, unless they have to be converted.
    dtype : dtype
        Of weights, and in which products are computed: samples of less precision are converted, a few at a time.
    offset : ndarray of shape (n_machines, n_features + 1), default=None
        Weights that are added in the decision function but not in the penalty.
    """

    def __init__(self, problem, loss, weights, dtype, offset=None):
        self.problem = problem
        self.loss = loss
        self.dtype = np.dtype(dtype)
        self.weights = weights.astype(dtype, copy=False)
        self.n_iter = 0
        self.most_steps = 0  # of conjugate gradients, for any direction so far
        self.preconditioner = None
        own = problem.decide(self.weights, self.dtype)
        self.fixed = np.broadcast_to(self.dtype.type(0), own.shape)  # the part of decision values that is constant
        if offset is not None:
            self.fixed = problem.decide(offset, self.dtype)
        self.decisions = own + self.fixed
        self.summary = FeatureSummary(problem)
        self.mean = np.append(self.summary.mean, problem.bias)
        self.mean_move = problem.decide(self.mean[None], self.dtype)[0]
        self.alphas = np.empty_like(self.decisions)
        self.curvatures = np.empty(self.decisions.shape, problem.X.dtype)
        self.gradients = np.empty(weights.shape, self.dtype)
        self.objectives, self.gaps = np.empty((2, problem.n_machines))
        self.packing = self._make_packing()
        for c in range(problem.n_machines):
            self._move_along_known(c)
        self._evaluate(range(problem.n_machines))

    def minimise(self, tol, max_iter, bar=None):
        """Take steps until the gaps are at most `tol` times the objectives, or stop shrinking.

        Parameters
        ----------
        tol : float
            Largest gap, as a share of the objective.
        max_iter : int
            Most steps.
        bar : tqdm, default=None
            Shows the steps and the gap.

        Returns
        -------
        n_iter : int
            Steps taken, in all calls.
        """
        least_gap, least_objective, failures = np.inf, np.inf, 0
        rounding = 100 * np.finfo(self.dtype).eps
        for _ in range(max_iter):
            machines = np.flatnonzero(self.gaps > tol * self.objectives)
            if len(machines) == 0:
                break
            gap, objective = self.gaps[machines].sum(), self.objectives.sum()
            has_progressed = gap < least_gap / 2 or objective < least_objective * (1 - rounding)
            least_gap, least_objective = min(least_gap, gap), min(least_objective, objective)
            failures = 0 if has_progressed else failures + 1
            if failures > self.loss.patience:
                break
            advanced = self.loss.advance(machines, self._residuals(), self.gaps, self.alphas)
            if len(advanced):
                self._evaluate(advanced)
            self._step(machines, tol)
            self.n_iter += 1
            if bar is not None:
                bar.update()
                bar.set_postfix(gap=f"{(self.gaps / self.objectives).max():.1e}", refresh=False)
        return self.n_iter

    def _evaluate(self, machines):
        """Evaluate objectives and gradients at the current decision values.

        Sets: `alphas`, `curvatures`, `objectives`, `gradients`, `gaps`.
        """
        for group in self.problem.group(machines, self.dtype):
            self._evaluate_group(group)

    def _evaluate_group(self, machines):
        problem = self.problem
        signed, responses = np.empty((len(machines), problem.n_samples), self.dtype), []
        for c, products in zip(machines, signed, strict=True):
            signs = problem.signs_of(c)
            response = self.loss.respond(signs * self.decisions[c], problem.costs_of(c), c)
            self.alphas[c], self.curvatures[c] = response.alphas, response.curvatures
            responses.append(response._replace(alphas=self.alphas[c], curvatures=self.curvatures[c]))
            np.multiply(signs, response.alphas, out=products)
        part = _as_slice(machines)
        sums = problem.combine(signed, None if part is None else self.gradients[part])
        for c, response, reached in zip(machines, responses, sums, strict=True):
            weights = self.weights[c].astype(np.float64)
            gradient = weights - reached
            self.gradients[c] = gradient
            self.objectives[c] = np.dot(weights, weights) / 2 + response.loss
            self.gaps[c] = self.loss.gap(weights, gradient, response)

    def _residuals(self):
        return np.einsum("ij,ij->i", self.gradients, self.gradients) / 2

    def _step(self, machines, tol):
        """Make one step of Newton's method for each of the given binary problems.

        Sets: `weights`, `decisions`, and by `_evaluate` what depends on them. Meanwhile `gradients` hold directions.
        """
        cuts = np.sqrt(tol * self.objectives / np.maximum(self.gaps, np.finfo(np.float64).tiny))
        accuracies = np.where(cuts < LAST_CUT, ACCURACY, np.minimum(ACCURACY, LAST_ACCURACY * cuts))

        def turn_into_direction(c):
            self.gradients[c], n_steps = self._find_direction(c, accuracies[c])
            return n_steps

        # Largest problems first, so that all threads end at about the same time.
        by_size = machines[np.argsort(-np.count_nonzero(self.curvatures[machines], axis=1), kind="stable")]
        self.most_steps = max(self.most_steps, *self.problem.run_in_threads(turn_into_direction, by_size))
        for group in self.problem.group(machines, self.dtype):
            self._move(group)
        if self.preconditioner is None and self.most_steps > PLAIN_STEPS:
            self.packing = None  # both would take much memory at once
            self.preconditioner = Preconditioner(self.problem, self.curvatures[machines].mean(axis=0))
            self.packing = self._make_packing()
        self._evaluate(machines)

    def _move(self, machines):
        part = _as_slice(machines)
        directions = self.gradients[machines if part is None else part]
        moves = self.problem.decide(directions, self.dtype)
        for i, c in enumerate(machines):
            self._search(c, directions[i : i + 1], moves[i : i + 1])

    def _move_along_known(self, machine):
        """Move along the directions whose decisions are known without a product."""
        self._search(machine, np.empty((0, self.weights.shape[1])), np.empty((0, self.problem.n_samples), self.dtype))

    def _search(self, machine, directions, moves):
        """Move along directions, at first also the weights and the mean sample, to where the objective is smallest."""
        problem, weights = self.problem, self.weights[machine]
        signs, costs = problem.signs_of(machine), problem.costs_of(machine)
        if self.n_iter < KNOWN_STEPS:
            directions = np.vstack([directions, weights, self.mean])
            moves = np.vstack([moves, self.decisions[machine] - self.fixed[machine], self.mean_move])
        directions = directions.astype(np.float64)
        response, lengths = self.loss.dual_line(costs, machine), np.empty(len(directions))
        products, gram = directions @ weights, directions @ directions.T
        minimise_along(signs * self.decisions[machine], signs * moves, *response, products, gram, lengths)
        weights += lengths @ directions
        self.decisions[machine] += lengths.astype(self.dtype) @ moves

    def _find_direction(self, machine, accuracy):
        """Return about the product of the inverse Hessian and the negative gradient, and the steps that it took."""
        rows = np.flatnonzero(self.curvatures[machine])
        curvatures = self.curvatures[machine, rows]
        gradient = self.gradients[machine]
        if len(rows) == 0:
            return -gradient, 0
        n_equations = min(len(rows), len(gradient))
        work = n_equations * len(rows) * len(gradient)
        if work > LITTLE_WORK and n_equations > EQUATIONS_A_STEP * self.most_steps:
            return self._solve_by_steps(rows, curvatures, gradient, accuracy)
        solve = self._solve_by_samples if len(rows) < len(gradient) else self._solve_by_features
        return solve(rows, curvatures, gradient), 0

    def _solve_by_features(self, rows, curvatures, gradient):
        hessian = np.eye(len(gradient))
        for start in range(0, len(rows), MOST_ROWS):
            part = slice(start, start + MOST_ROWS)
            samples = np.empty((len(rows[part]), len(gradient)))
            samples[:, :-1], samples[:, -1] = self.problem.X[rows[part]], self.problem.bias
            hessian += (samples * curvatures[part, None]).T @ samples
        return -cho_solve(cho_factor(hessian, overwrite_a=True), gradient)

    def _solve_by_samples(self, rows, curvatures, gradient):
        bias, direction = float(self.problem.bias), -gradient.astype(np.float64)
        kernel, products = np.full((len(rows), len(rows)), bias**2), np.full(len(rows), -bias * direction[-1])
        for part, samples in self._cut_features(rows):
            kernel += samples @ samples.T
            products -= samples @ direction[part]
        kernel[np.diag_indices(len(rows))] += 1 / curvatures.astype(np.float64)
        products = cho_solve(cho_factor(kernel, overwrite_a=True), products)
        for part, samples in self._cut_features(rows):
            direction[part] += samples.T @ products
        direction[-1] += bias * products.sum()
        return direction

    def _cut_features(self, rows):
        """Give a part of the features after the other, and samples in double precision: all at once take memory."""
        X, step = self.problem.X, max(1, CONVERTED // len(rows))
        for start in range(0, X.shape[1], step):
            part = slice(start, min(start + step, X.shape[1]))
            yield part, X[rows, part].astype(np.float64)

    def _solve_by_steps(self, rows, curvatures, gradient, accuracy):
        """Use preconditioned conjugate gradients."""
        condition = None if self.preconditioner is None else self.preconditioner.apply
        target = (-gradient).astype(self.dtype)
        with self.packing.lend() as buffer:
            samples = ActiveSamples(self.problem, rows, curvatures.astype(self.dtype), self.packing.scales, buffer)
            return conjugate_gradients(samples.multiply, condition, target, accuracy=accuracy, most_steps=MOST_STEPS)

    def _make_packing(self):
        """Return memory for packed samples: none where products are in double precision."""
        if self.dtype != np.float32:
            return Packing(self.summary, 0, self.problem.n_threads)
        kept = self.weights, self.gradients, self.decisions, self.alphas, self.curvatures
        spare = SHARE * self.problem.X.nbytes - sum(array.nbytes for array in kept)
        spare = min(spare, PACKED_SHARE * self.problem.X.nbytes)
        n_packed = int(spare / self.problem.X.shape[1])
        return Packing(self.summary, max(0, n_packed), self.problem.n_threads)


def _as_slice(machines):
    """Return consecutive indices as a slice, which needs no copy; None for others."""
    part = slice(machines[0], machines[-1] + 1)
    return part if part.stop - part.start == len(machines) else None
