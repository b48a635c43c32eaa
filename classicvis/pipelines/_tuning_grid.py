"""`tuning_grid`: the settings of a pipeline that are worth trying, which `tune` tries by default."""

from numbers import Integral, Real

from sklearn.base import is_classifier
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from classicvis.encoding import VLAD, BagOfVisualWords, FisherVector
from classicvis.features import (
    ColorHistogramTransformer,
    HOGTransformer,
    KMeansPatchTransformer,
    LBPTransformer,
    SIFTTransformer,
)


def tuning_grid(pipeline):
    """Return a grid of values to try for the most important settings of a pipeline.

    These are the scales of features, the sizes of encoders and dictionaries, and the regularisation of the classifier.
    Most values are multiples of those of the pipeline: start from a ``make_*`` function, whose settings suit images.

    Parameters
    ----------
    pipeline : estimator
        A pipeline, or any scikit-learn estimator.

    Returns
    -------
    grid : dict of str to list
        Values by the name of the parameter, as for :class:`~sklearn.model_selection.GridSearchCV`.

    See Also
    --------
    classicvis.tune : Searches this grid, or another.

    Examples
    --------
    >>> from classicvis import make_vlad_svm
    >>> from classicvis.pipelines import tuning_grid
    >>> for name, values in tuning_grid(make_vlad_svm()).items():
    ...     print(name, values)
    sift__bin_size [(3, 4, 6), (4, 6, 9)]
    sift__encoder__n_words [16, 32, 64]
    svm__C [0.016, 0.062, 0.25, 1.0, 4.0, 16.0, 64.0]
    """
    components = {"": pipeline, **pipeline.get_params()}
    grid = {}
    for path, component in components.items():
        if isinstance(component, type) or not hasattr(component, "get_params"):
            continue
        own = component.get_params(deep=False)
        for name, rule in _rules_of(component, own).items():
            values = rule(own[name])
            if values is not None:
                grid[f"{path}__{name}" if path else name] = values
    steps = list(getattr(pipeline, "named_steps", ()))
    return dict(sorted(grid.items(), key=lambda item: steps.index(item[0].partition("__")[0]) if steps else 0))


def times(*factors):
    """Return a rule: a number times each factor; integers stay integers."""

    def rule(value):
        if isinstance(value, bool) or not isinstance(value, Real):
            return None
        if isinstance(value, Integral):
            return sorted({max(1, round(value * factor)) for factor in factors})
        return [float(f"{value * factor:.2g}") for factor in factors]

    return rule


def sizes_times(*factors):
    """Return a rule: a size, or each size of a tuple, times each factor; shares of an image are at most 1."""

    def rule(value):
        is_single = isinstance(value, Real)
        sizes = (value,) if is_single else value
        scaled = [tuple(_scale(size, factor) for size in sizes) for factor in factors]
        return [size[0] if is_single else size for size in dict.fromkeys(scaled)]

    return rule


def one_of(*values):
    """Return a rule: these values, whatever the current one is."""
    return lambda value: list(values)


def _scale(size, factor):
    return max(2, round(size * factor)) if isinstance(size, Integral) else min(1.0, size * factor)


# For each class, the parameters to try, and the rule that gives their values. The factors are about as large as the
# steps between settings that differ in accuracy on small images.
RULES = {
    HOGTransformer: {"pixels_per_cell": sizes_times(3 / 4, 1, 3 / 2)},
    LBPTransformer: {"circles": one_of(((8, 1), (8, 2)), ((8, 1), (8, 3)), ((8, 1), (8, 2), (8, 4)))},
    ColorHistogramTransformer: {"grid": one_of((1, 1), (2, 2), (4, 4))},
    SIFTTransformer: {"bin_size": sizes_times(1, 3 / 2)},
    KMeansPatchTransformer: {"n_components": times(1 / 2, 1, 2), "patch_size": times(1, 4 / 3)},
    BagOfVisualWords: {"n_words": times(1 / 2, 1, 2)},
    VLAD: {"n_words": times(1 / 2, 1, 2)},
    FisherVector: {"n_components": times(1 / 2, 1, 2)},
    RandomForestClassifier: {"max_features": one_of("sqrt", 0.1), "min_samples_leaf": one_of(1, 2, 4)},
    ExtraTreesClassifier: {"max_features": one_of("sqrt", 0.1), "min_samples_leaf": one_of(1, 2, 4)},
    HistGradientBoostingClassifier: {"learning_rate": one_of(0.05, 0.1, 0.2), "max_leaf_nodes": one_of(15, 31)},
}
RULES_OF_REGULARISED = {"C": times(1 / 64, 1 / 16, 1 / 4, 1, 4, 16, 64)}  # of every classifier with a `C`


def _rules_of(component, parameters):
    rules = {}
    for kind, rules_of_kind in RULES.items():
        if isinstance(component, kind):
            rules |= rules_of_kind
    if "C" in parameters and is_classifier(component):
        rules |= RULES_OF_REGULARISED
    return rules
