"""Successive halving over settings of a pipeline, with features kept for all settings behind them."""

import time
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone

from classicvis._sklearn_compat import select_rows
from classicvis.pipelines._halving import plan_rungs, take_rows
from classicvis.pipelines._kept_features import KeptFeatures, hash_of, split_steps

SHARE_OF_FIRST_RUNG = 0.5  # of the budget, at most
WORK_OF_FINAL_FIT = 1.5  # that of a fit in cross-validation on as many rows, of which it leaves a third out


class Search:
    """Try settings in rungs of ever more rows and fewer settings.

    Parameters
    ----------
    pipeline : estimator
        What is searched; not changed.
    X : sequence of length n
        What it takes.
    y : ndarray of shape (n,)
        Labels.
    splits : list of (ndarray, ndarray)
        Training and test rows.
    scorer : callable
        Called with a fitted last step, features and labels.
    budget : float or None
        Seconds, from now on, within which also the final fit should be done.
    memory : str, os.PathLike, joblib.Memory or None
        Where features outlast the search.
    n_jobs : int or None
        How many classifiers are trained at the same time.

    Attributes
    ----------
    rows : list of dict
        The scores of each settings on each number of rows, in the order in which they came.
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
        self._seconds = 0.0  # that one row takes in one fit, as far as known

    def run(self, candidates, order, verbose):
        """Run all rungs for which there is time.

        Parameters
        ----------
        candidates : list of dict
            Settings.
        order : ndarray of shape (n,), dtype intp
            In which order rows come in.
        verbose : bool
            Show progress.
        """
        from tqdm import tqdm  # only those who search wait for it

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
                splits = [take_rows(split, order, n_rows / len(order)) for split in splits]
                self._run_rung(number, candidates, n_rows, splits, bar)

    def ranking(self):
        """Return `rows` from best to worst: by the number of rows tried on, then by score.

        Returns
        -------
        rows : list of dict
            The first has the best settings; of equals, the one that was tried first.
        """
        return sorted(self.rows, key=lambda row: (-row["iter"], -row["mean_test_score"]))

    def _run_rung(self, number, candidates, n_rows, splits, bar):
        rows = np.unique(np.concatenate([part for split in splits for part in split]))
        splits = [tuple(np.searchsorted(rows, part) for part in split) for split in splits]
        y = self.y[rows]
        features = KeptFeatures(select_rows(self.X, rows), y, splits, self.memory)
        share = 1 if number else SHARE_OF_FIRST_RUNG
        n_groups, n_fits, of_features, of_fits = 0, 0, 0.0, 0.0
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
            of_features += extracted - start
            of_fits += time.perf_counter() - extracted
            # Of settings that have features of their own.
            self._seconds = of_features / (n_groups * len(splits) * len(rows)) + of_fits / (n_fits * n_rows)
            bar.update(len(outcomes))

    def _seconds_left(self, share=1):
        """Return for how long a share of the budget lasts, less what the final fit takes of all."""
        used = time.perf_counter() - self.started
        return min(share * self.budget, self.budget - self._seconds * len(self.y) * WORK_OF_FINAL_FIT) - used

    def _n_affordable(self, n_rows):
        """Return how many settings there is time for on so many rows."""
        if self.budget == np.inf:
            return len(self.rows)
        return max(0, int(self._seconds_left() / (self._seconds * n_rows)))


def with_settings(pipeline, params):
    """Return a clone of a pipeline with other settings.

    Parameters
    ----------
    pipeline : estimator
        Not changed.
    params : dict
        Settings by the name of the parameter; estimators among them are cloned.

    Returns
    -------
    pipeline : estimator
        Not fitted.
    """
    return clone(pipeline).set_params(**{name: clone(value, safe=False) for name, value in params.items()})


class _Candidate(NamedTuple):
    """Settings, and the parts of the pipeline that has them."""

    params: dict
    transformers: list
    predictor: object


def _group_by_features(pipeline, candidates):
    """Return groups that share all features, those side by side that share the features of early steps."""
    names = [name for name, _ in getattr(pipeline, "steps", ())]
    keyed = []
    for params in candidates:
        steps, predictor = split_steps(with_settings(pipeline, params))
        keys = tuple(_key_of(name, names, params) for name, _ in steps)
        keyed.append((keys, _Candidate(params, [step for _, step in steps], predictor)))
    seen = {}  # every key, with its place
    for key in (key for keys, _ in keyed for key in keys):
        seen.setdefault(key, len(seen))
    groups = {}
    for keys, candidate in sorted(keyed, key=lambda item: [seen[key] for key in item[0]]):
        groups.setdefault(keys, []).append(candidate)
    return groups.items()


def _key_of(name, names, params):
    """Return what tells a transformer's output from others: all settings tried but those of the steps behind it."""
    behind = names[names.index(name) + 1 :] if name in names else []
    return hash_of(
        (name, [(tried, params[tried]) for tried in sorted(params) if tried.partition("__")[0] not in behind])
    )


def _fit_and_score(predictor, features, y, train, test, scorer):
    """Return the score on the test rows, and the seconds that fitting on the training rows took."""
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
