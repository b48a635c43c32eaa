"""Make the bundled sample from the four files of Fashion-MNIST.

    python benchmarks/make_fashion_sample.py SOURCE

SOURCE is the folder that holds ``train-images-idx3-ubyte.gz`` and its three companions;
``fetch_fashion_mnist`` downloads them. Chosen are the first 600 images of each class of the training set and
the first 100 of each class of the test set, in the original order: no image is looked at. They are written as
one grey PNG, a mosaic with one column a class; the upper 600 rows are for training, the other 100 for tests.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import classicvis.datasets
from classicvis.datasets._fashion_sample import CLASS_NAMES, N_TRAIN_PER_CLASS, SAMPLE_FILE
from classicvis.datasets._file_formats import read_idx

N_TEST_PER_CLASS = 100
SMALLEST_PNG = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 9),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_ALL_FILTERS),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
]
TARGET = Path(classicvis.datasets.__file__).parent / "data" / SAMPLE_FILE


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="folder of the four idx files")
    parser.add_argument("--target", type=Path, default=TARGET, help="PNG to write (default: the bundled one)")
    arguments = parser.parse_args()
    mosaic = np.concatenate(
        [
            mosaic_of_first(arguments.source, "train", N_TRAIN_PER_CLASS),
            mosaic_of_first(arguments.source, "t10k", N_TEST_PER_CLASS),
        ]
    )
    _, encoded = cv2.imencode(".png", mosaic, SMALLEST_PNG)
    arguments.target.write_bytes(encoded.tobytes())
    print(f"{arguments.target}: {mosaic.size // 784} images, {len(encoded)} bytes")


def mosaic_of_first(source, part, n_per_class):
    """Lay the first images of each class out as a column."""
    images = read_idx(source / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(source / f"{part}-labels-idx1-ubyte.gz")
    columns = [
        images[np.flatnonzero(labels == label)[:n_per_class]].reshape(-1, images.shape[2])
        for label in range(len(CLASS_NAMES))
    ]
    return np.concatenate(columns, axis=1)


if __name__ == "__main__":
    main()
