"""Make dense_sift.npz, VLFeat's answers that the tests compare with: `python tests/golden/make_dense_sift.py`.

Written with VLFeat 0.9.21, from Debian's `libvlfeat1`. The file holds two pictures and, for the settings of `CASES`,
the positions, descriptors and norms (contrasts) that `vl_dsift` gives for them, smoothed by `vl_imsmooth` where a
magnification is set.
"""

import sys
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("dense_sift.npz")

# Picture, step, bin size, window and magnification of each case.
CASES = {
    "flat": ("waves", 4, 4, "flat", None),
    "gaussian": ("waves", 4, 4, "gaussian", None),
    "flat, step 3, bins of 5": ("waves", 3, 5, "flat", None),
    "gaussian, step 3, bins of 5": ("waves", 5, 5, "gaussian", None),
    "flat, bins of 2": ("noise", 5, 2, "flat", None),
    "gaussian, bins of 6": ("noise", 2, 6, "gaussian", None),
    "flat, smoothed": ("noise", 4, 6, "flat", 6),
    "gaussian, smoothed": ("waves", 6, 4, "gaussian", 3),
}


def make_pictures():
    """Return two grey pictures of uint8: waves with a little noise, and noise."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[:31, :40]
    waves = sum(np.sin(a * rows + b * columns) for a, b in ((0.3, 0.1), (-0.2, 0.35), (0.05, -0.6)))
    waves = waves * 35 + 128 + rng.normal(0, 5, waves.shape)
    return {"waves": waves.clip(0, 255).astype(np.uint8), "noise": rng.integers(0, 256, (23, 29), dtype=np.uint8)}


def main():
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    import vlfeat

    arrays = make_pictures()
    for name, (picture, step, bin_size, window, magnification) in CASES.items():
        image = arrays[picture]
        if magnification is not None:
            image = vlfeat.smooth(image, bin_size / magnification)
        found = vlfeat.DenseSIFT(image.shape, step, bin_size, window)(image)
        for kind, array in zip(("positions", "descriptors", "norms"), found, strict=True):
            arrays[f"{kind}: {name}"] = array.astype(np.float32)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
