"""Levels of Lowe's Gaussian pyramid (IJCV 2004, section 3) in which keypoints lie, to describe them.

OpenCV's first octave is that of the image enlarged to twice its size by linear interpolation. Here it is made at the
image's own size, which is a quarter of the work: its levels are smoothed less by what the enlarging smooths, and
descriptors interpolate when they sample a level. The other octaves are smoothed more by as much.
"""

import cv2
import numpy as np

ENLARGED = -1  # OpenCV's number of the octave of the enlarged image
INITIAL_VARIANCE = 0.25  # how blurred an image is taken to be (section 3.3)
INTERPOLATION_VARIANCE = 3 / 16  # of the weights 1/4 and 3/4, by which OpenCV enlarges an image
SHIFT = 0.25  # pixels of the image by which OpenCV's levels lie to the lower right of it, from enlarging it
LEAST_VARIANCE = 0.01


def gaussian_levels(image, wanted, sigma, n_octave_layers):
    """Yield levels of the pyramid of an image.

    Parameters
    ----------
    image : float32 ndarray of shape (h, w)
        Grey levels.
    wanted : set of tuple of (int, int)
        Octaves and layers, as OpenCV numbers them; the layers are at least 1.
    sigma : float
        Standard deviation of the first layer of an octave, in its pixels.
    n_octave_layers : int
        Layers to a doubling of the standard deviation.

    Yields
    ------
    octave_and_layer : tuple of (int, int)
        One of those wanted.
    level : float32 ndarray
        The smoothed image. Octaves -1 and 0 have its size, each further octave half of the size before.
    """
    variances = sigma**2 * 4.0 ** (np.arange(n_octave_layers + 1) / n_octave_layers)
    level, variance = image, 0.0  # how much it has been smoothed, in its pixels
    last = max(octave for octave, _ in wanted)
    for octave in range(ENLARGED, last + 1):
        for layer in range(octave == ENLARGED, n_octave_layers + 1):  # all of them: results must not depend on `wanted`
            target = _applied_variance(octave, variances[layer])
            level, variance = _smoothed(level, target - variance), target
            if (octave, layer) in wanted:
                yield (octave, layer), level
        if 0 <= octave < last:
            n_rows, n_columns = (size // 2 * 2 for size in level.shape)
            level, variance = np.ascontiguousarray(level[:n_rows:2, :n_columns:2]), variance / 4


def places_in_levels(places, scales):
    """Turn pixels of OpenCV's octaves, `scales` times as large as the image, into those of the levels here."""
    return places / np.maximum(scales, 1) - SHIFT * np.minimum(scales, 1)


def _applied_variance(octave, variance):
    """Return by how much a level is smoothed, in its pixels, to have the variance of one of OpenCV's in its own."""
    if octave == ENLARGED:
        return max(variance / 4 - INITIAL_VARIANCE, LEAST_VARIANCE / 4)
    return max(variance - (INITIAL_VARIANCE - INTERPOLATION_VARIANCE) / 4**octave, LEAST_VARIANCE)


def _smoothed(level, variance):
    """Return a level smoothed by so much more, unless that is nothing."""
    return cv2.GaussianBlur(level, (0, 0), np.sqrt(variance)) if variance > 1e-6 else level
