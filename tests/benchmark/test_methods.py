import pytest
from sklearn.base import clone, is_classifier
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from classicvis.benchmark import BUILT_IN_METHODS, make_method
from classicvis.benchmark._methods import resolve_methods
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
        ({"a": GaussianNB}, TypeError, "no scikit-learn classifier: give an instance"),
        ({"a": LinearRegression()}, TypeError, "no scikit-learn classifier"),
        ({"a": KMeans()}, TypeError, "no scikit-learn classifier"),
        ({"a": None}, TypeError, "no scikit-learn classifier"),
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
