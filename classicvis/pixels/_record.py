"""The fitted attributes that describe the images seen in `fit`."""

import math


def record(estimator, batch):
    """Record the shape, the range of values and the names of the columns of images, as `fit` does.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets `sample_shape_` and `value_range_`; `n_features_in_`, unless the images differ in shape; and
        `feature_names_in_`, where the columns have names.
    batch : ImageBatch
        The images.
    """
    forget(estimator)
    estimator.sample_shape_ = batch.sample_shape
    estimator.value_range_ = batch.value_range
    if batch.sample_shape is not None:
        estimator.n_features_in_ = math.prod(batch.sample_shape)
    if batch.feature_names is not None:
        estimator.feature_names_in_ = batch.feature_names


def forget(estimator):
    """Delete the attributes that `record` sets."""
    for name in ("sample_shape_", "value_range_", "n_features_in_", "feature_names_in_"):
        vars(estimator).pop(name, None)
