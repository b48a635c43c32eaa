"""The two file formats of the data sets that are downloaded: idx, and CIFAR-10's binary records."""

import gzip
import math
import tarfile

import numpy as np

IDX_UINT8 = 0x08
CIFAR_SHAPE = (3, 32, 32)


def read_idx(path):
    """Read a gzip-compressed idx file of unsigned bytes, the format of MNIST.

    Parameters
    ----------
    path : str or os.PathLike
        The file. It opens with two zero bytes, the type, the number of dimensions, and each dimension as a
        big-endian 32-bit integer.

    Returns
    -------
    array : ndarray, dtype uint8
        The content of the file.

    Raises
    ------
    ValueError
        The file is not in this format, or its length does not agree with its header.
    """
    with gzip.open(path) as file:
        content = file.read()
    if len(content) < 4 or content[:3] != bytes([0, 0, IDX_UINT8]):
        raise ValueError(f"{str(path)!r} is not an idx file of bytes: delete it, so that it is fetched anew.")
    n_dims = content[3]
    start = 4 + 4 * n_dims
    shape = [int.from_bytes(content[axis : axis + 4], "big") for axis in range(4, start, 4)]
    if len(content) - start != math.prod(shape):
        raise ValueError(
            f"{str(path)!r} has {len(content)} bytes, which its header does not agree with: "
            "delete it, so that it is fetched anew."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def read_cifar10(path):
    """Read the archive of CIFAR-10's binary version, without unpacking it on the disk.

    Parameters
    ----------
    path : str or os.PathLike
        ``cifar-10-binary.tar.gz``.

    Returns
    -------
    X_train : ndarray of shape (50000, 32, 32, 3), dtype uint8
        The RGB images of the five training batches.
    y_train : ndarray of shape (50000,), dtype uint8
        Their classes.
    X_test : ndarray of shape (10000, 32, 32, 3), dtype uint8
        The RGB images of the test batch.
    y_test : ndarray of shape (10000,), dtype uint8
        Their classes.
    """
    with tarfile.open(path) as archive:
        train = [_read_records(archive, f"data_batch_{batch}.bin") for batch in range(1, 6)]
        test = _read_records(archive, "test_batch.bin")
    return *_split_records(np.concatenate(train)), *_split_records(test)


def _read_records(archive, name):
    content = archive.extractfile(f"cifar-10-batches-bin/{name}").read()
    return np.frombuffer(content, np.uint8).reshape(-1, 1 + np.prod(CIFAR_SHAPE))


def _split_records(records):
    """Split records of a label and three colour planes into images and labels."""
    images = records[:, 1:].reshape(-1, *CIFAR_SHAPE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, 0].copy()
