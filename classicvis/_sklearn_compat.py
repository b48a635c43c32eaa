"""The only file that touches private names of scikit-learn; everything else imports them from here."""

from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as select_rows
from sklearn.utils._param_validation import HasMethods, Hidden, Interval, Options, RealNotInt, StrOptions
from sklearn.utils.validation import _check_feature_names, _get_feature_names, validate_data
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _check_y as check_y

try:
    from sklearn.callback import CallbackSupportMixin
except ModuleNotFoundError:

    class CallbackSupportMixin:
        """Stands where scikit-learn has had `set_callbacks` since 1.9, without it."""


__all__ = [
    "CallbackSupportMixin",
    "FitCallbacks",
    "HasMethods",
    "Hidden",
    "Interval",
    "Options",
    "RealNotInt",
    "StrOptions",
    "check_feature_names",
    "check_sample_weight",
    "check_y",
    "fit_context",
    "get_feature_names",
    "select_rows",
    "validate_data",
]


def get_feature_names(X):
    """Return the names of the columns of a data frame, or None where X has no such names."""
    return _get_feature_names(X)


def check_feature_names(estimator, X):
    """Compare the names of the columns of X with those that a fitted estimator has seen; change nothing."""
    _check_feature_names(estimator, X, reset=False)


class FitCallbacks:
    """Tells the callbacks of an estimator, where scikit-learn has callbacks (1.9), of the epochs of its `fit`.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        In `fit`, which `fit_context` wraps.
    X, y : array-like
        As they were given to `fit`.
    sample_weight : array-like or None
        As it was given to `fit`.
    n_tasks : int
        Largest number of epochs.
    to_attributes : callable
        Makes a dict of fitted attributes of what `end_task` gets.
    """

    def __init__(self, estimator, X, y, sample_weight, *, n_tasks, to_attributes):
        self._to_attributes = to_attributes
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._root = self._task = None
        if hasattr(estimator, "_init_callback_context"):
            self._root = estimator._init_callback_context(max_subtasks=n_tasks)
            self._root.call_on_fit_task_begin(**self._data)

    def begin_task(self):
        """Tell of the beginning of an epoch."""
        if self._root is not None:
            self._task = self._root.subcontext(task_name="epoch")
            self._task.call_on_fit_task_begin(**self._data)

    def end_task(self, make_result):
        """Tell of the end of an epoch.

        Parameters
        ----------
        make_result : callable
            Makes what is turned into attributes of an estimator, as though training had ended here; it is called
            where a callback asks for such an estimator.

        Returns
        -------
        is_over : bool
            Whether a callback asks to stop.
        """
        if self._root is None:
            return False
        return self._task.call_on_fit_task_end(
            **self._data, reconstruction_attributes=lambda: self._to_attributes(make_result())
        )

    def end(self):
        """Tell of the end of training, when the estimator is fitted."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._data, reconstruction_attributes={})
