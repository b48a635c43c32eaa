"""Ensembles of pipelines, in which features that several members need are extracted once."""

import math
from collections import Counter

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.images import ImageReader
from classicvis.pipelines._kept_features import hash_of, split_steps

VOTINGS = ("soft", "hard")


def make_voting(members, *, voting="soft", weights=None, n_jobs=None):
    """Make a pipeline in which several classifiers vote, and their features are extracted once.

    The first steps that all members share become steps of the pipeline. Where members then differ, each kind of
    features is extracted once, for all members that use it.

    Parameters
    ----------
    members : list of Pipeline, or list of (str, Pipeline)
        What the ``make_*`` functions return, or other pipelines or classifiers; not fitted. Without names, members are
        named after their steps.
    voting : {'soft', 'hard'}, default='soft'
        Average the probabilities, or count predictions.
    weights : sequence of float, default=None
        Weight of each member; None means equal weights.
    n_jobs : int, default=None
        How many members are trained at the same time.

    Returns
    -------
    pipeline : Pipeline
        The shared steps and ``voting``, a :class:`~sklearn.ensemble.VotingClassifier`, not fitted.

    Raises
    ------
    ValueError
        There are no members, two have the same name, there is no such `voting`, or it is soft and a member has no
        `predict_proba`.

    See Also
    --------
    make_stacking : Learns the weights of the members.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_forest, make_hog_svm, make_voting
    >>> sample = load_fashion_sample()
    >>> svm = make_hog_svm(probability="sigmoid", random_state=0)
    >>> forest = make_hog_forest(n_estimators=50, random_state=0)
    >>> pipeline = make_voting([svm, forest])
    >>> list(pipeline.named_steps), [name for name, _ in pipeline["voting"].estimators]
    (['hog', 'voting'], ['hog_svm', 'hog_forest'])
    >>> bool(pipeline.fit(sample.X_train[:500], sample.y_train[:500]).score(sample.X_test, sample.y_test) > 0.75)
    True
    """
    if voting not in VOTINGS:
        raise ValueError(f"voting is {voting!r}, but must be 'soft' or 'hard'.")
    members = _name_members(members)
    if voting == "soft":
        for name, member in members:
            if not hasattr(member, "predict_proba"):
                raise ValueError(
                    f"{name} has no predict_proba, which soft voting averages: make it with probability='sigmoid', or "
                    "set voting='hard'."
                )
    shared, members = _share_features(members)
    ensemble = VotingClassifier(members, voting=voting, weights=weights, n_jobs=n_jobs)
    return Pipeline([*shared, ("voting", ensemble)])


def make_stacking(members, *, final_estimator=None, cv=None, n_jobs=None):
    """Make a pipeline in which a classifier learns from the predictions of others, and features are extracted once.

    Features are shared as in :func:`make_voting`. They are extracted before the cross-validation of stacking, so that
    transformers, such as dictionaries and principal components, are fitted on all training images. Members must not
    have transformers that learn from labels.

    Parameters
    ----------
    members : list of Pipeline, or list of (str, Pipeline)
        As in :func:`make_voting`. Members give probabilities if they have `predict_proba`, else decision values.
    final_estimator : classifier, default=None
        Learns from the predictions of the members; None means :class:`~sklearn.linear_model.LogisticRegression`.
    cv : int, splitter or iterable, default=None
        How training images are split for it, as in :class:`~sklearn.ensemble.StackingClassifier`.
    n_jobs : int, default=None
        How many members are trained at the same time.

    Returns
    -------
    pipeline : Pipeline
        The shared steps and ``stacking``, a :class:`~sklearn.ensemble.StackingClassifier`, not fitted.

    Raises
    ------
    ValueError
        There are no members, or two have the same name.

    See Also
    --------
    make_voting : Averages the members.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_svm, make_lbp_forest, make_stacking
    >>> sample = load_fashion_sample()
    >>> pipeline = make_stacking([make_hog_svm(random_state=0), make_lbp_forest(n_estimators=50, random_state=0)])
    >>> [name for name, _ in pipeline["features"].transformer_list]
    ['hog', 'lbp']
    >>> bool(pipeline.fit(sample.X_train[:500], sample.y_train[:500]).score(sample.X_test, sample.y_test) > 0.75)
    True
    """
    shared, members = _share_features(_name_members(members))
    ensemble = StackingClassifier(members, final_estimator, cv=cv, n_jobs=n_jobs)
    return Pipeline([*shared, ("stacking", ensemble)])


