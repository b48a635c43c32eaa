"""`occlusion_map`: how much the score of a class drops if a patch of the image is hidden."""

from itertools import product
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from classicvis.inspection._classifier import choose_response_method, encode_target, plain_repr, response_values
from classicvis.inspection._samples import read_samples, split_reader

PATCHES_PER_SIDE = 5  # default: a patch hides parts of an object, and some 81 places cover an image


def occlusion_map(
    classifier,
    X,
    *,
    target=None,
    patch_size=None,
    stride=None,
    fill="mean",
    response_method="auto",
    image_shape=None,
    batch_size=256,
    verbose=True,
):
    """Compute how much the score of a class drops if a part of the image is hidden, for any classifier.

    A patch moves over each image and hides what is under it, as in Zeiler and Fergus [1]_. The classifier scores the
    image once for each position of the patch. The value of a pixel is::

        map[pixel] = mean over positions that cover it (score(image) - score(image with patch))

    Parameters
    ----------
    classifier : estimator
        A fitted classifier of images with `predict_proba` or `decision_function`, such as a Pipeline. If it begins
        with an :class:`~classicvis.ImageReader`, the maps are those of the images that the reader returns.
    X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
        What `classifier` takes.
    target : label or array-like of shape (n,), default=None
        The class, one for all images or one for each. None uses the class of highest score of each image.
    patch_size : int or tuple of (int, int), default=None
        Rows and columns of the patch, in pixels. None uses a fifth of each side, rounded, at least 1.
    stride : int or tuple of (int, int), default=None
        Pixels from one position of the patch to the next, at most its size. None uses half of the patch, at least 1.
        The last position always ends at the edge of the image.
    fill : "mean" or float, default="mean"
        Value of the patch: the mean of each channel of the image, or a pixel value.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        The score. "auto" uses the first method that the classifier has. Where probabilities are near 1, they hardly
        drop, but `decision_function` does.
    image_shape : tuple of int, default=None
        Shape of an image, for flat rows. None uses the shape on which the classifier or its first step was fitted; if
        it is unknown, rows are square grey images.
    batch_size : int, default=256
        Number of images with a hidden part that are scored at once.
    verbose : bool, default=True
        Show a progress bar if the output is a terminal.

    Returns
    -------
    maps : ndarray of shape (n, h, w), float64
        Drops of the score: positive where the image counts for the class, negative where it counts against it.

    Raises
    ------
    ValueError
        X, `classifier` or a setting is not as described.

    See Also
    --------
    class_activation_map : Faster, and exact, for a CNNClassifier.
    OcclusionDisplay : Draws the maps over the images.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014,
       :doi:`10.1007/978-3-319-10590-1_53`.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from classicvis.inspection import occlusion_map
    >>> X, y = load_digits(return_X_y=True)  # rows of 64 values: images of 8 × 8 pixels
    >>> classifier = LogisticRegression(max_iter=1000).fit(X[:500] / 16, y[:500])
    >>> occlusion_map(classifier, X[500:502] / 16, patch_size=3, stride=1).shape
    (2, 8, 8)
    """
    method = choose_response_method(classifier, response_method)
    classifier, X = split_reader(classifier, X)
    samples = read_samples(classifier, X, image_shape)
    grid = _Grid.over(samples.images.shape[1:3], patch_size, stride)
    if not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(f"batch_size is {plain_repr(batch_size)}, but must be an integer of at least 1.")
    fillings = _fillings(samples.images, fill)
    drops = _measure_drops(classifier, samples, target, grid, fillings, method, int(batch_size), verbose)
    return grid.spread(drops)


