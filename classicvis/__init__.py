"""Classical vision and CNNs behind one fit / predict / score, to choose between them on your own images."""

from importlib import import_module
from importlib.metadata import version

from classicvis.datasets import (
    fetch_backbone,
    fetch_cifar10,
    fetch_fashion_mnist,
    fetch_mnist,
    load_fashion_sample,
    load_image_folder,
)
from classicvis.encoding import VLAD, BagOfVisualWords, FisherVector
from classicvis.features import (
    BatchTransformer,
    ColorHistogramTransformer,
    GaborTransformer,
    HOGTransformer,
    KMeansPatchTransformer,
    LBPTransformer,
    LocalFeatureTransformer,
    SIFTTransformer,
)
from classicvis.images import ImageReader, check_images
from classicvis.pipelines import (
    make_best_classical,
    make_bovw_svm,
    make_fisher_svm,
    make_hog_forest,
    make_hog_svm,
    make_lbp_forest,
    make_patches_svm,
    make_stacking,
    make_transfer_svm,
    make_vlad_svm,
    make_voting,
    tune,
)
from classicvis.svm import LinearSVMClassifier

__version__ = version("classicvis")

# Where the names live that need an optional package; they are looked up when they are first used.
_LAZY = {
    "CNNClassifier": ".neural",
    "ONNXClassifier": ".neural",
    "ONNXTransformer": ".neural",
    "compare": ".benchmark",
}

__all__ = [
    "VLAD",
    "BagOfVisualWords",
    "BatchTransformer",
    "CNNClassifier",
    "ColorHistogramTransformer",
    "FisherVector",
    "GaborTransformer",
    "HOGTransformer",
    "ImageReader",
    "KMeansPatchTransformer",
    "LBPTransformer",
    "LinearSVMClassifier",
    "LocalFeatureTransformer",
    "ONNXClassifier",
    "ONNXTransformer",
    "SIFTTransformer",
    "check_images",
    "compare",
    "fetch_backbone",
    "fetch_cifar10",
    "fetch_fashion_mnist",
    "fetch_mnist",
    "load_fashion_sample",
    "load_image_folder",
    "make_best_classical",
    "make_bovw_svm",
    "make_fisher_svm",
    "make_hog_forest",
    "make_hog_svm",
    "make_lbp_forest",
    "make_patches_svm",
    "make_stacking",
    "make_transfer_svm",
    "make_vlad_svm",
    "make_voting",
    "tune",
]


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name], __name__), name)


def __dir__():
    return sorted({*globals(), *__all__})
