"""Preparing images for a network: value range, size, channels, normalisation and layout."""

from numbers import Integral, Real
from typing import NamedTuple

import cv2
import numpy as np

from classicvis.images import GREY_WEIGHTS, resize_image
from classicvis.neural.running._model_files import CHANNEL_ORDERS, FORMAT, LAYOUTS, ModelFileError
from classicvis.pixels import black_and_white, warn_of_values_beyond

WHITE = 255.0  # mean and std are in these units, whatever the images' own
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}


class Given(NamedTuple):
    """The preprocessing that the user's parameters give; None for what they do not give."""

    size: tuple | int | None = None
    mean: tuple | float | None = None
    std: tuple | float | None = None
    channel_order: str | None = None
    layout: str | None = None
    value_range: tuple | str | None = None


class Preprocessing(NamedTuple):
    """How an image is prepared for a network, in the order of the attributes.

    Attributes
    ----------
    value_range : "dtype", tuple of (float, float) or None
        The values that become 0 and 255; None leaves values as they are.
    size : tuple of (rows, columns) or None
        What images are resized to; None takes them as they come.
    channel_order : {"RGB", "BGR", "gray"}
        Grey images are repeated in three channels; colours are averaged to grey by `GREY_WEIGHTS`.
    mean, std : tuple of float
        Of each channel, in the order of `channel_order`; subtracted, and divided by.
    layout : {"NCHW", "NHWC"}
        Order of the axes.
    dtype : dtype
        Of the input; integers are rounded.
    """

    value_range: str | tuple | None
    size: tuple[int, int] | None
    channel_order: str
    mean: tuple
    std: tuple
    layout: str
    dtype: np.dtype

    def apply(self, images):
        """Prepare images.

        Parameters
        ----------
        images : ndarray of shape (n, h, w, c), or list of ndarrays of shape (h, w, c)
            With 1 or 3 channels, of any dtype.

        Returns
        -------
        batch : ndarray of shape (n, c, h, w) or (n, h, w, c)
            What the network takes, contiguous.
        """
        dtype = np.float64 if self.dtype == np.float64 else np.float32
        if isinstance(images, list) or (self.size is not None and images.shape[1:3] != self.size):
            batch = _stack([self._resize(self._scale(image, dtype)) for image in images])
        else:
            batch = self._scale(images, dtype)
        batch = _with_channels(batch, self.channel_order).astype(dtype, copy=False)
        if any(self.mean) or set(self.std) != {1.0}:
            batch = (batch - np.array(self.mean, dtype)) / np.array(self.std, dtype)
        if self.layout == "NCHW":
            batch = batch.transpose(0, 3, 1, 2)
        if np.issubdtype(self.dtype, np.integer):
            limits = np.iinfo(self.dtype)
            batch = np.clip(np.rint(batch), limits.min, limits.max)
        with np.errstate(over="ignore"):  # found in what the network gives
            return np.ascontiguousarray(batch, self.dtype)

    def warn_of_values_beyond(self, images):
        """Warn once of values that are cut off."""
        if self.value_range is not None:
            warn_of_values_beyond(images, black_and_white(self.value_range, images[0].dtype))

    def _scale(self, image, dtype):
        """Scale values to 0 to 255; 8-bit images stay as they are, since resizing them is faster."""
        if self.value_range is None:
            return image
        black, white = black_and_white(self.value_range, image.dtype)
        if image.dtype == np.uint8 and (black, white) == (0.0, WHITE):
            return image
        scaled = np.clip(image.astype(dtype), black, white)
        return (scaled - dtype(black)) * dtype(WHITE / (white - black))

    def _resize(self, image):
        if self.size is None or image.shape[:2] == self.size:
            return image
        if image.dtype == np.uint8:
            flat = image[:, :, 0] if image.shape[2] == 1 else image
            return resize_image(flat, self.size).reshape(*self.size, -1)
        return _resize_floats(image, self.size)


class InputOfModel(NamedTuple):
    """Name, dtype and shape of a network's input."""

    name: str
    dtype: np.dtype
    shape: tuple  # of int, or None for any length

    @classmethod
    def of(cls, session, name):
        """Return the only input of a session's network, if it takes images; `name` is the model's, for messages."""
        inputs = session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(repr(value.name) for value in inputs) or "none"
            raise ModelFileError(f"{name} has {len(inputs)} inputs, {names}, but must have one, for images.")
        [value] = inputs
        if len(value.shape) != 4 or value.type not in DTYPES:
            raise ModelFileError(
                f"{name} has the input {value.name!r}, a {value.type} of shape {value.shape}, but it must have four "
                f"axes, as images have, and be one of {', '.join(DTYPES)}."
            )
        shape = tuple(length if isinstance(length, int) else None for length in value.shape)
        return cls(value.name, np.dtype(DTYPES[value.type]), shape)


