"""What an estimator remembers of the images that it was fitted on."""

import math
import warnings

LARGEST_OF_UNIT = 2  # values up to here may be those of images in 0 to 1, sharpened or with noise


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
    """Take back what `record` has recorded."""
    for name in ("sample_shape_", "value_range_", "n_features_in_", "feature_names_in_"):
        vars(estimator).pop(name, None)


def warn_of_another_range(estimator, batch):
    """Warn where values lie in 0 to 1 and those recorded did not, or the reverse.

    Parameters
    ----------
    estimator : BaseEstimator
        Fitted; it takes numbers as they are.
    batch : ImageBatch
        The images.
    """
    (recorded_low, recorded_high), (low, high) = estimator.value_range_, batch.value_range
    if min(recorded_low, low) < 0:
        return
    if recorded_high > LARGEST_OF_UNIT:
        is_other = batch.dtype.kind in "bf" and high <= 1 and any(image.any() for image in batch.pixels)
    else:
        is_other = high > LARGEST_OF_UNIT and any((image > LARGEST_OF_UNIT).any() for image in batch.pixels)
    if is_other:
        warnings.warn(
            f"X has values from {low:g} to {high:g}, but {type(estimator).__name__} was fitted on values from "
            f"{recorded_low:g} to {recorded_high:g} and takes them as they are: bring X to the range of the images in "
            "fit.",
            UserWarning,
            stacklevel=4,
        )
