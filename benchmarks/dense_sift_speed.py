"""Dense SIFT, milliseconds an image on one thread: classicvis against VLFeat and OpenCV.

    python benchmarks/dense_sift_speed.py [--only TEXT] [--rounds N] [--markdown]

All that is compared takes turns of some milliseconds in one process, on one thread, and the best turn counts. Single
images go through `dense_sift`, from uint8 to new arrays; small ones go through in a batch, as transformers do it.
VLFeat (Debian's `libvlfeat1`) gets float32 images and leaves its descriptors in its own memory. OpenCV describes
keypoints on the same grid, whose size makes its cells 4 px wide too. Images are pieces of a photograph, and noise.
"""

import argparse
import platform
import time
from dataclasses import dataclass

import cv2
import numba
import numpy as np
import skimage.data
import vlfeat
from turns import print_table

from classicvis.features import dense_sift
from classicvis.features.sift._dense import check_dense_settings, dense_sift_of_images
from classicvis.images._grey_levels import grey_levels

BIN_SIZE = 4
STEPS = (2, 4, 8)
WINDOWS = ("flat", "gaussian")
SINGLE_SHAPES = ((128, 128), (256, 256), (480, 640))
BATCH_SHAPES = ((28, 28), (32, 32))
BATCH_SIZE = 128
LEAST_OVER_VLFEAT = {"flat": 8, "gaussian": 15}
LEAST_OVER_VLFEAT_28 = 5  # with the flat window
LEAST_OVER_OPENCV = 60
SECONDS_OF_TURN = 0.01
OPENCV_SIZE = BIN_SIZE * 2 / 3  # of a keypoint: OpenCV's cells are 1.5 of it wide


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    shape: tuple[int, int]
    n_images: int
    step: int
    window: str
    content: str

    @property
    def name(self):
        """What the row is called."""
        rows, columns = self.shape
        return f"{rows} × {columns}, step {self.step}, {self.window}, {self.content}"

    @property
    def least_over_vlfeat(self):
        """How many times as fast as VLFeat we mean to be."""
        return (
            LEAST_OVER_VLFEAT_28 if self.shape == (28, 28) and self.window == "flat" else LEAST_OVER_VLFEAT[self.window]
        )


def make_cases():
    """Return every row of the table."""
    shapes = [(shape, BATCH_SIZE) for shape in BATCH_SHAPES] + [(shape, 1) for shape in SINGLE_SHAPES]
    return [
        Case(shape, n_images, step, window, content)
        for window in WINDOWS
        for shape, n_images in shapes
        for step in STEPS
        for content in ("photo", "noise")
    ]


def make_images(case):
    """Return the images of a case: pieces of a photograph, or noise."""
    n_rows, n_columns = case.shape
    if case.content == "noise":
        return np.random.default_rng(0).integers(0, 256, (case.n_images, n_rows, n_columns), dtype=np.uint8)
    photo = np.tile(skimage.data.camera(), (2, 2))
    return np.stack([photo[3 * i : 3 * i + n_rows, 2 * i : 2 * i + n_columns] for i in range(case.n_images)])


def make_runs(case, images):
    """Return a function a contender that describes images, and how many images it gets."""
    few = images[: max(1, len(images) // 16)]
    settings = check_dense_settings(case.step, BIN_SIZE, case.window, "l2", None, 0.0)
    detector = cv2.SIFT_create()
    keypoints = make_keypoints(dense_sift(images[0], case.step, BIN_SIZE).positions)
    if len(images) == 1:

        def run():
            return dense_sift(images[0], case.step, BIN_SIZE, window=case.window).descriptors

    else:

        def run():
            return dense_sift_of_images(grey_levels(images[..., None], (0, 255)), settings)

    runs = {
        "classicvis": (run, len(images)),
        "opencv": (lambda: [detector.compute(image, keypoints)[1] for image in few[:1]], 1),
    }
    if vlfeat.is_installed():
        peer = vlfeat.DenseSIFT(case.shape, case.step, BIN_SIZE, case.window)
        pixels = few.astype(np.float32)
        runs["vlfeat"] = (lambda: [peer.process(image) for image in pixels], len(few))
    return runs


def make_keypoints(positions):
    """Return OpenCV's keypoints at positions (row, column)."""
    return [cv2.KeyPoint(float(column), float(row), OPENCV_SIZE, 0) for row, column in positions]


def best_milliseconds(runs, n_rounds):
    """Return the best time an image of each contender, taking turns of some calls after one that does not count."""
    best = dict.fromkeys(runs, np.inf)
    for run, _ in runs.values():
        run()
    for _ in range(n_rounds):
        for name, (run, n_images) in runs.items():
            n_calls, elapsed, start = 0, 0.0, time.perf_counter()
            while elapsed < SECONDS_OF_TURN:
                run()
                n_calls += 1
                elapsed = time.perf_counter() - start
            best[name] = min(best[name], elapsed / (n_calls * n_images) * 1e3)
    return best


HEADINGS = ("case", "ms", "VLFeat", "×", "at least", "OpenCV", "×", "at least")


def cells_of(row):
    """Return a row of the table as strings."""
    case, ours = row["case"], row["classicvis"]
    return (
        case.name,
        f"{ours:.4f}",
        *((f"{row['vlfeat']:.3f}", f"{row['vlfeat'] / ours:.1f}") if "vlfeat" in row else ("–", "–")),
        f"{case.least_over_vlfeat}",
        f"{row['opencv']:.1f}",
        f"{row['opencv'] / ours:.0f}",
        f"{LEAST_OVER_OPENCV}" if case.window == "flat" else "–",
    )


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--rounds", type=int, default=7, help="how many runs the best is taken of (default: 7)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, VLFeat 0.9.21, OpenCV {cv2.__version__}, one thread, best of {options.rounds}\n"
    )
    rows = [
        {"case": case} | best_milliseconds(make_runs(case, make_images(case)), options.rounds)
        for case in make_cases()
        if options.only in case.name
    ]
    print_table(HEADINGS, [cells_of(row) for row in rows], options.markdown)
    cv2.setNumThreads(n_threads)
    return rows


if __name__ == "__main__":
    main()
