"""Newton's method for linear machines with a smooth loss, all machines of a problem side by side."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from ._active_samples import ActiveSamples, Packing
from ._conjugate_gradients import conjugate_gradients
from ._preconditioner import Preconditioner

MOST_EQUATIONS = 384  # that Cholesky's method solves; more are left to conjugate gradients
LITTLE_WORK = 2e7  # multiplications that always are quick enough to set up the equations
PLAIN_STEPS = 10  # of conjugate gradients; more call for equations or a preconditioner
MOST_STEPS = 500
ACCURACY = 0.25  # of a direction: what is left of the gradient, in the preconditioner's norm
FLAT = 0.1  # share of its slope at the start at which a line search may end
LINE_STEPS = 30
LEAST_GROUP = 16  # machines that are moved together
GROUP_SHARE = 0.01  # of the memory of X, that directions of a larger group may take
SHARE = 0.045  # of the memory of X, that packed samples may take, with all that is kept for machines


class Newton:
    """Minimises the objectives of a problem's machines, from given weights.

    Parameters
    ----------
    problem : Problem
        The machines.
    loss : SquaredHinge or ProximalHinge
        The smooth loss.
    weights : ndarray of shape (n_machines, n_features + 1), float64
        Where to start; updated.
    dtype : dtype
        In which products are computed: samples of less precision are converted, a few at a time.
    offset : ndarray of shape (n_machines, n_features + 1), default=None
        Weights that add to the decisions, and cost nothing.
    """

    def __init__(self, problem, loss, weights, dtype, offset=None):
        self.problem = problem
        self.loss = loss
        self.weights = weights
        self.dtype = np.dtype(dtype)
        self.n_iter = 0
        self.is_hard = False
        self.preconditioner = None
        self.decisions = problem.decide(weights if offset is None else weights + offset, self.dtype)
        self.alphas = np.empty_like(self.decisions)
        self.curvatures = np.empty(self.decisions.shape, problem.X.dtype)
        self.gradients = np.empty(weights.shape, problem.X.dtype)
        self.objectives, self.gaps = np.empty((2, problem.n_machines))
        self.packing = Packing(problem.X, self._count_packed(), problem.n_threads)
        self._evaluate(range(problem.n_machines))

    def minimise(self, tol, max_iter, bar=None):
        """Take steps until the gaps are at most `tol` times the objectives, or do not get smaller any more.

        Parameters
        ----------
        tol : float
            Largest gap, as a share of the objective.
        max_iter : int
            Most steps.
        bar : tqdm, default=None
            Counts the steps and tells the gap.

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
            self._step(machines)
            self.n_iter += 1
            if bar is not None:
                bar.update()
                bar.set_postfix(gap=f"{(self.gaps / self.objectives).max():.1e}", refresh=False)
        return self.n_iter

    def _evaluate(self, machines):
        """Compute alphas, curvatures, objectives, gradients and gaps of machines from their decisions."""
        for group in self._groups_of(machines):
            self._evaluate_group(group)

    def _groups_of(self, machines):
        """Cut a sequence of machines into groups: large ones share work, but take memory."""
        size = int(GROUP_SHARE * self.problem.X.nbytes / (self.weights.shape[1] * self.dtype.itemsize))
        size = max(size, LEAST_GROUP)
        return (machines[start : start + size] for start in range(0, len(machines), size))

    def _evaluate_group(self, machines):
        problem = self.problem
        responses = []
        signed = np.empty((len(machines), problem.n_samples), self.dtype)
        for c, products in zip(machines, signed, strict=True):
            signs = problem.signs_of(c)
            response = self.loss.respond(signs * self.decisions[c], problem.costs_of(c), c)
            self.alphas[c] = response.alphas
            self.curvatures[c] = response.curvatures
            responses.append(response._replace(alphas=self.alphas[c], curvatures=self.curvatures[c]))
            np.multiply(signs, response.alphas, out=products)
        for c, response, reached in zip(machines, responses, problem.combine(signed), strict=True):
            weights = self.weights[c]
            gradient = weights - reached
            self.gradients[c] = gradient
            self.objectives[c] = np.dot(weights, weights) / 2 + response.loss
            self.gaps[c] = self.loss.gap(weights, gradient, response)

    def _residuals(self):
        return np.einsum("ij,ij->i", self.gradients, self.gradients) / 2

    def _step(self, machines):
        """Move along Newton's directions, as far as the objectives fall."""
        n_steps = [n for group in self._groups_of(machines) for n in self._step_group(group)]
        if not self.is_hard and max(n_steps) > PLAIN_STEPS:
            self.is_hard = True
            self.preconditioner = Preconditioner(self.problem, self.curvatures[machines].mean(axis=0))
        self._evaluate(machines)

    def _step_group(self, machines):
        problem = self.problem
        directions = np.empty((len(machines), self.weights.shape[1]), self.dtype)

        def find(i):
            directions[i], n_steps = self._find_direction(machines[i])
            return n_steps

        n_steps = problem.run_in_threads(find, range(len(machines)))
        moves = problem.decide(directions, self.dtype)

        def search(i):
            c = machines[i]
            length = self._search_line(c, directions[i], moves[i])
            self.weights[c] += length * directions[i]
            self.decisions[c] += self.dtype.type(length) * moves[i]

        problem.run_in_threads(search, range(len(machines)))
        return n_steps

    def _find_direction(self, machine):
        """Return about the product of the inverse Hessian and the negative gradient, and the steps that it took."""
        rows = np.flatnonzero(self.curvatures[machine])
        curvatures = self.curvatures[machine, rows]
        gradient = self.gradients[machine]
        if len(rows) == 0:
            return -gradient, 0
        n_equations = min(len(rows), len(gradient))
        work = n_equations * len(rows) * len(gradient)
        if n_equations > MOST_EQUATIONS or (work > LITTLE_WORK and not self.is_hard):
            return self._solve_by_steps(rows, curvatures, gradient)
        solve = self._solve_by_samples if len(rows) < len(gradient) else self._solve_by_features
        return solve(rows, curvatures, gradient), 0

    def _solve_by_features(self, rows, curvatures, gradient):
        hessian = np.eye(len(gradient))
        for start in range(0, len(rows), 4096):
            part = slice(start, start + 4096)
            samples = self._samples(rows[part])
            hessian += (samples * curvatures[part, None]).T @ samples
        return -cho_solve(cho_factor(hessian, overwrite_a=True), gradient)

    def _solve_by_samples(self, rows, curvatures, gradient):
        samples = self._samples(rows)
        kernel = samples @ samples.T
        kernel[np.diag_indices(len(rows))] += 1 / curvatures.astype(np.float64)
        products = cho_solve(cho_factor(kernel, overwrite_a=True), samples @ gradient)
        return samples.T @ products - gradient

    def _samples(self, rows):
        """Return samples in double precision, with the intercept's feature."""
        samples = np.empty((len(rows), self.problem.X.shape[1] + 1))
        samples[:, :-1] = self.problem.X[rows]
        samples[:, -1] = self.problem.bias
        return samples

    def _solve_by_steps(self, rows, curvatures, gradient):
        """Use preconditioned conjugate gradients."""
        condition = np.copy if self.preconditioner is None else self.preconditioner.apply
        target = (-gradient).astype(self.dtype)
        with self.packing.lend() as buffer:
            samples = ActiveSamples(self.problem, rows, curvatures.astype(self.dtype), self.packing, buffer)
            return conjugate_gradients(samples.multiply, condition, target, accuracy=ACCURACY, most_steps=MOST_STEPS)

    def _count_packed(self):
        """Return how many samples of a machine are packed at most: none where products are in double precision."""
        if self.dtype != np.float32:
            return 0
        kept = self.weights, self.gradients, self.decisions, self.alphas, self.curvatures
        spare = SHARE * self.problem.X.nbytes - sum(array.nbytes for array in kept)
        return max(0, int(spare / (2 * self.problem.X.shape[1] * self.problem.n_threads)))

    def _search_line(self, machine, direction, move):
        """Return how far to go: where the slope of the smooth objective is nearly 0."""
        problem, weights = self.problem, self.weights[machine]
        signs, costs = problem.signs_of(machine), problem.costs_of(machine)
        margins, move = signs * self.decisions[machine], signs * move
        inner, square = np.dot(weights, direction), np.dot(direction, direction)

        def slope_at(length):
            response = self.loss.respond(margins + move.dtype.type(length) * move, costs, machine)
            slope = inner + length * square - np.dot(response.alphas.astype(np.float64), move)
            return slope, square + np.dot(response.curvatures.astype(np.float64), np.square(move))

        first, _ = slope_at(0.0)
        lower, upper, length = 0.0, np.inf, 1.0
        for _ in range(LINE_STEPS):
            slope, bend = slope_at(length)
            if abs(slope) <= FLAT * abs(first):
                break
            lower, upper = (length, upper) if slope < 0 else (lower, length)
            length -= slope / bend
            if not lower < length < upper:
                length = 2 * lower if np.isinf(upper) else (lower + upper) / 2
        return length
