"""Successive halving over settings of a pipeline; features are extracted once for all settings of later steps."""

import time
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone

from classicvis._sklearn_compat import select_rows
from classicvis.pipelines._halving import plan_rungs, shrink_split
from classicvis.pipelines._kept_features import KeptFeatures, hash_of, split_steps

SHARE_OF_FIRST_RUNG = 0.5  # largest share of the budget; the rest is for the later rungs
WORK_OF_FINAL_FIT = 1.5  # relative to a fit in 3-fold cross-validation, which leaves out a third of the rows


class Search:
    """Successive halving: each rung tries fewer settings, the best so far, on more rows.

    Parameters
    ----------
    pipeline : estimator
        Not changed.
    X : sequence of length n
        Its input.
    y : ndarray of shape (n,)
        Labels.
    splits : list of (ndarray, ndarray)
        Training and test rows.
    scorer : callable
        ``scorer(fitted_last_step, features, labels)``, as of scikit-learn.
    budget : float or None
        Seconds from now, for the search and the final fit.
    memory : str, os.PathLike, joblib.Memory or None
        Where features are stored for later searches.
    n_jobs : int or None
        Number of classifiers that are trained at the same time.

    Attributes
    ----------
    rows : list of dict
        The scores of each candidate on each number of rows, in the order of evaluation.
    """

    def __init__(self, pipeline, X, y, splits, scorer, budget, memory, n_jobs):
        self.pipeline = pipeline
        self.X = X
        self.y = y
        self.splits = splits
        self.scorer = scorer
        self.started = time.perf_counter()
        self.budget = np.inf if budget is None else budget
        self.memory = memory
        self.n_jobs = n_jobs
        self.rows = []
        self._seconds = 0.0  # estimated time of one row in one fit, features included

    def run(self, candidates, order, verbose):
        """Run all rungs that the budget allows.

        Parameters
        ----------
        candidates : list of dict
            Settings.
        order : ndarray of shape (n,), dtype intp
            All rows; each rung has the first of them.
        verbose : bool
            Show progress.
        """
        from tqdm import tqdm  # here, so that `import classicvis` does not wait for it

        rungs = plan_rungs(len(order), len(np.unique(self.y)), len(candidates))
        n_splits = [1] * (len(rungs) - 1) + [len(self.splits)]
        n_fits = sum(n * n_candidates for n, (_, n_candidates) in zip(n_splits, rungs, strict=True))
        with tqdm(total=n_fits, desc="Tuning", unit="fit", disable=None if verbose else True) as bar:
            for number, (n_rows, n_candidates) in enumerate(rungs):
                splits = self.splits[: n_splits[number]]
                if number:
                    n_candidates = min(n_candidates, self._n_affordable(n_rows * len(splits)))
                    candidates = [row["params"] for row in self.ranking()[:n_candidates]]
                if not candidates:
                    break
                splits = [shrink_split(split, order, n_rows / len(order)) for split in splits]
                self._run_rung(number, candidates, n_rows, splits, bar)

    def ranking(self):
        """Return `rows` from best to worst: by rung, then by score, then in the order of evaluation."""
        return sorted(self.rows, key=lambda row: (-row["iter"], -row["mean_test_score"]))

    def _run_rung(self, number, candidates, n_rows, splits, bar):
        rows = np.unique(np.concatenate([part for split in splits for part in split]))
        splits = [tuple(np.searchsorted(rows, part) for part in split) for split in splits]
        y = self.y[rows]
        features = KeptFeatures(select_rows(self.X, rows), y, splits, self.memory)
        share = 1 if number else SHARE_OF_FIRST_RUNG
        n_groups, n_fits, feature_seconds, fit_seconds = 0, 0, 0.0, 0.0
        for keys, group in _group_by_features(self.pipeline, candidates):
            if n_groups and self._seconds_left(share) < 0:
                break
            start = time.perf_counter()
            of_splits = features.compute(group[0].transformers, keys)
            extracted = time.perf_counter()
            outcomes = Parallel(self.n_jobs)(
                delayed(_fit_and_score)(candidate.predictor, values, y, *split, self.scorer)
                for candidate in group
                for values, split in zip(of_splits, splits, strict=True)
            )
            for candidate, outcome in zip(group, np.reshape(outcomes, (len(group), len(splits), 2)), strict=True):
                self.rows.append(_make_row(number, n_rows, candidate.params, *outcome.T))
            n_groups, n_fits = n_groups + 1, n_fits + len(outcomes)
            feature_seconds += extracted - start
            fit_seconds += time.perf_counter() - extracted
            # An upper bound: candidates that share features take less.
            self._seconds = feature_seconds / (n_groups * len(splits) * len(rows)) + fit_seconds / (n_fits * n_rows)
            bar.update(len(outcomes))

    def _seconds_left(self, share=1):
        """Return the seconds left of a share of the budget, which must leave enough for the final fit."""
        used = time.perf_counter() - self.started
        return min(share * self.budget, self.budget - self._seconds * len(self.y) * WORK_OF_FINAL_FIT) - used

    def _n_affordable(self, n_rows):
        """Return the number of candidates that there is time for on `n_rows` rows."""
        if self.budget == np.inf:
            return len(self.rows)
        return max(0, int(self._seconds_left() / (self._seconds * n_rows)))


def with_settings(pipeline, params):
    """Return a clone of a pipeline with the parameters in `params`; estimators among these are cloned."""
    return clone(pipeline).set_params(**{name: clone(value, safe=False) for name, value in params.items()})


class _Candidate(NamedTuple):
    """Settings, and the steps of the pipeline with these settings."""

    params: dict
    transformers: list
    predictor: object


def _group_by_features(pipeline, candidates):
    """Group candidates with the same features; groups with the same early steps come one after the other."""
    names = [name for name, _ in getattr(pipeline, "steps", ())]
    keyed = []
    for params in candidates:
        steps, predictor = split_steps(with_settings(pipeline, params))
        keys = tuple(_key_of(name, names, params) for name, _ in steps)
        keyed.append((keys, _Candidate(params, [step for _, step in steps], predictor)))
    seen = {}  # the rank of each key, by first occurrence
    for key in (key for keys, _ in keyed for key in keys):
        seen.setdefault(key, len(seen))
    groups = {}
    for keys, candidate in sorted(keyed, key=lambda item: [seen[key] for key in item[0]]):
        groups.setdefault(keys, []).append(candidate)
    return groups.items()


def _key_of(name, names, params):
    """Return a hash of the settings that a transformer's output depends on: all but those of later steps."""
    later = names[names.index(name) + 1 :] if name in names else []
    return hash_of(
        (name, [(tried, params[tried]) for tried in sorted(params) if tried.partition("__")[0] not in later])
    )


def _fit_and_score(predictor, features, y, train, test, scorer):
    """Return the score on the test rows, and the time of fitting on the training rows."""
    start = time.perf_counter()
    predictor.fit(select_rows(features, train), y[train])
    seconds = time.perf_counter() - start
    return scorer(predictor, select_rows(features, test), y[test]), seconds


def _make_row(number, n_rows, params, scores, seconds):
    return {
        "iter": number,
        "n_resources": n_rows,
        "params": params,
        "mean_test_score": scores.mean(),
        "std_test_score": scores.std(),
        "mean_fit_time": seconds.mean(),
    }
