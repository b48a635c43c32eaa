"""`Problem`: the binary problems of a linear classifier on the same samples, and products of samples with weights."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from classicvis.kernels.svm import add_combinations

SMALL_PRODUCT = 10**6  # multiplications: BLAS is not faster than our own loops on fewer
LEAST_ROWS, MOST_ROWS = 16, 1024  # samples that are multiplied at a time
CONVERTED = 2**18  # values of samples that are converted at a time
LEAST_GROUP = 16  # binary problems in a group, at least
GROUP_SHARE = 0.015  # largest share of X's memory for the values of a larger group


@dataclass(frozen=True)
class Problem:
    """For each class in `positives` the binary problem against the rest: minimise ``|w|² / 2 + Σ cost loss(sign x·w)``.

    The last entry of w is the weight of a constant feature, whose value is `bias`.
    """

    X: np.ndarray  # (n_samples, n_features), float32 or float64
    codes: np.ndarray  # (n_samples,): the class of each sample
    positives: np.ndarray  # (n_machines,): the positive class of each binary problem
    costs: np.ndarray  # (n_samples,)
    factors: np.ndarray  # (n_machines, 2): factors of the costs of the negative and of the positive samples
    bias: float
    n_threads: int

    @property
    def n_samples(self):
        """Number of samples."""
        return len(self.X)

    @property
    def n_machines(self):
        """Number of binary problems."""
        return len(self.positives)

    def is_positive(self, machine, samples=slice(None)):
        """Return whether samples are of the positive class."""
        return self.codes[samples] == self.positives[machine]

    def signs_of(self, machine, samples=slice(None)):
        """Return 1 for samples of the positive class, and -1 for the rest."""
        return np.where(self.is_positive(machine, samples), 1, -1).astype(self.X.dtype)

    def costs_of(self, machine, samples=slice(None)):
        """Return the cost of each sample, which multiplies its loss."""
        factors = self.factors[machine, self.is_positive(machine, samples).astype(np.intp)]
        return (self.costs[samples] * factors).astype(self.X.dtype)

    def decide(self, weights, dtype):
        """Return the values of the decision functions.

        Parameters
        ----------
        weights : ndarray of shape (n_machines, n_features + 1)
            Weights, the intercept's last.
        dtype : dtype
            In which products are computed.

        Returns
        -------
        decisions : ndarray of shape (n_machines, n_samples), `dtype`
            The values.
        """
        matrix = weights[:, :-1].T.astype(dtype, copy=False)
        offsets = (self.bias * weights[:, -1:]).astype(dtype)
        decisions = np.empty((len(weights), self.n_samples), dtype)
        n_rows = self._n_rows_at_a_time(dtype, len(weights))

        def fill(part):
            for rows in _cut(part, n_rows):
                decisions[:, rows] = (self.X[rows].astype(dtype, copy=False) @ matrix).T + offsets

        self.run_in_threads(fill, self.cut(self.n_samples))
        return decisions

    def combine(self, coefficients, out=None):
        """Return sums of samples, with a coefficient for each.

        Parameters
        ----------
        coefficients : ndarray of shape (n_machines, n_samples)
            Coefficients; their dtype is that of the products.
        out : ndarray of shape (n_machines, n_features + 1), dtype of the coefficients, default=None
            Where to put the sums.

        Returns
        -------
        sums : ndarray of shape (n_machines, n_features + 1), dtype of the coefficients
            The sums.
        """
        out = np.empty((len(coefficients), self.X.shape[1] + 1), coefficients.dtype) if out is None else out
        samples = np.arange(self.n_samples)
        out[:, -1] = self.bias * coefficients.sum(axis=1, dtype=np.float64)

        def add_up(part):
            out[part, :-1] = 0
            add_combinations(self.X, samples, coefficients[part], out[part])

        self.run_in_threads(add_up, self.cut(len(coefficients)))
        return out

    def group(self, machines, dtype):
        """Cut indices of binary problems into groups. Large groups share work, but need memory for all samples."""
        size = max(LEAST_GROUP, int(GROUP_SHARE * self.X.nbytes / (self.n_samples * np.dtype(dtype).itemsize)))
        n_groups = max(1, -(-len(machines) // size))
        return [machines[part] for part in _cut(slice(0, len(machines)), -(-len(machines) // n_groups))]

    def _n_rows_at_a_time(self, dtype, n_machines):
        """Return how many samples are multiplied at a time: the more the better, unless small products are quicker."""
        n_features = self.X.shape[1]
        n_rows = n_rows_of_small_product(n_features, n_machines)
        if n_rows > 0:
            return n_rows
        is_converted = dtype != self.X.dtype
        return max(LEAST_ROWS, CONVERTED // n_features) if is_converted else MOST_ROWS

    def cut(self, n_items):
        """Return slices of items, one for each thread."""
        return list(_cut(slice(0, n_items), -(-n_items // self.n_threads)))

    def run_in_threads(self, function, items):
        """Call a function with each item, and return the results.

        NumPy is told to be silent about invalid values: BLAS may come across some in lanes of vectors that it does not
        use. Samples are finite, and what is not in the end is seen from the duality gap.
        """
        function = np.errstate(invalid="ignore")(function)
        if self.n_threads == 1 or len(items) == 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(self.n_threads) as pool:  # joblib's threads would wait milliseconds for one another
            return list(pool.map(function, items))


def n_rows_of_small_product(n_features, n_machines):
    """Return how many samples at most OpenBLAS multiplies without copying them, which halves the time; 0 if few."""
    n_rows = SMALL_PRODUCT // (n_features * n_machines)
    return n_rows if n_rows >= LEAST_ROWS else 0


def _cut(part, step):
    """Cut a slice into slices of `step`."""
    return (slice(start, min(start + step, part.stop)) for start in range(part.start, part.stop, step))
