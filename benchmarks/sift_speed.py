"""SIFT at keypoints, milliseconds an image on one thread: our descriptors against OpenCV's, at the same keypoints.

    python benchmarks/sift_speed.py [FOLDER] [--rounds N] [--markdown]

OpenCV's detector finds the keypoints of each image, of which there are those of scikit-image and, if given, those in
FOLDER. Then the two describe them in turns, from the 8-bit image on, each making the levels of the pyramid that it
needs; the best of many turns counts. The table also says how far the descriptors agree, and how long finding keypoints
and describing them takes altogether.
"""

import argparse
import platform
import time
from pathlib import Path

import cv2
import numba
import numpy as np
import skimage.data
from turns import print_table

from classicvis.features import sift
from classicvis.features.sift._keypoints import check_sift_settings, describe, detect_keypoints

LEAST_OVER_OPENCV = 3
LEAST_COSINE = 0.99
SETTINGS = check_sift_settings(None, "l2", 0.04, 10, 1.6, 3)


def make_images(folder):
    """Return grey images by name."""
    images = {name: getattr(skimage.data, name)() for name in ("camera", "coins", "brick", "grass")}
    images["camera, 256 × 256"] = np.ascontiguousarray(images["camera"][:256, :256])
    if folder is not None:
        for path in sorted(folder.rglob("*")):
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
            if image is not None:
                images[str(path.relative_to(folder))] = image
    return images


def measure(name, image, n_rounds):
    """Return a row of the table as a dictionary, or None for an image without keypoints."""
    detector = cv2.SIFT_create()
    keypoints = detector.detect(image)
    if not keypoints:
        return None
    ours = detect_keypoints(image.astype(np.float32), SETTINGS)
    runs = {
        "classicvis": lambda: describe(image.astype(np.float32), ours, SETTINGS),
        "opencv": lambda: detector.compute(image, keypoints)[1],
        "sift": lambda: sift(image).descriptors,
        "detectAndCompute": lambda: detector.detectAndCompute(image, None)[1],
    }
    row = {"name": name, "n": len(keypoints)} | dict.fromkeys(runs, np.inf)
    theirs = runs["opencv"]()
    row["cosines"] = (runs["classicvis"]() * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)
    for _ in range(n_rounds):
        for contender, run in runs.items():
            start = time.perf_counter()
            run()
            row[contender] = min(row[contender], (time.perf_counter() - start) * 1e3)
    return row


HEADINGS = ("image", "keypoints", "ms", "OpenCV", "×", "cosine ≥ 0.99", "least", "sift()", "detectAndCompute")


def cells_of(row):
    """Return a row of the table as strings."""
    return (
        row["name"],
        f"{row['n']}",
        f"{row['classicvis']:.1f}",
        f"{row['opencv']:.1f}",
        f"{row['opencv'] / row['classicvis']:.1f}",
        f"{(row['cosines'] >= LEAST_COSINE).mean():.2%}",
        f"{row['cosines'].min():.3f}",
        f"{row['sift']:.1f}",
        f"{row['detectAndCompute']:.1f}",
    )


def main(arguments=None):
    """Measure, print the table and a summary, and return the rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="a folder of images")
    parser.add_argument("--only", default="", help="only images whose name contains this")
    parser.add_argument("--rounds", type=int, default=5, help="how many turns the best is taken of (default: 5)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, OpenCV {cv2.__version__}, one thread, best of {options.rounds}\n"
    )
    images = {name: image for name, image in make_images(options.folder).items() if options.only in name}
    measured = (measure(name, image, options.rounds) for name, image in images.items())
    rows = [row for row in measured if row is not None]
    print_table(HEADINGS, [cells_of(row) for row in rows], options.markdown)
    cosines = np.concatenate([row["cosines"] for row in rows])
    ratio = sum(row["opencv"] for row in rows) / sum(row["classicvis"] for row in rows)
    print(
        f"\nall: {len(cosines)} keypoints, {(cosines >= LEAST_COSINE).mean():.2%} with a cosine of at least "
        f"{LEAST_COSINE} (meant: 99 %), {ratio:.1f} × as fast as OpenCV (meant: {LEAST_OVER_OPENCV})"
    )
    cv2.setNumThreads(n_threads)
    return rows


if __name__ == "__main__":
    main()