def plan_preprocessing(model_input, metadata, given):
    """Find out how images are prepared for a network.

    Parameters
    ----------
    model_input : InputOfModel
        The network's input.
    metadata : dict of str to str
        Of the model; those of classicvis say how images are prepared.
    given : Given
        From the user; it takes precedence over the metadata.

    Returns
    -------
    preprocessing : Preprocessing
        For all images.

    Raises
    ------
    ValueError
        A setting is missing, not allowed, or does not fit the network's input.
    """
    told = _told_by_metadata(metadata)
    told |= {name: value for name, value in given._asdict().items() if value is not None}
    layout = _checked("layout", told.get("layout") or _layout_of(model_input.shape), LAYOUTS)
    lengths = dict(zip(layout, model_input.shape, strict=True)) if layout else {}
    channel_order = _checked("channel_order", told.get("channel_order"), CHANNEL_ORDERS)
    if lengths.get("C") == 1:
        channel_order = channel_order or "gray"
    missing = [
        *(["layout"] if layout is None else []),
        *(name for name in ("mean", "std") if name not in told),
        *(["channel_order"] if channel_order is None else []),
    ]
    if missing:
        raise ValueError(
            f"The network does not say how its images are prepared: give {_join(missing)}, as they were in its "
            "training."
        )
    n_channels = CHANNEL_ORDERS[channel_order]
    if lengths["C"] not in (None, n_channels):
        raise ValueError(
            f"channel_order is {channel_order!r}, so {n_channels} channels in layout {layout}, but the network's "
            f"input has the shape {_text(model_input.shape)}: give those that it was trained with."
        )
    is_raw = given.mean is None and given.std is None and FORMAT in metadata
    return Preprocessing(
        value_range=_checked_range(given.value_range, is_raw),
        size=_size_of(told.get("size"), lengths["H"], lengths["W"]),
        channel_order=channel_order,
        mean=_per_channel("mean", told["mean"], n_channels),
        std=_per_channel("std", told["std"], n_channels),
        layout=layout,
        dtype=model_input.dtype,
    )


def _told_by_metadata(metadata):
    if FORMAT not in metadata:
        return {}
    return {
        "layout": metadata["classicvis.layout"],
        "size": (int(metadata["classicvis.rows"]), int(metadata["classicvis.columns"])),
        "channel_order": metadata["classicvis.color_order"],
        "mean": 0.0,  # they are in the graph
        "std": 1.0,
    }


def _layout_of(shape):
    """Return the layout if one axis alone can be that of 1 or 3 channels."""
    places = [place for place in (1, 3) if shape[place] in (1, 3)]
    return {(1,): "NCHW", (3,): "NHWC"}.get(tuple(places))


def _checked(name, value, allowed):
    if value is not None and value not in allowed:
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(map(repr, allowed))}.")
    return value


def _checked_range(value_range, is_raw):
    if value_range is None:
        return None if is_raw else "dtype"
    black_and_white(value_range, np.uint8)  # raises where it is none
    return value_range


def _size_of(size, n_rows, n_columns):
    """Return the size that images are resized to, which must be the network's if it has a fixed one."""
    if size is None:
        return None if None in (n_rows, n_columns) else (n_rows, n_columns)
    size = (size, size) if isinstance(size, Integral) else tuple(size)
    if len(size) != 2 or not all(isinstance(side, Integral) and side > 0 for side in size):
        raise ValueError(f"size is {size!r}, but must be a number of pixels, or (rows, columns).")
    if any(own not in (None, side) for own, side in zip((n_rows, n_columns), size, strict=True)):
        raise ValueError(
            f"size is {size[0]} × {size[1]}, but the network takes {n_rows} × {n_columns}: give its own, or none."
        )
    return int(size[0]), int(size[1])


def _per_channel(name, values, n_channels):
    are_single = isinstance(values, Real)
    values = np.full(n_channels, values, float) if are_single else np.asarray(values, float).ravel()
    is_legal = np.isfinite(values).all() and (name == "mean" or (values > 0).all())
    if len(values) != n_channels or not is_legal:
        raise ValueError(
            f"{name} is {values.tolist()}, but must be a number, or one for each of {n_channels} channels"
            + (", above 0." if name == "std" else ".")
        )
    return tuple(values.tolist())


def _stack(images):
    """Stack images of one size, grey ones among colours repeated."""
    shapes = {image.shape[:2] for image in images}
    if len(shapes) > 1:
        raise ValueError(
            f"X has images of several sizes, such as {_text(sorted(shapes)[0])} and {_text(sorted(shapes)[-1])}, and "
            "the network takes any: give size, to which they are brought."
        )
    n_channels = max(image.shape[2] for image in images)
    return np.stack([_repeated(image, n_channels) for image in images])


def _repeated(image, n_channels):
    return image if image.shape[2] == n_channels else np.repeat(image, n_channels, axis=2)


def _with_channels(batch, channel_order):
    n_channels = CHANNEL_ORDERS[channel_order]
    if n_channels == 1:
        return batch if batch.shape[3] == 1 else (batch @ np.array(GREY_WEIGHTS, np.float32))[..., np.newaxis]
    batch = np.broadcast_to(batch, (*batch.shape[:3], n_channels))
    return batch[..., ::-1] if channel_order == "BGR" else batch


def _resize_floats(image, size):
    """Average over areas along an axis that shrinks, then interpolate along one that grows, as for 8-bit images."""
    smaller = min(image.shape[0], size[0]), min(image.shape[1], size[1])
    image = np.ascontiguousarray(image, np.float64 if image.dtype == np.float64 else np.float32)
    for (rows, columns), method in ((smaller, cv2.INTER_AREA), (size, cv2.INTER_LINEAR)):
        if image.shape[:2] != (rows, columns):
            image = cv2.resize(image, (columns, rows), interpolation=method)
    return image.reshape(*size, -1)


def _join(names):
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _text(shape):
    return "(" + ", ".join("any" if length is None else str(length) for length in shape) + ")"
