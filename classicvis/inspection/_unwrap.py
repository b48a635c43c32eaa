"""Getting at what is inside of a fitted estimator."""

from sklearn.pipeline import Pipeline


def unwrap_search(estimator):
    """Return the best estimator of a fitted search, such as GridSearchCV; anything else as it is."""
    return getattr(estimator, "best_estimator_", estimator)


def last_step(estimator):
    """Return the last step of a Pipeline, or of the best one of a search; anything else as it is."""
    estimator = unwrap_search(estimator)
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator
