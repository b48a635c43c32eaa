"""`sift`: keypoints that OpenCV finds, and their descriptors."""

import contextlib
import threading
from numbers import Integral, Real
from typing import NamedTuple

import cv2
import numpy as np

from classicvis.features.sift._dense_grid import cell_taps
from classicvis.features.sift._pyramid import gaussian_levels, places_in_levels
from classicvis.images import grey_levels
from classicvis.kernels.sift import N_VALUES, NORM_CODES, SPACING, describe_keypoints
from classicvis.pixels import read_image

CELL_WIDTH = 3.0  # of a descriptor, in standard deviations of its keypoint, as in OpenCV
_lock = threading.Lock()
_state = {"n_users": 0, "n_threads": None}


class KeypointDescriptors(NamedTuple):
    """What `sift` returns: one row a keypoint and orientation.

    Attributes
    ----------
    positions : float32 ndarray of shape (n, 2)
        Row and column, in pixels from the centre of the first pixel.
    descriptors : float32 ndarray of shape (n, 128)
        The descriptors.
    scales : float32 ndarray of shape (n,)
        The standard deviation of the Gaussian in which the keypoint was found, in pixels.
    angles : float32 ndarray of shape (n,)
        The orientation in degrees, from rightwards (0) to downwards (90).
    responses : float32 ndarray of shape (n,)
        The contrast of the keypoint; stronger ones are more stable.
    """

    positions: np.ndarray
    descriptors: np.ndarray
    scales: np.ndarray
    angles: np.ndarray
    responses: np.ndarray


class SIFTSettings(NamedTuple):
    """Checked parameters of keypoint SIFT, all of them plain numbers and strings."""

    max_keypoints: int | None
    norm: str
    contrast_threshold: float
    edge_threshold: float
    sigma: float
    n_octave_layers: int


