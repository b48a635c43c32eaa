"""The common base of the estimators that run an ONNX network from elsewhere."""

import os
from numbers import Integral

from sklearn.base import BaseEstimator

from classicvis._sklearn_compat import Interval, StrOptions
from classicvis.neural.running._image_network import RunSettings
from classicvis.neural.running._preprocessing import CHANNEL_ORDERS, LAYOUTS, Given
from classicvis.pixels import read_images


class ONNXEstimator(BaseEstimator):
    """The parameters that say what the network is, how it wants its images and where it runs."""

    _parameter_constraints: dict = {
        "model": [str, os.PathLike, bytes],
        "output": [str],
        "size": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "mean": ["array-like", float, int, None],
        "std": ["array-like", float, int, None],
        "channel_order": [StrOptions(set(CHANNEL_ORDERS)), None],
        "layout": [StrOptions(set(LAYOUTS)), None],
        "value_range": [StrOptions({"dtype"}), tuple, list, None],
        "image_shape": ["array-like", None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "device": [StrOptions({"auto", "cpu", "cuda"})],
        "session_options": [dict, None],
    }

    def __init__(
        self,
        model,
        *,
        output,
        size,
        mean,
        std,
        channel_order,
        layout,
        value_range,
        image_shape,
        batch_size,
        n_threads,
        device,
        session_options,
    ):
        self.model = model
        self.output = output
        self.size = size
        self.mean = mean
        self.std = std
        self.channel_order = channel_order
        self.layout = layout
        self.value_range = value_range
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.n_threads = n_threads
        self.device = device
        self.session_options = session_options

    @property
    def preprocessing_(self):
        """How an image is prepared for the network."""
        return self._image_network().preprocessing._asdict()

    @property
    def onnx_model_(self):
        """The network, as ONNX bytes."""
        return self._image_network().model

    @property
    def provider_(self):
        """The onnxruntime provider that runs the network in this process."""
        return self._image_network().get_session(self._settings()).get_providers()[0]

    def _image_network(self):
        """Return the `ImageNetwork` of this estimator."""
        raise NotImplementedError

    def _read(self, X, like=None):
        value_range = self._image_network().preprocessing.value_range
        return read_images(X, image_shape=self.image_shape, value_range=value_range, any_size=True, like=like)

    def _given(self):
        return Given(self.size, self.mean, self.std, self.channel_order, self.layout, self.value_range)

    def _settings(self):
        return RunSettings(self.device, self.n_threads, self.batch_size, self.session_options)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
