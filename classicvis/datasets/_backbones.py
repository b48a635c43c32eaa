"""Pretrained networks: ONNX files, downloaded once and checked by hash, with the arguments for using them."""

from typing import NamedTuple

from sklearn.utils import Bunch

from classicvis.datasets._fetch import Source, fetch_files

FOLDER = "backbones"
ZOO = "https://huggingface.co/onnxmodelzoo/"  # where the networks of github.com/onnx/models have moved
LEGACY = f"{ZOO}legacy_models/resolve/main/validated/vision/classification/"
# Means and deviations of ImageNet, from values between 0 and 1 to 8 bits, of red, green and blue.
IMAGENET = {"mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375)}
EFFICIENTNET = {"mean": 127.0, "std": 128.0}


class Backbone(NamedTuple):
    """A network of the ONNX model zoo.

    Attributes
    ----------
    base_url : str
        What stands before the file's name.
    file : str
        Its name.
    sha256 : str
        Its hash, as Git LFS has it in github.com/onnx/models.
    preprocessing : dict
        What its page there says of its input.
    """

    base_url: str
    file: str
    sha256: str
    preprocessing: dict


BACKBONES = {
    "mobilenet-v2": Backbone(
        f"{ZOO}mobilenetv2-12/resolve/main/",
        "mobilenetv2-12.onnx",
        "c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5",
        IMAGENET,
    ),
    "resnet18": Backbone(
        f"{LEGACY}resnet/model/",
        "resnet18-v2-7.onnx",
        "3b4d048057854022232aa20bf68262e31718ab7119a17f920b8a2dc1433f824b",
        IMAGENET,
    ),
    "resnet50": Backbone(
        f"{LEGACY}resnet/model/",
        "resnet50-v2-7.onnx",
        "79102261eb6e5fd7af5d27f41316293e388c5cb691e5d25bfb035c4f64fefe31",
        IMAGENET,
    ),
    "efficientnet-lite4": Backbone(
        f"{LEGACY}efficientnet-lite4/model/",
        "efficientnet-lite4-11.onnx",
        "d111689907c06eea7c82e4833ddef758da6453b9d4cf60b7e99ca05c7cbd9c12",
        EFFICIENTNET,
    ),
}
SIZE = (224, 224)


def fetch_backbone(name, *, data_home=None, download_if_missing=True):
    """Return a network trained on ImageNet, for transfer learning; download it the first time.

    Parameters
    ----------
    name : {"mobilenet-v2", "resnet18", "resnet50", "efficientnet-lite4"}
        Which: 14, 47, 102 and 52 MB, the first the quickest by far. They are those of the ONNX model zoo
        (mobilenetv2-12, resnet18-v2-7, resnet50-v2-7, efficientnet-lite4-11), which states the licence of each,
        Apache-2.0, or MIT for the last.
    data_home : str or os.PathLike, default=None
        Folder for data sets; networks get a folder of their own in it. None stands for the folder that the
        environment variable ``CLASSICVIS_DATA`` names, or else for the user's cache folder.
    download_if_missing : bool, default=True
        False raises an OSError where the file is not there yet.

    Returns
    -------
    backbone : Bunch
        What :class:`~classicvis.ONNXTransformer` and :func:`~classicvis.make_transfer_svm` take as arguments: `model`,
        the path, `size`, `mean`, `std` and `channel_order`.

    Raises
    ------
    ValueError
        There is no such network, or the hash of a download is wrong.
    OSError
        The file is missing and may not, or cannot, be downloaded.

    Examples
    --------
    >>> from classicvis import make_transfer_svm
    >>> from classicvis.datasets import fetch_backbone
    >>> pipeline = make_transfer_svm(**fetch_backbone("mobilenet-v2"))  # doctest: +SKIP
    """
    if name not in BACKBONES:
        raise ValueError(f"There is no backbone {name!r}: give one of {', '.join(map(repr, BACKBONES))}.")
    backbone = BACKBONES[name]
    source = Source(FOLDER, backbone.base_url, {backbone.file: backbone.sha256})
    paths = fetch_files(source, data_home, download_if_missing, purpose="Downloading a network")
    return Bunch(model=paths[backbone.file], size=SIZE, channel_order="RGB", **backbone.preprocessing)
