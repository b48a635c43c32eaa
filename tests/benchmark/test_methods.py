import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classicvis.benchmark._methods import resolve_methods

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
            "There is no method 'hog-swm': .* 'hog-svm', 'hog-rbf', 'hog-forest', 'cnn'",
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
