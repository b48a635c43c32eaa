"""Public data sets, downloaded once, checked by hash, and kept in a folder of the user's choice."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.utils import Bunch

from classicvis._optional import import_optional
from classicvis.datasets._fashion_sample import CLASS_NAMES as FASHION_CLASS_NAMES
from classicvis.datasets._file_formats import read_cifar10, read_idx

DATA_HOME_VARIABLE = "CLASSICVIS_DATA"
N_RETRIES = 2


class Source(NamedTuple):
    """The addresses and hashes of the files of a data set.

    Attributes
    ----------
    folder : str
        The folder below the data home that keeps them.
    base_url : str
        What stands before a file's name, ending in a slash.
    sha256 : dict of str to str
        The hash of each file, by name.
    """

    folder: str
    base_url: str
    sha256: dict


# The publishers give MD5 sums (Zalando and the CIFAR page; torchvision has the same for MNIST); these SHA-256
# sums are of the files with those MD5 sums.
FASHION_MNIST = Source(
    folder="fashion-mnist",
    base_url="https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    sha256={
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)
MNIST = Source(
    folder="mnist",
    base_url="https://ossci-datasets.s3.amazonaws.com/mnist/",
    sha256={
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)
CIFAR10 = Source(
    folder="cifar10",
    base_url="https://www.cs.toronto.edu/~kriz/",
    sha256={"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
)
CIFAR10_CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
FASHION_MNIST_DESCRIPTION = """\
Fashion-MNIST: 60,000 training and 10,000 test images of 28 × 28 grey pixels, ten balanced classes of clothes.

Xiao, Rasul, Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms.
arXiv:1708.07747 (2017). Copyright © 2017 Zalando SE, MIT licence.
"""
MNIST_DESCRIPTION = """\
MNIST: 60,000 training and 10,000 test images of 28 × 28 grey pixels, handwritten digits.

LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition. Proceedings of the
IEEE 86(11), 2278-2324 (1998).
"""
CIFAR10_DESCRIPTION = """\
CIFAR-10: 50,000 training and 10,000 test images of 32 × 32 RGB pixels, ten balanced classes of things.

Krizhevsky: Learning Multiple Layers of Features from Tiny Images. Technical report, University of Toronto
(2009).
"""


def fetch_fashion_mnist(*, data_home=None, download_if_missing=True):
    """Load Fashion-MNIST: 70,000 grey images of clothes; download it (31 MB) the first time.

    Parameters
    ----------
    data_home : str or os.PathLike, default=None
        Folder for data sets; each gets a folder of its own in it. None stands for the folder that the
        environment variable ``CLASSICVIS_DATA`` names, or else for the user's cache folder.
    download_if_missing : bool, default=True
        False raises an OSError where a file is not there yet.

    Returns
    -------
    data : Bunch
        `X_train` of shape (60000, 28, 28), `X_test` of shape (10000, 28, 28), both uint8; `y_train`,
        `y_test`, dtype intp, indices into `class_names`; `DESCR`.

    Raises
    ------
    OSError
        A file is missing and may not, or cannot, be downloaded.
    ValueError
        A download is not the file that it should be.

    See Also
    --------
    load_fashion_sample : 7,000 of the images, with nothing to download.

    References
    ----------
    .. [1] Xiao, Rasul, Vollgraf: "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
       Algorithms", `arXiv:1708.07747 <https://arxiv.org/abs/1708.07747>`_ (2017).

    Examples
    --------
    >>> from classicvis.datasets import fetch_fashion_mnist
    >>> data = fetch_fashion_mnist()  # doctest: +SKIP
    >>> data.X_train.shape  # doctest: +SKIP
    (60000, 28, 28)
    """
    paths = fetch_files(FASHION_MNIST, data_home, download_if_missing)
    return _bunch_of_idx_files(paths, FASHION_CLASS_NAMES, FASHION_MNIST_DESCRIPTION)


def fetch_mnist(*, data_home=None, download_if_missing=True):
    """Load MNIST: 70,000 grey images of handwritten digits; download it (12 MB) the first time.

    Parameters
    ----------
    data_home : str or os.PathLike, default=None
        Folder for data sets; each gets a folder of its own in it. None stands for the folder that the
        environment variable ``CLASSICVIS_DATA`` names, or else for the user's cache folder.
    download_if_missing : bool, default=True
        False raises an OSError where a file is not there yet.

    Returns
    -------
    data : Bunch
        `X_train` of shape (60000, 28, 28), `X_test` of shape (10000, 28, 28), both uint8; `y_train`,
        `y_test`, dtype intp, indices into `class_names`; `DESCR`.

    Raises
    ------
    OSError
        A file is missing and may not, or cannot, be downloaded.
    ValueError
        A download is not the file that it should be.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio, Haffner: "Gradient-based learning applied to document recognition",
       Proceedings of the IEEE 86(11), 2278-2324 (1998).

    Examples
    --------
    >>> from classicvis.datasets import fetch_mnist
    >>> data = fetch_mnist()  # doctest: +SKIP
    >>> data.X_train.shape  # doctest: +SKIP
    (60000, 28, 28)
    """
    paths = fetch_files(MNIST, data_home, download_if_missing)
    return _bunch_of_idx_files(paths, tuple("0123456789"), MNIST_DESCRIPTION)


def fetch_cifar10(*, data_home=None, download_if_missing=True):
    """Load CIFAR-10: 60,000 small colour photos of ten kinds of things; download it (170 MB) the first time.

    The binary version of the archive is taken: it holds plain records, nothing that has to be unpickled.

    Parameters
    ----------
    data_home : str or os.PathLike, default=None
        Folder for data sets; each gets a folder of its own in it. None stands for the folder that the
        environment variable ``CLASSICVIS_DATA`` names, or else for the user's cache folder.
    download_if_missing : bool, default=True
        False raises an OSError where a file is not there yet.

    Returns
    -------
    data : Bunch
        `X_train` of shape (50000, 32, 32, 3), `X_test` of shape (10000, 32, 32, 3), both uint8 and RGB;
        `y_train`, `y_test`, dtype intp, indices into `class_names`; `DESCR`.

    Raises
    ------
    OSError
        A file is missing and may not, or cannot, be downloaded.
    ValueError
        A download is not the file that it should be.

    References
    ----------
    .. [1] Krizhevsky: "Learning Multiple Layers of Features from Tiny Images", technical report, University
       of Toronto (2009).

    Examples
    --------
    >>> from classicvis.datasets import fetch_cifar10
    >>> data = fetch_cifar10()  # doctest: +SKIP
    >>> data.X_train.shape  # doctest: +SKIP
    (50000, 32, 32, 3)
    """
    paths = fetch_files(CIFAR10, data_home, download_if_missing)
    return _bunch(*read_cifar10(paths["cifar-10-binary.tar.gz"]), CIFAR10_CLASS_NAMES, CIFAR10_DESCRIPTION)


def find_data_home(data_home=None):
    """Return the folder for data sets: the one given, or that of the environment, or the user's cache folder."""
    pooch = import_optional("pooch", extra="datasets", purpose="Finding the folder for data sets")
    return Path(data_home or os.environ.get(DATA_HOME_VARIABLE) or pooch.os_cache("classicvis")).expanduser()


