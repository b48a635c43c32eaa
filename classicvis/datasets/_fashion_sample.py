"""The sample that ships with the package: 7,000 balanced images of Fashion-MNIST."""

from importlib.resources import files

import cv2
import numpy as np
from sklearn.utils import Bunch

SAMPLE_FILE = "fashion-sample.png"
IMAGE_SIDE = 28
N_TRAIN_PER_CLASS = 600
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
DESCRIPTION = """\
Fashion-MNIST, a balanced sample
--------------------------------
6,000 training and 1,000 test images of 28 × 28 grey pixels in ten classes of clothes: the first 600 images of
each class of the original training set and the first 100 of each class of the original test set, in the
original order. They come in rounds of the ten classes, so that any first 10 × k images are balanced too.

Han Xiao, Kashif Rasul, Roland Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms. arXiv:1708.07747 (2017).
Copyright © 2017 Zalando SE, MIT licence (see LICENSE-fashion-mnist).
"""


def load_fashion_sample():
    """Load the bundled sample of Fashion-MNIST: ten classes of clothes, nothing to download.

    It holds the first 600 images of each class of the training set and the first 100 of each class of the
    test set of Fashion-MNIST [1]_. The classes take turns, so that any first ``10 * k`` images are balanced.

    Returns
    -------
    data : Bunch
        A dictionary whose keys are attributes too:

        X_train : ndarray of shape (6000, 28, 28), dtype uint8
            Grey training images.
        y_train : ndarray of shape (6000,), dtype intp
            Their classes, as indices into `class_names`.
        X_test : ndarray of shape (1000, 28, 28), dtype uint8
            Grey test images.
        y_test : ndarray of shape (1000,), dtype intp
            Their classes.
        class_names : ndarray of shape (10,), dtype str
            The names of the classes.
        DESCR : str
            Where the images come from.

    See Also
    --------
    fetch_fashion_mnist : Download all 70,000 images.

    References
    ----------
    .. [1] Xiao, Rasul, Vollgraf: "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
       Algorithms", `arXiv:1708.07747 <https://arxiv.org/abs/1708.07747>`_ (2017).

    Examples
    --------
    >>> from classicvis.datasets import load_fashion_sample
    >>> data = load_fashion_sample()
    >>> data.X_train.shape, data.X_test.shape
    ((6000, 28, 28), (1000, 28, 28))
    >>> print(data.class_names[data.y_train[9]])
    Ankle boot
    """
    rounds = _read_rounds()
    n_classes = len(CLASS_NAMES)
    images = rounds.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    labels = np.tile(np.arange(n_classes, dtype=np.intp), len(rounds))
    n_train = N_TRAIN_PER_CLASS * n_classes
    return Bunch(
        X_train=images[:n_train],
        y_train=labels[:n_train],
        X_test=images[n_train:],
        y_test=labels[n_train:],
        class_names=np.array(CLASS_NAMES),
        DESCR=DESCRIPTION,
    )


def _read_rounds():
    """Return the images as (rounds, classes, 28, 28): the file is a mosaic with one column a class."""
    encoded = files("classicvis.datasets").joinpath("data", SAMPLE_FILE).read_bytes()
    mosaic = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    tiles = mosaic.reshape(-1, IMAGE_SIDE, len(CLASS_NAMES), IMAGE_SIDE)
    return np.ascontiguousarray(tiles.transpose(0, 2, 1, 3))