class _Grid(NamedTuple):
    """Positions of the patch on images of one size."""

    image_size: tuple[int, int]
    patch: tuple[int, int]
    corners: list  # (row, column) of the upper left pixel of the patch at each position

    @classmethod
    def over(cls, image_size, patch_size, stride):
        if patch_size is None:
            patch = tuple(max(1, round(size / PATCHES_PER_SIDE)) for size in image_size)
        else:
            patch = tuple(map(min, _pair("patch_size", patch_size), image_size))
        stride = tuple(max(1, size // 2) for size in patch) if stride is None else _pair("stride", stride)
        if any(step > size for step, size in zip(stride, patch, strict=True)):
            raise ValueError(
                f"stride is {stride}, but the patch has {patch[0]} × {patch[1]} pixels and must cover every pixel: "
                "give a stride of at most its size."
            )
        return cls(image_size, patch, list(product(*map(_starts, image_size, patch, stride))))

    def hide(self, image, place, filling):
        """Fill the patch at one position of an image, in place."""
        row, column = self.corners[place]
        image[row : row + self.patch[0], column : column + self.patch[1]] = filling

    def spread(self, drops):
        """Return the mean drop over the positions that cover each pixel, from drops of shape (n, n_places)."""
        sums = np.zeros((len(drops), *self.image_size))
        counts = np.zeros(self.image_size)
        for drop, (row, column) in zip(drops.T, self.corners, strict=True):
            covered = slice(row, row + self.patch[0]), slice(column, column + self.patch[1])
            sums[:, *covered] += drop[:, np.newaxis, np.newaxis]
            counts[covered] += 1
        return sums / counts


def _measure_drops(classifier, samples, target, grid, fillings, method, batch_size, verbose):
    """Return the drop of the score of each image at each position of the patch, of shape (n, n_places)."""
    from tqdm import tqdm  # imported here, since importing classicvis.inspection need not wait for it

    n_images, n_places = len(samples.images), len(grid.corners)
    codes = None if target is None else encode_target(classifier.classes_, target, n_images)
    whole = [
        response_values(classifier, samples.as_taken(samples.images[start : start + batch_size]), method)
        for start in range(0, n_images, batch_size)
    ]
    whole = np.concatenate(whole)
    codes = whole.argmax(axis=1) if codes is None else codes
    scores = np.empty(n_images * n_places)
    with tqdm(total=len(scores), desc="Hiding patches", unit="image", disable=None if verbose else True) as bar:
        for start in range(0, len(scores), batch_size):
            numbers = np.arange(start, min(start + batch_size, len(scores)))
            rows, places = np.divmod(numbers, n_places)
            hidden = samples.images[rows]
            for image, row, place in zip(hidden, rows, places, strict=True):
                grid.hide(image, place, fillings[row])
            by_class = response_values(classifier, samples.as_taken(hidden), method)
            scores[numbers] = by_class[np.arange(len(rows)), codes[rows]]
            bar.update(len(rows))
    return whole[np.arange(n_images), codes, np.newaxis] - scores.reshape(n_images, n_places)


def _fillings(images, fill):
    """Return the value of the patch for each image and channel, in the dtype of the images."""
    n_images, n_channels, dtype = len(images), images.shape[3], images.dtype
    if isinstance(fill, str) and fill == "mean":
        means = images.mean(axis=(1, 2), dtype=np.float64)
        return (means if dtype.kind == "f" else means.round()).astype(dtype)
    if not isinstance(fill, Real) or not np.isfinite(fill):
        raise ValueError(f"fill is {plain_repr(fill)}, but must be 'mean' or a finite pixel value.")
    with np.errstate(all="ignore"):
        value = np.float64(fill).astype(dtype)
    if value != fill and (dtype.kind != "f" or not np.isfinite(value)):
        raise ValueError(f"fill is {plain_repr(fill)}, but must be a value that images of {dtype} can hold, or 'mean'.")
    return np.full((n_images, n_channels), value)


def _starts(size, patch, stride):
    """Return the first pixels of the patch along one axis: every `stride` pixels, and the last possible one."""
    last = size - patch
    return [*range(0, last, stride), last]


def _pair(name, value):
    pair = tuple(value) if isinstance(value, tuple | list | np.ndarray) else (value, value)
    if len(pair) != 2 or not all(isinstance(size, Integral) and size >= 1 for size in pair):
        raise ValueError(
            f"{name} is {plain_repr(value)}, but must be an integer of at least 1, or two of them: (rows, columns)."
        )
    return int(pair[0]), int(pair[1])
