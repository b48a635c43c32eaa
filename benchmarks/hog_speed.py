"""HOG, nanoseconds a pixel on one thread: HOGTransformer against scikit-image and OpenCV 4.

    python benchmarks/hog_speed.py [--opencv4] [--markdown]

All that is compared takes turns in one process, on one thread each, and the best of many runs counts. HOGTransformer
gets a batch of images, as in use; scikit-image and OpenCV get the same images one by one, since that is how they are
called. Images are random noise, which is the worst case for branches and caches, and a smooth picture.

OpenCV's `HOGDescriptor` is faster than scikit-image's but no drop-in: it shares each vote between neighbouring bins
and cells (trilinearly, with a Gaussian over the block), and takes uint8 alone. Of OpenCV 5, the main wheel has no
`HOGDescriptor`, only the contrib wheel: `--opencv4` makes an environment in `.venv-opencv4` with OpenCV 4 and runs this
script there.
"""

import argparse
import os
import platform
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numba
import numpy as np
import skimage
from skimage.feature import hog as skimage_hog
from tqdm import tqdm
from turns import best_nanoseconds, print_table

from classicvis.features import HOGTransformer

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-opencv4"
CONTENTS = ("noise", "smooth")


@dataclass(frozen=True)
class Case:
    """One row of the table: images, settings, and how many times as fast as the peers we mean to be."""

    name: str
    shape: tuple[int, ...]
    group: str = "other"
    dtype: str = "uint8"
    settings: dict = field(default_factory=dict)
    least_over_skimage: float = 25
    least_over_opencv: float | None = None

    @property
    def parameters(self):
        """The parameters of the transformer: those of the paper, but for `settings`."""
        return {"orientations": 9, "pixels_per_cell": (8, 8), "cells_per_block": (2, 2)} | self.settings


SIZES = ((32, 32), (64, 64), (128, 64), (1024, 1024))
OTHER_SETTINGS = (
    *({"block_norm": norm} for norm in ("L1", "L1-sqrt", "L2")),
    *({"orientations": n} for n in (6, 8, 12, 18)),
    *({"cells_per_block": (n, n)} for n in (1, 3)),
    *({"pixels_per_cell": (n, n)} for n in (6, 7, 16)),
    {"transform_sqrt": True},
)


def make_cases():
    """Return every row of the table."""
    grey = [Case(f"grey {r} × {c}", (r, c), "grey", "uint8", {}, 100, 8) for r, c in SIZES]
    colour = [Case(f"RGB {r} × {c}", (r, c, 3), "RGB", "uint8", {}, 70, 4) for r, c in SIZES]
    small = [Case("grey 28 × 28, 4 × 4 cells", (28, 28), "grey", "uint8", {"pixels_per_cell": (4, 4)}, 120)]
    floats = [Case(f"{dtype} {r} × {c}", (r, c), "float", dtype) for dtype in ("float32", "float64") for r, c in SIZES]
    other = [
        Case(", ".join(f"{name}={value}" for name, value in settings.items()), (128, 64), settings=settings)
        for settings in OTHER_SETTINGS
    ]
    return grey + small + colour + floats + other