def sift(
    image,
    *,
    max_keypoints=None,
    norm="l2",
    contrast_threshold=0.04,
    edge_threshold=10.0,
    sigma=1.6,
    n_octave_layers=3,
    channel_axis=None,
    value_range="dtype",
):
    """Find keypoints and compute their SIFT descriptors.

    OpenCV's detector finds the keypoints: extrema of differences of Gaussians over positions and scales, each with one
    orientation or more. Their descriptors are computed here, several times as fast as by OpenCV; they agree with its
    own to a cosine of 0.99 and more, but for few.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_columns) or, with `channel_axis`, with one axis more
        The image; any real dtype, finite values. Colours become grey by the weights of ITU-R BT.601: 0.299 for red,
        0.587 for green, 0.114 for blue. The detector sees it with 8 bits.
    max_keypoints : int, default=None
        Keep at most so many, those of the largest responses. None keeps all.
    norm : {"l2", "root"}, default="l2"
        Divide by the Euclidean length, clamp at 0.2 and divide again; or, instead of dividing again, take the square
        root of each value's share of their sum (RootSIFT [2]_). Either way the length is 1.
    contrast_threshold : float, default=0.04
        Leave out keypoints of less contrast. As in OpenCV it is divided by `n_octave_layers` first: the paper's value
        is 0.09.
    edge_threshold : float, default=10.0
        Leave out keypoints on edges, whose principal curvatures have a larger ratio than this.
    sigma : float, default=1.6
        Standard deviation of the first Gaussian of an octave, in its pixels.
    n_octave_layers : int, default=3
        Scales to a doubling.
    channel_axis : int, default=None
        The axis of the 1, 3 (RGB) or 4 (RGBA, alpha dropped) channels; None for a grey image.
    value_range : "dtype" or tuple of (low, high), default="dtype"
        The values of black and white. ``"dtype"``: 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255 for
        all other integers. Values outside are clipped, with a warning.

    Returns
    -------
    positions : float32 ndarray of shape (n, 2)
        Row and column of each keypoint. An image without keypoints gives n = 0.
    descriptors : float32 ndarray of shape (n, 128)
        Values are ordered as in OpenCV: by the row of the cell, its column, then the orientation, from the keypoint's
        own by 45° at a time anticlockwise; those of `dense_sift` go clockwise, as in VLFeat.
    scales : float32 ndarray of shape (n,)
        The standard deviation of the Gaussian in which each was found, half of OpenCV's ``size``; a cell is three of
        it wide.
    angles : float32 ndarray of shape (n,)
        Orientations in degrees, from rightwards (0) to downwards (90).
    responses : float32 ndarray of shape (n,)
        The contrast of each.

    Raises
    ------
    ValueError
        The image has another number of axes, or holds values that are not finite; or a parameter is out of its range.

    Warns
    -----
    UserWarning
        The image has values outside `value_range`.

    See Also
    --------
    dense_sift : Descriptors on a regular grid.

    Notes
    -----
    The results are the fields of a named tuple: ``sift(image).descriptors`` is one of them, ``positions, descriptors =
    sift(image)[:2]`` are two. A patch is sampled at a quarter of a cell, 0.75 standard deviations of its level, before
    its gradients are taken, where OpenCV takes those of all pixels; its middle is the pixel next to the keypoint, as in
    OpenCV. OpenCV rounds descriptors to multiples of 1/512, here they are not rounded. Levels of the image at twice its
    size, which OpenCV makes to find small keypoints, are made at its own size to describe them; with `sigma` below the
    usual 1.6 that loses detail, and descriptors are less close to OpenCV's (a cosine of 0.95).

    References
    ----------
    .. [1] D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004,
       :doi:`10.1023/B:VISI.0000029664.99615.94`.
    .. [2] R. Arandjelović and A. Zisserman, "Three things everyone should know to improve object retrieval", CVPR
       2012, section 3, :doi:`10.1109/CVPR.2012.6248018`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.features import sift
    >>> rows, columns = np.mgrid[:64, :64]
    >>> blob = np.exp(-((rows - 40) ** 2 + (columns - 20) ** 2) / (2 * 4.0**2))  # of 4 px standard deviation
    >>> found = sift(blob, max_keypoints=1)
    >>> found.positions.round().tolist(), found.scales.round().tolist()
    ([[40.0, 20.0]], [4.0])
    >>> sift(np.zeros((64, 64))).descriptors.shape
    (0, 128)
    """
    settings = check_sift_settings(max_keypoints, norm, contrast_threshold, edge_threshold, sigma, n_octave_layers)
    batch = read_image(image, channel_axis, value_range=value_range)
    batch.warn_of_values_beyond()
    return sift_of_image(grey_levels(batch.pixels[0], batch.value_range), settings)


def check_sift_settings(max_keypoints, norm, contrast_threshold, edge_threshold, sigma, n_octave_layers):
    """Return the settings as plain values, or say which one is not allowed."""
    if max_keypoints is not None and not (isinstance(max_keypoints, Integral) and max_keypoints >= 1):
        raise ValueError(f"max_keypoints is {max_keypoints!r}, but must be an integer of at least 1, or None for all.")
    if norm not in NORM_CODES:
        raise ValueError(f"norm is {norm!r}, but must be 'l2' or 'root'.")
    if not (isinstance(contrast_threshold, Real) and 0 <= contrast_threshold < np.inf):
        raise ValueError(f"contrast_threshold is {contrast_threshold!r}, but must be a number of at least 0.")
    if not (isinstance(edge_threshold, Real) and 0 < edge_threshold < np.inf):
        raise ValueError(f"edge_threshold is {edge_threshold!r}, but must be a number above 0.")
    if not (isinstance(sigma, Real) and 0 < sigma < np.inf):
        raise ValueError(f"sigma is {sigma!r}, but must be a number above 0.")
    if not isinstance(n_octave_layers, Integral) or n_octave_layers < 1:
        raise ValueError(f"n_octave_layers is {n_octave_layers!r}, but must be an integer of at least 1.")
    return SIFTSettings(
        None if max_keypoints is None else int(max_keypoints),
        norm,
        float(contrast_threshold),
        float(edge_threshold),
        float(sigma),
        int(n_octave_layers),
    )


