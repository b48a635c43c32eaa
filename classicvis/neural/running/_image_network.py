"""An ONNX network for images: its session, its preprocessing, and runs in batches."""

from typing import NamedTuple

import numpy as np

from classicvis.neural.running._model_files import FORMAT, check_metadata, describe_model, name_model_in_errors
from classicvis.neural.running._preprocessing import InputOfModel, plan_preprocessing
from classicvis.neural.running._session import LazySession, count_images_at_once, fill_up, require_finite

ADVICE_ON_RUNS = "set a smaller batch_size if memory is short, or give a model that takes images"


class RunSettings(NamedTuple):
    """Where and how a network runs, from the parameters of an estimator."""

    device: str
    n_threads: int | None
    batch_size: int | None
    options: dict | None


class ImageNetwork:
    """A network with the preparation of its images.

    Parameters
    ----------
    model : bytes
        An ONNX model with one input, of four axes.
    given : Given
        The preprocessing that the user's parameters give.
    settings : RunSettings
        To open the first session, which describes the input.
    name : str, default=None
        How messages name the model; None names its number of bytes.

    Attributes
    ----------
    preprocessing : Preprocessing
        How an image is prepared.
    metadata : dict of str to str
        Of the model.

    Raises
    ------
    ModelFileError
        The model is damaged, or does not take images.
    ValueError
        It is not given how images are prepared.
    """

    def __init__(self, model, given, settings, name=None):
        self.model = model
        self.name = describe_model(model) if name is None else name
        self._lazy_session = LazySession(self.name)
        session = self.get_session(settings)
        with name_model_in_errors(self.name, "give one that is whole"):
            self.metadata = session.get_modelmeta().custom_metadata_map
            self._input = InputOfModel.of(session, self.name)
        check_metadata(self.metadata, self._input.shape, self.name)
        self.preprocessing = plan_preprocessing(self._input, self.metadata, given)

    def get_session(self, settings):
        """Return a session of this process, made when there is none with these settings."""
        return self._lazy_session.get(
            self.model, device=settings.device, n_threads=settings.n_threads, options=settings.options
        )

    def run(self, images, settings, *, output, finish):
        """Run the network.

        Parameters
        ----------
        images : ndarray of shape (n, h, w, c), or list of ndarrays of shape (h, w, c)
            As `read_images` returns them.
        settings : RunSettings
            Where and how.
        output : str
            Name of the output to return.
        finish : callable
            Turns the output for n images into an array of shape (n, d).

        Returns
        -------
        rows : ndarray of shape (n, d), dtype float32
            One row an image.

        Raises
        ------
        ValueError
            The network overflows, or takes another size.
        """
        session = self.get_session(settings)
        self.preprocessing.warn_of_values_beyond(images)
        rows = []
        for feed, n_images in self.iterate_feeds(images, settings):
            [batch] = feed.values()
            with name_model_in_errors(self.name, f"{ADVICE_ON_RUNS} of shape {batch.shape[1:]}"):
                [values] = session.run([output], feed)
            if FORMAT in self.metadata:
                values = _average_views(values, len(batch))
            if values.ndim == 0 or len(values) != len(batch):
                raise ValueError(
                    f"The network's output {output!r} has the shape {values.shape} for {len(batch)} images, but must "
                    "have one entry for each: name another by output."
                )
            rows.append(finish(values[:n_images]).astype(np.float32, copy=False))
        rows = np.concatenate(rows)
        require_finite(rows, name=self.name)
        return rows

    def iterate_feeds(self, images, settings):
        """Prepare images, batch by batch.

        Parameters
        ----------
        images : ndarray of shape (n, h, w, c), or list of ndarrays of shape (h, w, c)
            As `read_images` returns them.
        settings : RunSettings
            How many at once.

        Yields
        ------
        feed : dict of str to ndarray
            A batch by the name of the network's input; one of a fixed size is filled up.
        n_images : int
            The number of images in the batch, padding not counted.
        """
        step = self._count_images_of_batch(self.get_session(settings), images, settings.batch_size)
        is_fixed = self._input.shape[0] is not None or (settings.options or {}).get("fixed_batch", False)
        for start in range(0, len(images), step):
            batch = self.preprocessing.apply(images[start : start + step])
            n_images = len(batch)
            if is_fixed:
                batch = fill_up(batch, step)
            self._require_size(batch)
            yield {self._input.name: batch}, n_images

    def _count_images_of_batch(self, session, images, batch_size):
        if self._input.shape[0] is not None:
            return self._input.shape[0]
        if batch_size is not None:
            return batch_size
        size = self.preprocessing.size or images[0].shape[:2]
        return count_images_at_once(session, int(np.prod(size)) * len(self.preprocessing.mean))

    def _require_size(self, batch):
        fixed = self._input.shape[1:]
        if any(own not in (None, length) for own, length in zip(fixed, batch.shape[1:], strict=True)):
            raise ValueError(
                f"Images become batches of shape {batch.shape}, but the network takes {self._input.shape}, where None "
                "is any length: give size."
            )


def _average_views(values, n_images):
    """Average the output of a network of classicvis over views; all images of one view precede those of the next."""
    if values.ndim == 0 or len(values) == n_images or len(values) % n_images != 0:
        return values
    return values.reshape(-1, n_images, *values.shape[1:]).mean(axis=0)
