"""Levels of Lowe's Gaussian pyramid: those in which keypoints lie, as OpenCV makes them."""

import cv2
import numpy as np

INITIAL_SIGMA = 0.5  # how blurred an image is taken to be (Lowe, IJCV 2004, section 3.3)
LEAST_VARIANCE = 0.01


def gaussian_levels(image, wanted, sigma, n_octave_layers):
    """Yield levels of the pyramid of an image.

    Parameters
    ----------
    image : float32 ndarray of shape (h, w)
        Grey levels.
    wanted : set of tuple of (int, int)
        Octaves and layers. Octave -1 is that of the image enlarged to twice its size.
    sigma : float
        Standard deviation of the first layer of an octave, in its pixels.
    n_octave_layers : int
        Layers to a doubling of the standard deviation.

    Yields
    ------
    octave_and_layer : tuple of (int, int)
        One of those wanted.
    level : float32 ndarray
        The smoothed image.
    """
    steps = _steps(sigma, n_octave_layers)
    first, last = min(0, *(octave for octave, _ in wanted)), max(octave for octave, _ in wanted)
    level = _first_level(image, first < 0, sigma)
    for octave in range(first, last + 1):
        layers = {layer for wanted_octave, layer in wanted if wanted_octave == octave}
        needed = layers if octave == last else layers | {n_octave_layers}  # of which the next octave is made
        for layer in range(max(needed) + 1):
            level = cv2.GaussianBlur(level, (0, 0), steps[layer]) if layer else level
            if layer == n_octave_layers:
                n_rows, n_columns = (size // 2 * 2 for size in level.shape)
                next_level = np.ascontiguousarray(level[:n_rows:2, :n_columns:2])
            if layer in layers:
                yield (octave, layer), level
        if octave < last:
            level = next_level


def _steps(sigma, n_octave_layers):
    """Return the standard deviations that bring each layer of an octave to the next."""
    totals = sigma * 2.0 ** (np.arange(n_octave_layers + 3) / n_octave_layers)
    return [0.0, *np.sqrt(totals[1:] ** 2 - totals[:-1] ** 2)]


def _first_level(image, is_enlarged, sigma):
    """Return the image, enlarged or not, brought to the standard deviation `sigma`."""
    initial = INITIAL_SIGMA
    if is_enlarged:
        n_rows, n_columns = image.shape
        image = cv2.resize(image, (2 * n_columns, 2 * n_rows), interpolation=cv2.INTER_LINEAR)
        initial *= 2
    step = np.sqrt(max(sigma**2 - initial**2, LEAST_VARIANCE))
    return cv2.GaussianBlur(image, (0, 0), step)