def sift_of_image(image, settings):
    """Find and describe the keypoints of one image.

    Parameters
    ----------
    image : float32 ndarray of shape (n_rows, n_columns)
        Grey levels from 0 to 255.
    settings : SIFTSettings
        What `check_sift_settings` returns.

    Returns
    -------
    found : KeypointDescriptors
        The keypoints in OpenCV's order: by position.
    """
    with one_opencv_thread():
        keypoints = detect_keypoints(image, settings)
        descriptors = describe(image, keypoints, settings)
    columns, rows, sizes, angles, responses, _ = keypoints.T.astype(np.float32)
    return KeypointDescriptors(np.stack([rows, columns], axis=1), descriptors, sizes / 2, angles, responses)


def detect_keypoints(image, settings):
    """Return OpenCV's keypoints of an image: x, y, size, angle, response and packed octave of each, float64 (n, 6)."""
    detector = cv2.SIFT_create(
        nOctaveLayers=settings.n_octave_layers,
        contrastThreshold=settings.contrast_threshold,
        edgeThreshold=settings.edge_threshold,
        sigma=settings.sigma,
    )
    found = detector.detect(np.rint(image).astype(np.uint8))
    keypoints = np.array([(*k.pt, k.size, k.angle, k.response, k.octave) for k in found]).reshape(-1, 6)
    if settings.max_keypoints is not None and len(keypoints) > settings.max_keypoints:
        strongest = np.argsort(-keypoints[:, 4], kind="stable")[: settings.max_keypoints]
        keypoints = keypoints[np.sort(strongest)]
    return keypoints


def describe(image, keypoints, settings):
    """Return the descriptors of OpenCV's keypoints in an image.

    Parameters
    ----------
    image : float32 ndarray of shape (n_rows, n_columns)
        Grey levels from 0 to 255.
    keypoints : float64 ndarray of shape (n, 6)
        As `detect_keypoints` returns them.
    settings : SIFTSettings
        Sigma, layers and norm are used.

    Returns
    -------
    descriptors : float32 ndarray of shape (n, 128)
        The descriptors.
    """
    descriptors = np.zeros((len(keypoints), N_VALUES), np.float32)
    if len(keypoints) == 0:
        return descriptors
    x, y, sizes, angles, _, packed = keypoints.T
    octaves, layers = _unpack(packed.astype(np.int64))
    scales = np.exp2(-octaves)  # of OpenCV's octaves
    places = [places_in_levels(np.rint((at * scales).astype(np.float32)), scales) for at in (y, x)]
    widths = CELL_WIDTH / 2 * sizes * np.minimum(scales, 1)
    upright = np.stack([*places, widths, np.deg2rad(360 - angles)], axis=1).astype(np.float32)
    taps = cell_taps(SPACING, "gaussian")[0]
    wanted = set(zip(octaves.tolist(), layers.tolist(), strict=True))
    for (octave, layer), level in gaussian_levels(image, wanted, settings.sigma, settings.n_octave_layers):
        which = np.flatnonzero((octaves == octave) & (layers == layer))
        describe_keypoints(level, upright, which, taps, NORM_CODES[settings.norm], descriptors)
    return descriptors


def _unpack(packed):
    """Return octave and layer, which OpenCV keeps in the two lowest bytes of one integer."""
    octaves = packed & 255
    return np.where(octaves < 128, octaves, octaves - 256), (packed >> 8) & 255


@contextlib.contextmanager
def one_opencv_thread():
    """Let OpenCV use one thread inside; of calls at the same time the last one to end restores the setting.

    Images are spread over threads by joblib. OpenCV's own threads would only get into their way.
    """
    with _lock:
        if _state["n_users"] == 0:
            _state["n_threads"] = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _state["n_users"] += 1
    try:
        yield
    finally:
        with _lock:
            _state["n_users"] -= 1
            if _state["n_users"] == 0:
                cv2.setNumThreads(_state["n_threads"])