def make_images(content, n_images, shape, dtype):
    """Return a batch of noise, or of smooth pictures: coarse noise, blurred and enlarged."""
    rng = np.random.default_rng(0)
    if content == "noise":
        images = rng.integers(0, 256, (n_images, *shape), dtype=np.uint8)
    else:
        coarse = rng.integers(0, 256, (n_images, shape[0] // 8 + 2, shape[1] // 8 + 2, *shape[2:]), dtype=np.uint8)
        size = shape[1::-1]
        images = np.stack([cv2.resize(image, size, interpolation=cv2.INTER_CUBIC) for image in coarse])
    return images if dtype == "uint8" else (images / 255).astype(dtype)


def batch_size(n_pixels, pixels_per_image):
    """Return how many images a batch of about so many pixels holds, a few at least."""
    return max(4, n_pixels // pixels_per_image)


def make_runs(case, images):
    """Return a function a contender that computes the features of images, and how many pixels it gets.

    A slow contender gets fewer images, since its time a pixel does not depend on their number.
    """
    n_pixels = case.shape[0] * case.shape[1]
    transformer = HOGTransformer(**case.parameters).fit(images[:1])
    few = images[: max(1, len(images) // 16)]
    channel_axis = -1 if len(case.shape) == 3 else None
    runs = {
        "classicvis": (lambda: transformer.transform(images), len(images) * n_pixels),
        "skimage": (
            lambda: [skimage_hog(image, **_for_skimage(case), channel_axis=channel_axis) for image in few],
            len(few) * n_pixels,
        ),
    }
    descriptor = make_opencv_descriptor(case)
    if descriptor is not None:
        runs["opencv"] = (lambda: [descriptor.compute(image) for image in few], len(few) * n_pixels)
    return runs


def _for_skimage(case):
    """Return scikit-image's parameters, among which is its own default norm spelled out."""
    return {"block_norm": "L2-Hys"} | case.parameters


def make_opencv_descriptor(case):
    """Return OpenCV's descriptor with the settings of a case, or None where OpenCV has nothing alike."""
    parameters = case.parameters
    (cell_rows, cell_columns), (block_rows, block_columns) = (
        parameters["pixels_per_cell"],
        parameters["cells_per_block"],
    )
    n_rows, n_columns = case.shape[:2]
    tiled = n_rows % cell_rows == 0 and n_columns % cell_columns == 0
    if (
        not hasattr(cv2, "HOGDescriptor")
        or case.dtype != "uint8"
        or parameters.get("block_norm", "L2-Hys") != "L2-Hys"
        or not tiled
    ):
        return None
    cell = (cell_columns, cell_rows)
    block = (cell_columns * block_columns, cell_rows * block_rows)
    aperture, sigma, l2_hys, clip = 1, -1, 0, 0.2
    gamma = parameters.get("transform_sqrt", False)
    return cv2.HOGDescriptor(
        (n_columns, n_rows), block, cell, cell, parameters["orientations"], aperture, sigma, l2_hys, clip, gamma
    )


def measure(cases, n_pixels, n_rounds):
    """Return a dictionary a case and content: the nanoseconds of each contender and what we are times as fast."""
    rows = []
    for case in tqdm(cases, disable=None, desc="cases"):
        pixels = case.shape[0] * case.shape[1]
        n_images = batch_size(n_pixels, pixels)
        for content in CONTENTS:
            images = make_images(content, n_images, case.shape, case.dtype)
            rows.append({"case": case, "content": content} | best_nanoseconds(make_runs(case, images), n_rounds))
    return rows


def compare_dtypes(n_pixels, n_rounds):
    """Return, a size, how many times as long as uint8 float32 and float64 take, the three taking turns."""
    rows = []
    for shape in SIZES:
        runs = {}
        n_images = batch_size(n_pixels, shape[0] * shape[1])
        for dtype in ("uint8", "float32", "float64"):
            case = Case(dtype, shape, dtype=dtype)
            images = make_images("noise", n_images, shape, dtype)
            runs[dtype] = make_runs(case, images)["classicvis"]
        best = best_nanoseconds(runs, n_rounds)
        rows.append({"shape": shape} | best)
    return rows


HEADINGS = ("case", "image", "ns/px", "skimage", "×", "at least", "OpenCV", "×", "at least")


def cells_of(row):
    """Return a row of the table as strings."""
    case = row["case"]
    opencv = row.get("opencv")
    return (
        case.name,
        row["content"],
        f"{row['classicvis']:.2f}",
        f"{row['skimage']:.0f}",
        f"{row['skimage'] / row['classicvis']:.0f}",
        f"{case.least_over_skimage:g}",
        "–" if opencv is None else f"{opencv:.1f}",
        "–" if opencv is None else f"{opencv / row['classicvis']:.1f}",
        "–" if opencv is None or case.least_over_opencv is None else f"{case.least_over_opencv:g}",
    )


def dtype_cells_of(row):
    """Return a row of the table of dtypes as strings."""
    return (
        "{} × {}".format(*row["shape"]),
        *(f"{row[dtype]:.2f}" for dtype in ("uint8", "float32", "float64")),
        *(f"{row[dtype] / row['uint8']:.2f}" for dtype in ("float32", "float64")),
    )


DTYPE_HEADINGS = ("image", "uint8 ns/px", "float32", "float64", "float32/uint8 (≤ 2)", "float64/uint8 (≤ 4)")


def run_with_opencv4(arguments, script=__file__):
    """Run a script, this one if none is given, in an environment with OpenCV 4, made when it is first asked for."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"making {ENVIRONMENT} with OpenCV 4 …", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--editable", ROOT, "opencv-python-headless<5"]
        subprocess.run(install, check=True)
    subprocess.run([python, script, *arguments], check=True)


def main(arguments=None):
    """Measure, print the tables, and return the rows of the first."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--opencv4", action="store_true", help="run in an environment with OpenCV 4, made if need be")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--rounds", type=int, default=15, help="how many runs the best is taken of (default: 15)")
    parser.add_argument("--pixels", type=int, default=2**20, help="pixels in a batch of ours (default: 2^20)")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(arguments)
    if options.opencv4:
        run_with_opencv4([argument for argument in arguments if argument != "--opencv4"])
        return []
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, scikit-image {skimage.__version__}, OpenCV {cv2.__version__}, one thread, "
        f"best of {options.rounds}\n"
    )
    cases = [case for case in make_cases() if options.only in case.name]
    rows = measure(cases, options.pixels, options.rounds)
    print_table(HEADINGS, [cells_of(row) for row in rows], options.markdown)
    dtype_rows = compare_dtypes(options.pixels, options.rounds)
    print_table(DTYPE_HEADINGS, [dtype_cells_of(row) for row in dtype_rows], options.markdown)
    return rows


if __name__ == "__main__":
    main()
