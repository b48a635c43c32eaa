"""Images read a second: ImageReader against loops over Pillow and scikit-image.

Writes synthetic photos to a temporary folder, reads them in each way to one array of 64 × 64 RGB images,
upright, on one thread, and prints images a second (the best of interleaved rounds after a first call; the
files are in the system's cache) and how many times as fast ImageReader is:

    python benchmarks/image_reading.py
"""

import argparse
import platform
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import PIL
import skimage
from PIL import Image, ImageOps

from classicvis.images import ImageReader

SIZE = (64, 64)
KINDS = {
    "JPEG  64 × 64": ((64, 64), "jpg", {"quality": 90}),
    "JPEG  375 × 500": ((375, 500), "jpg", {"quality": 90}),
    "JPEG  1500 × 2000": ((1500, 2000), "jpg", {"quality": 90}),
    "PNG   375 × 500": ((375, 500), "png", {}),
    "WebP  375 × 500": ((375, 500), "webp", {"quality": 80}),
}


def read_by_classicvis(paths):
    """Read by ImageReader."""
    return ImageReader(SIZE).transform(paths)


def read_by_pillow(paths):
    """Read by a loop over Pillow, averaging over areas as ImageReader does."""
    images = np.empty((len(paths), *SIZE, 3), np.uint8)
    for image, path in zip(images, paths, strict=True):
        with Image.open(path) as file:
            upright = ImageOps.exif_transpose(file).convert("RGB")
        image[:] = upright.resize(SIZE[::-1], Image.Resampling.BOX)
    return images


def read_by_skimage(paths):
    """Read by a loop over scikit-image, with its way of shrinking."""
    images = np.empty((len(paths), *SIZE, 3), np.uint8)
    for image, path in zip(images, paths, strict=True):
        pixels = skimage.io.imread(path)
        image[:] = skimage.util.img_as_ubyte(skimage.transform.resize(pixels, SIZE, anti_aliasing=True))
    return images


READERS = {"ImageReader": read_by_classicvis, "Pillow": read_by_pillow, "scikit-image": read_by_skimage}


def write_photos(folder, n_images, shape, extension, options):
    """Write smooth pictures with a little noise, which compress about as photos do."""
    rng = np.random.default_rng(0)
    paths = []
    for number in range(n_images):
        coarse = rng.integers(0, 256, (shape[0] // 20 + 2, shape[1] // 20 + 2, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.int16)
        picture += rng.integers(-6, 7, picture.shape, dtype=np.int16)
        paths.append(folder / f"{number}.{extension}")
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(paths[-1], **options)
    return paths


def best_seconds(paths, n_rounds):
    """Return the shortest time of each reader, taking turns after a first call that does not count."""
    seconds = dict.fromkeys(READERS, np.inf)
    for read in READERS.values():
        read(paths[:1])
    for _ in range(n_rounds):
        for name, read in READERS.items():
            start = time.perf_counter()
            read(paths)
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds


def main(arguments=None):
    """Print the table and return it: kind of file, then reader, to images a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=60, help="files of each kind (default: 60)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the best counts (default: 5)")
    options = parser.parse_args(arguments)
    versions = f"OpenCV {cv2.__version__}, Pillow {PIL.__version__}, scikit-image {skimage.__version__}"
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {versions}")
    print(f"{'images/s':20}" + "".join(f"{name:>14}" for name in READERS) + "   times as fast as Pillow, scikit-image")
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    rates = {}
    try:
        for kind, (shape, extension, save_options) in KINDS.items():
            with tempfile.TemporaryDirectory() as folder:
                paths = write_photos(Path(folder), options.images, shape, extension, save_options)
                seconds = best_seconds(paths, options.rounds)
            rates[kind] = {name: options.images / seconds[name] for name in READERS}
            ours, *others = rates[kind].values()
            print(
                f"{kind:20}"
                + "".join(f"{rate:14.0f}" for rate in rates[kind].values())
                + "   "
                + "  ".join(f"{ours / other:.1f}×" for other in others)
            )
    finally:
        cv2.setNumThreads(n_threads)
    return rates


if __name__ == "__main__":
    main()