class FeatureBlocks(FeatureUnion, auto_wrap_output_keys=None):
    """A FeatureUnion whose output is a structured array: ``blocks[name]`` has the features of one transformer.

    Its rows can be indexed like those of any array, as cross-validation does. ``"passthrough"`` stands for X itself.
    """

    def __init__(self, transformer_list):
        super().__init__(transformer_list)

    def fit_transform(self, X, y=None):
        """Fit all transformers in place, and transform X by each once."""
        return _join_blocks(self.transformer_list, lambda transformer: transformer.fit_transform(X, y), X)

    def transform(self, X):
        """Transform X by all transformers."""
        return _join_blocks(self.transformer_list, lambda transformer: transformer.transform(X), X)

    def set_output(self, *, transform=None):
        """Do nothing: blocks are always one structured array."""
        return self


class Block(TransformerMixin, BaseEstimator):
    """Selects the features of one transformer from the output of `FeatureBlocks`."""

    def __init__(self, name):
        self.name = name

    def fit(self, X, y=None):
        """Record the number of features."""
        self.n_features_in_ = math.prod(X[self.name].shape[1:])
        return self

    def transform(self, X):
        """Return the features."""
        return X[self.name]


def _join_blocks(transformers, run, X):
    parts = {name: np.asarray(X if step == "passthrough" else run(step)) for name, step in transformers}
    blocks = np.empty(len(X), [(name, part.dtype, part.shape[1:]) for name, part in parts.items()])
    for name, part in parts.items():
        blocks[name] = part
    return blocks


def _name_members(members):
    """Return clones of the members, with their names."""
    if not len(members):
        raise ValueError("There are no members: give at least one pipeline.")
    if not all(isinstance(member, tuple | list) for member in members):
        names = [_name_of(member) for member in members]
        members = list(zip(_number(names), members, strict=True))
    name, count = Counter(name for name, _ in members).most_common(1)[0]
    if count > 1:
        raise ValueError(f"Two members are called {name!r}: give each a name of its own.")
    return [(name, clone(member)) for name, member in members]


def _name_of(member):
    if not isinstance(member, Pipeline):
        return type(member).__name__.lower()
    return "_".join(name for name, step in member.steps if not isinstance(step, ImageReader))


def _number(names):
    """Append numbers to names that occur several times, as `make_pipeline` does."""
    counts, seen = Counter(names), Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name}-{seen[name]}" if counts[name] > 1 else name)
    return numbered


def _share_features(members):
    """Return the steps that members share, and the members without these steps."""
    paths = [split_steps(member)[0] for _, member in members]
    shared = _common_start(paths)
    rests = [path[len(shared) :] for path in paths]
    groups = {}  # numbers of members, by their first step that is not shared
    for number, rest in enumerate(rests):
        groups.setdefault(hash_of(rest[0][1]) if rest else None, []).append(number)
    is_read_only = all(isinstance(step, ImageReader) for _, step in shared)
    blocks = [()] * len(members)  # the step that selects each member's features
    if len(groups) > 1 and (is_read_only or None not in groups):
        common = [_common_start([rests[number] for number in group]) for group in groups.values()]
        names = _number(["_".join(name for name, _ in steps) or "images" for steps in common])
        for name, steps, group in zip(names, common, groups.values(), strict=True):
            for number in group:
                blocks[number] = (("block", Block(name)),)
                rests[number] = rests[number][len(steps) :]
        union = FeatureBlocks([(name, _join_steps(steps)) for name, steps in zip(names, common, strict=True)])
        shared = [*shared, ("features", union)]
    rest_of = zip(members, blocks, rests, strict=True)
    return shared, [(name, _join_steps([*block, *rest, _last_step(member)])) for (name, member), block, rest in rest_of]


def _common_start(paths):
    """Return the longest common prefix of lists of steps."""
    shared = []
    for steps in zip(*paths, strict=False):
        if len({hash_of(step) for _, step in steps}) > 1:
            break
        shared.append(steps[0])
    return shared


def _last_step(member):
    return member.steps[-1] if isinstance(member, Pipeline) else ("classifier", member)


def _join_steps(steps):
    if not steps:
        return "passthrough"
    return steps[0][1] if len(steps) == 1 else Pipeline(steps)