def fetch_files(source, data_home, download_if_missing, *, purpose="Downloading a data set"):
    """Return the path of each file of a source by name, after downloading those that are not there."""
    pooch = import_optional("pooch", extra="datasets", purpose=purpose)
    folder = find_data_home(data_home) / source.folder
    keeper = pooch.create(
        path=folder,
        base_url=source.base_url,
        registry={name: f"sha256:{digest}" for name, digest in source.sha256.items()},
        retry_if_failed=N_RETRIES,
    )
    if not download_if_missing:
        missing = [name for name in source.sha256 if not (folder / name).is_file()]
        if missing:
            raise OSError(
                f"{missing[0]!r} is not in {str(folder)!r} and download_if_missing=False: "
                f"put it there, or let it be downloaded from {source.base_url}."
            )
    return {name: _fetch_file(keeper, name, pooch) for name in source.sha256}


def _fetch_file(keeper, name, pooch):
    from tqdm import tqdm

    def download(url, output_file, keeper):
        # pooch asks whether the bar is true, which tqdm is when it has a total; pooch then sets the real one.
        with tqdm(total=1, desc=name, unit="B", unit_scale=True, disable=None, leave=False) as bar:
            pooch.HTTPDownloader(progressbar=bar)(url, output_file, keeper)

    try:
        return Path(keeper.fetch(name, downloader=download))
    except OSError as error:
        raise OSError(
            f"{keeper.get_url(name)} could not be downloaded ({error}): try again later, "
            f"or put the file into {str(keeper.path)!r} yourself."
        ) from error


def _bunch_of_idx_files(paths, class_names, description):
    arrays = [
        read_idx(paths[f"{part}-{content}-ubyte.gz"])
        for part in ("train", "t10k")
        for content in ("images-idx3", "labels-idx1")
    ]
    return _bunch(*arrays, class_names, description)


def _bunch(X_train, y_train, X_test, y_test, class_names, description):
    return Bunch(
        X_train=X_train,
        y_train=y_train.astype(np.intp),
        X_test=X_test,
        y_test=y_test.astype(np.intp),
        class_names=np.array(class_names),
        DESCR=description,
    )
