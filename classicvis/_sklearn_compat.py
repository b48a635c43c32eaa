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
        """An empty stand-in for scikit-learn before 1.9, which has no `set_callbacks`."""


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
    """Calls the callbacks of an estimator at the beginning and end of its `fit` and of each epoch.

    It does nothing where scikit-learn has no callbacks (before 1.9).

    Parameters
    ----------
    estimator : CallbackSupportMixin
        The estimator, inside of a `fit` that `fit_context` wraps.
    X, y : array-like
        The data as given to `fit`.
    sample_weight : array-like or None
        The weights as given to `fit`.
    n_tasks : int
        Largest number of epochs.
    to_attributes : callable
        Turns the result of an epoch into a dict of fitted attributes.
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
        """Report the beginning of an epoch."""
        if self._root is not None:
            self._task = self._root.subcontext(task_name="epoch")
            self._task.call_on_fit_task_begin(**self._data)

    def end_task(self, make_result):
        """Report the end of an epoch.

        Parameters
        ----------
        make_result : callable
            Returns the result as if training had ended here. It is called only if a callback asks for the estimator.

        Returns
        -------
        is_over : bool
            Whether a callback asks to stop training.
        """
        if self._root is None:
            return False
        return self._task.call_on_fit_task_end(
            **self._data, reconstruction_attributes=lambda: self._to_attributes(make_result())
        )

    def end(self):
        """Report the end of training, after the estimator is fitted."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._data, reconstruction_attributes={})
