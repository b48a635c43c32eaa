"""Encoding speed, microseconds an image on one thread: our encoders against scikit-image and VLFeat.

    python benchmarks/encoding_speed.py [--descriptors FILE.npy] [--markdown]

All that is compared takes turns in one process, on one thread each, and the best of many runs counts. Our encoders get
eight images at a time, as in use; scikit-image and VLFeat one, since that is how they are called. VLFeat is its C
library, called through ctypes (on Debian and Ubuntu: apt-get install libvlfeat1); without it, its columns stay empty.
scikit-image computes in the dtype of the descriptors and the mixture: in float32, which is what its `learn_gmm` makes
of float32 descriptors, and, in columns of its own, in float64, which is often the faster.

The descriptors are 80-dimensional, 2,000 an image, and by default drawn from Gaussians whose spread falls off from
dimension to dimension as that of SIFT after PCA; FILE.npy may hold others of shape (n, d), such as real ones, of which
as many as there are images are used. Mixtures and words are fitted to them. How many components a descriptor belongs
to, with a posterior of at least 1e-6, decides how long the Fisher vector takes, ours and VLFeat's: it is printed. The
aim is a fifth of scikit-image's time, and no more than VLFeat's. VLFeat's VLAD is given the nearest words, which ours
has to find.
"""

import argparse
import platform
import sys
import time
import warnings

import numba
import numpy as np
import skimage
import sklearn
import vlfeat
from skimage.feature import fisher_vector
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits
from turns import print_table

from classicvis import VLAD, BagOfVisualWords, FisherVector
from classicvis.encoding._mixture import find_block_posteriors

N_DIMS = 80
PER_IMAGE = 2000
N_IMAGES = 8
N_FITTED = 20_000
SIZES = (64, 256)


def make_descriptors(n, seed=0):
    """Return descriptors about many centres, the spread of both falling off as in SIFT after PCA."""
    rng = np.random.default_rng(seed)
    falloff = (1 + np.arange(N_DIMS)) ** -0.5
    centres = rng.normal(size=(400, N_DIMS)) * falloff
    return (centres[rng.integers(len(centres), size=n)] + 0.8 * rng.normal(size=(n, N_DIMS)) * falloff).astype("f4")


def skimage_mixture(encoder, dtype):
    """Return the encoder's mixture as scikit-image wants it."""
    mixture = GaussianMixture(len(encoder.weights_), covariance_type="diag")
    mixture.weights_, mixture.means_, mixture.covariances_ = (
        array.astype(dtype) for array in (encoder.weights_, encoder.means_, encoder.covariances_)
    )
    mixture.precisions_cholesky_ = 1 / np.sqrt(mixture.covariances_)
    return mixture


def fit(encoder, descriptors):
    """Fit an encoder to descriptors; the steps of EM are limited, and that they are is no news here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return encoder.fit(descriptors[np.newaxis])


def fisher_runs(n_components, fitted, images, library):
    """Return a function for each contender that encodes an image, and what describes the case."""
    encoder = fit(FisherVector(n_components, max_iter=20, random_state=0), fitted)
    mixtures = [skimage_mixture(encoder, dtype) for dtype in (np.float32, np.float64)]
    image = images[0]
    image_in_float64 = image.astype(np.float64)
    runs = {
        "ours": lambda: encoder.transform(images),
        "skimage": lambda: fisher_vector(image, mixtures[0], improved=True),
        "skimage, float64": lambda: fisher_vector(image_in_float64, mixtures[1], improved=True),
    }
    if library is not None:
        runs["vlfeat"] = lambda: vlfeat.encode_fisher(
            library, encoder.weights_, encoder.means_, encoder.covariances_, image
        )
    entries = find_block_posteriors(encoder._prepare()[0], image).ends[-1] / len(image)
    return f"FisherVector({n_components})", runs, f"{entries:.1f}"


def vlad_runs(n_words, fitted, images, library):
    """Do the same for VLAD."""
    encoder = fit(VLAD(n_words, power=1, random_state=0), fitted)
    image = images[0]
    runs = {"ours": lambda: encoder.transform(images)}
    if library is not None:
        runs["vlfeat"] = vlfeat.vlad_encoder(library, encoder.words_, image)
    return f"VLAD({n_words})", runs, "1"


def bag_runs(n_words, fitted, images, library):
    """Do the same for bags of words, which nobody else has."""
    encoder = fit(BagOfVisualWords(n_words, random_state=0), fitted)
    return f"BagOfVisualWords({n_words})", {"ours": lambda: encoder.transform(images)}, "1"


def best_microseconds(runs, n_rounds):
    """Return the best time an image of each contender on one thread, taking turns after a run that does not count."""
    best = dict.fromkeys(runs, np.inf)
    with threadpool_limits(1):
        for run in runs.values():
            run()
        for _ in range(n_rounds):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                n_images = N_IMAGES if name == "ours" else 1
                best[name] = min(best[name], (time.perf_counter() - start) * 1e6 / n_images)
    return best


PEERS = ("skimage", "skimage, float64", "vlfeat")
HEADINGS = ("encoder", "components a descriptor", "µs", *(heading for peer in PEERS for heading in (f"{peer} µs", "×")))


def cells_of(row):
    """Return a row of the table as strings."""
    cells = [row["name"], row["entries"], f"{row['ours']:.0f}"]
    for peer in PEERS:
        cells += [f"{row[peer]:.0f}", f"{row[peer] / row['ours']:.1f}"] if peer in row else ["–", "–"]
    return cells


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--descriptors", help="a .npy file of descriptors, (n, d)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=15, help="how many runs the best is taken of (default: 15)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of components and words")
    options = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    if options.descriptors is None:
        descriptors = make_descriptors(N_FITTED)
    else:
        descriptors = np.random.default_rng(0).permutation(np.load(options.descriptors).astype(np.float32))[:N_FITTED]
    per_image = min(PER_IMAGE, len(descriptors) // N_IMAGES)
    images = np.ascontiguousarray(descriptors[: N_IMAGES * per_image]).reshape(N_IMAGES, per_image, -1)
    library = vlfeat.load_library() if vlfeat.is_installed() else None
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, scikit-image {skimage.__version__}, scikit-learn {sklearn.__version__}, VLFeat "
        f"{'missing' if library is None else '0.9.21'}, {images.shape[2]} dimensions, {per_image} descriptors an "
        f"image, one thread, best of {options.rounds}\n"
    )
    rows = []
    for make in (fisher_runs, vlad_runs, bag_runs):
        for size in options.sizes:
            name, runs, entries = make(size, descriptors, images, library)
            rows.append({"name": name, "entries": entries} | best_microseconds(runs, options.rounds))
    print_table(HEADINGS, [cells_of(row) for row in rows], options.markdown)
    return rows


if __name__ == "__main__":
    main()
