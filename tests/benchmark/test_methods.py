import numpy as np
import pytest
from onnx_models import IMAGES, make_convolutional
from sklearn.base import clone, is_classifier
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from classicvis import CNNClassifier
from classicvis.benchmark import BUILT_IN_METHODS, make_method
from classicvis.benchmark._methods import make_transfer_method, resolve_methods
from classicvis.datasets import load_fashion_sample
from classicvis.images import ImageReader

OPTIONS = {"size": None, "random_state": 0}


@pytest.mark.parametrize(
    "methods",
    [{"nb": GaussianNB()}, [("nb", GaussianNB())], (["nb", GaussianNB()],)],
    ids=["dict", "list", "tuple"],
)
def test_methods_are_cloned(methods):
    given = methods["nb"] if isinstance(methods, dict) else methods[0][1]
    estimators = resolve_methods(methods, **OPTIONS)
    assert list(estimators) == ["nb"]
    assert isinstance(estimators["nb"], GaussianNB)
    assert estimators["nb"] is not given


def test_methods_keep_their_order():
    names = ["z", "a", "m"]
    assert list(resolve_methods({name: GaussianNB() for name in names}, **OPTIONS)) == names


def test_methods_may_be_pipelines():
    pipeline = make_pipeline(StandardScaler(), GaussianNB())
    assert list(resolve_methods({"p": pipeline}, **OPTIONS)["p"].named_steps) == list(clone(pipeline).named_steps)


@pytest.mark.parametrize(
    ("methods", "error", "message"),
    [
        ({}, ValueError, "methods is empty"),
        ([], ValueError, "methods is empty"),
        (
            ["hog-swm"],
            ValueError,
            r"There is no method 'hog-swm': .* 'hog-svm', 'hog-rbf', 'hog-forest', .* 'cnn'",
        ),
        ({"mine": "hog-swm"}, ValueError, "There is no method 'hog-swm'"),
        ([("a", GaussianNB()), ("a", GaussianNB())], ValueError, "Two methods are called 'a'"),
        ({1: GaussianNB()}, TypeError, "is called 1: give a str"),
        ({"a": GaussianNB}, TypeError, "not a scikit-learn classifier: give an instance"),
        ({"a": LinearRegression()}, TypeError, "not a scikit-learn classifier"),
        ({"a": KMeans()}, TypeError, "not a scikit-learn classifier"),
        ({"a": None}, TypeError, "not a scikit-learn classifier"),
        ([GaussianNB()], TypeError, "give a pair of a name and an estimator"),
        (GaussianNB(), TypeError, "methods is a GaussianNB"),
    ],
)
def test_methods_that_cannot_be_compared(methods, error, message):
    with pytest.raises(error, match=message):
        resolve_methods(methods, **OPTIONS)


@pytest.mark.parametrize("name", BUILT_IN_METHODS)
def test_built_in_methods_are_classifiers_that_take_the_seed(name):
    estimator = make_method(name, random_state=3)
    assert is_classifier(estimator)
    seeds = {value for key, value in estimator.get_params().items() if key.endswith("random_state")}
    assert 3 in seeds


@pytest.mark.parametrize("name", BUILT_IN_METHODS)
def test_built_in_methods_with_a_size_begin_with_a_reader(name):
    reader = make_method(name, size=(24, 32))[0]
    assert isinstance(reader, ImageReader)
    assert reader.size == (24, 32)


@pytest.mark.parametrize("name", ["hog-svm", "hog-rbf", "hog-forest", "vlad-svm", "bovw-svm", "lbp-forest"])
def test_built_in_classical_methods_learn(name):
    sample = load_fashion_sample()
    method = make_method(name, random_state=0).fit(sample.X_train[:400], sample.y_train[:400])
    assert method.score(sample.X_test[:300], sample.y_test[:300]) > 0.7


def test_methods_are_made_by_name():
    estimators = resolve_methods(["hog-svm", ("mine", GaussianNB()), ("kernel", "hog-rbf")], **OPTIONS)
    assert list(estimators) == ["hog-svm", "mine", "kernel"]
    assert isinstance(resolve_methods("hog-forest", **OPTIONS)["hog-forest"], Pipeline)


@pytest.fixture
def backbone(tmp_path):
    """Write a network of any size; return its path, and what it needs to be told."""
    path = tmp_path / "network.onnx"
    path.write_bytes(make_convolutional(("n", 3, "h", "w")))
    return path, {"mean": 120.0, "std": 60.0, "channel_order": "RGB"}


@pytest.mark.parametrize("size", [None, 12])
def test_transfer_takes_an_onnx_file(backbone, size):
    path, preprocessing = backbone
    method = make_transfer_method(path, size=size, random_state=0, **preprocessing)
    assert is_classifier(method)
    assert [name for name, _ in method.steps] == ["reader"] * (size is not None) + ["network", "scaler", "svm"]
    assert method["network"].size == size
    assert method.fit(IMAGES, np.arange(len(IMAGES)) % 2).predict(IMAGES).shape == (len(IMAGES),)


def test_transfer_brings_files_to_the_networks_own_size(tmp_path):
    (tmp_path / "network.onnx").write_bytes(make_convolutional(("n", 3, 8, 8)))
    settings = {"mean": 120.0, "std": 60.0, "channel_order": "RGB"}
    method = make_transfer_method(tmp_path / "network.onnx", size=64, **settings)
    assert method["reader"].size == (8, 8)
    assert make_transfer_method(tmp_path / "network.onnx", size=None, **settings)["network"].size is None


def test_transfer_with_a_network_of_ours_reads_its_channels(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (20, 10, 10), dtype=np.uint8)
    network = CNNClassifier(widths=(4, 4), max_iter=1, n_threads=1, random_state=0).fit(X, np.arange(20) % 2)
    (tmp_path / "ours.onnx").write_bytes(network.onnx_model_)
    method = make_transfer_method(str(tmp_path / "ours.onnx"), size=64)
    assert method["reader"].color == "gray"
    assert method["reader"].size == (10, 10)


@pytest.mark.parametrize(
    ("name", "settings", "error", "message"),
    [
        ("nowhere.onnx", {}, FileNotFoundError, r"There is no file 'nowhere\.onnx': give an ONNX file, or one of 'mob"),
        ("resnet18", {"mean": 3.0}, ValueError, "The backbone 'resnet18' comes with its own mean: leave that out"),
        (None, {}, ValueError, "does not say how its images are prepared: give mean, std and channel_order"),
    ],
)
def test_transfer_that_cannot_be(backbone, name, settings, error, message):
    with pytest.raises(error, match=message):
        make_transfer_method(name or backbone[0], **settings)
