import time
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC

from classicvis.benchmark._data import save_data
from classicvis.benchmark._measure import MAX_LATENCIES, MAX_PASSES, MIN_LATENCIES, Job, measure

N_TRAIN = 300


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("digits"))
    X, y = load_digits(return_X_y=True)
    save_data(X[:400], folder, "X")
    save_data(y[:400], folder, "y")
    return folder


@pytest.fixture
def run(digits):
    def run(estimator, *, report=lambda stage: None, **options):
        defaults = {
            "train_rows": np.arange(N_TRAIN),
            "test_data": "X",
            "test_rows": np.arange(N_TRAIN, 400),
            "scorers": {},
            "batch_size": 32,
            "measure_costs": True,
        }
        return measure(
            Job("method", estimator, **defaults | options), digits, report, passes_seconds=0.01, latency_seconds=0.01
        )

    return run


class Classifier(ClassifierMixin, BaseEstimator):
    """Predicts the first label; the base of classifiers that do one odd thing."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.calls_ = []
        return self

    def predict(self, X):
        self.calls_.append(len(X))
        return np.full(len(X), self.classes_[0])


def test_measure_predicts_the_test_rows(run):
    X, y = load_digits(return_X_y=True)
    expected = GaussianNB().fit(X[:N_TRAIN], y[:N_TRAIN]).predict(X[N_TRAIN:400])
    assert np.array_equal(run(GaussianNB()).y_pred, expected)


def test_measure_takes_a_test_set_of_its_own(tmp_path):
    X, y = load_digits(return_X_y=True)
    for name, data in {"X": X[:200], "y": y[:200], "X_test": X[200:250], "y_test": y[200:250]}.items():
        save_data(data, str(tmp_path), name)
    job = Job("method", GaussianNB(), None, "X_test", None, {"accuracy": get_scorer("accuracy")}, 20, False)
    result = measure(job, str(tmp_path), lambda stage: None)
    assert len(result.y_pred) == 50
    assert result.scorer_values["accuracy"] == [np.mean(result.y_pred == y[200:250])]


def test_measure_counts_what_there_is_to_count(run):
    costs = run(Classifier()).costs
    assert costs.pass_images == 100
    assert 1 <= len(costs.pass_seconds) <= MAX_PASSES
    assert MIN_LATENCIES <= len(costs.latency_seconds) <= MAX_LATENCIES
    assert costs.model_bytes > 100
    assert costs.fit_peak_bytes < 20e6, "it fits nothing"


def test_measure_predicts_in_batches_and_one_by_one(run):
    classifier = Classifier()
    run(classifier)
    assert set(classifier.calls_) == {32, 4, 1}
    assert classifier.calls_[:5] == [32, 32, 32, 32, 4], "a first batch is not timed"


def test_measure_times_the_fit_and_each_image(run):
    class Slow(Classifier):
        def fit(self, X, y):
            time.sleep(0.2)
            return super().fit(X, y)

        def predict(self, X):
            time.sleep(0.002)
            return super().predict(X)

    costs = run(Slow()).costs
    assert 0.2 <= costs.fit_seconds < 5
    assert 0.002 <= np.median(costs.latency_seconds) < 0.2
    assert all(seconds >= 4 * 0.002 for seconds in costs.pass_seconds)


def test_measure_sees_the_memory_of_the_fit(run):
    class Large(Classifier):
        def fit(self, X, y):
            np.ones(60_000_000, dtype=np.uint8).sum()
            return super().fit(X, y)

    assert 50e6 < run(Large()).costs.fit_peak_bytes < 100e6


def test_measure_sees_the_size_of_the_model(run):
    class Heavy(Classifier):
        def fit(self, X, y):
            self.ballast_ = np.random.default_rng(0).integers(0, 256, 5_000_000, dtype=np.uint8)
            return super().fit(X, y)

    assert 5e6 < run(Heavy()).costs.model_bytes < 5.1e6


def test_measure_without_costs(run):
    result = run(GaussianNB(), measure_costs=False)
    assert result.costs is None
    assert len(result.y_pred) == 100


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (GaussianNB(), "probability"),
        (LinearSVC(), "decision value"),
        (SVC(decision_function_shape="ovo"), None),
        (Classifier(), None),
    ],
    ids=["probabilities", "decision values", "one against one", "none"],
)
def test_measure_keeps_scores_with_a_column_a_class(run, estimator, kind):
    result = run(estimator, measure_costs=False)
    assert result.score_kind == kind
    if kind is None:
        assert result.scores is None
    else:
        assert result.scores.shape == (100, 10)
        assert result.scores.dtype == np.float32
        assert np.array_equal(result.scores.argmax(axis=1), result.y_pred)


def test_measure_keeps_decision_values_of_two_classes(tmp_path):
    X, y = load_digits(n_class=2, return_X_y=True)
    save_data(X, str(tmp_path), "X")
    save_data(y, str(tmp_path), "y")
    job = Job("method", LinearSVC(), np.arange(200), "X", np.arange(200, 300), {}, 64, False)
    result = measure(job, str(tmp_path), lambda stage: None)
    assert result.scores.shape == (100, 2)
    assert np.array_equal(result.scores.argmax(axis=1), result.y_pred)


def test_measure_warms_up_transformers_without_touching_the_method(run):
    seen = []

    class Noting(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            seen.append(("fit", len(X), id(self)))
            return self

        def transform(self, X):
            return X

    pipeline = make_pipeline(Noting(), GaussianNB())
    assert run(pipeline).costs.warm_up_seconds > 0
    assert [(call, n) for call, n, _ in seen] == [("fit", 16), ("fit", N_TRAIN)]
    assert seen[0][2] != id(pipeline[0]) == seen[1][2]


def test_measure_warms_up_without_harm_where_that_fails(run):
    assert run(make_pipeline(PCA(20), GaussianNB())).error is None


@pytest.mark.filterwarnings("default")
def test_measure_collects_warnings_once(run):
    class Warning_(Classifier):
        def fit(self, X, y):
            for _ in range(3):
                warnings.warn("mind the gap", RuntimeWarning, stacklevel=1)
            return super().fit(X, y)

    assert run(Warning_()).warnings == ["RuntimeWarning: mind the gap"]


@pytest.mark.filterwarnings("default")
def test_measure_goes_on_without_scores_that_cannot_be_had(run):
    class Odd(Classifier):
        def predict_proba(self, X):
            raise RuntimeError("not today")

    result = run(Odd(), scorers={"roc_auc": get_scorer("roc_auc_ovr"), "accuracy": get_scorer("accuracy")})
    assert result.scores is None
    assert result.scorer_values["roc_auc"] == [None]
    assert 0 < result.scorer_values["accuracy"][0] < 0.3
    assert "UserWarning: predict_proba failed with RuntimeError: not today" in result.warnings
    assert any(text.startswith("UserWarning: The scorer 'roc_auc' failed with") for text in result.warnings)


@pytest.mark.filterwarnings("default")
def test_measure_goes_on_with_a_model_that_cannot_be_pickled(run):
    class Locked(Classifier):
        def __reduce__(self):
            raise TypeError("cannot pickle a lock")

    result = run(Locked())
    assert result.costs.model_bytes is None
    assert any("Pickling the model failed" in text for text in result.warnings)
    assert len(result.y_pred) == 100


def test_measure_lets_errors_of_the_method_through(run):
    with pytest.raises(ValueError, match="C"):
        run(LogisticRegression(C=-1))


def test_measure_reports_its_stages(run):
    stages = []
    run(DummyClassifier(), report=stages.append)
    assert stages == ["fitting", "predicting", "timing single images"]


def test_measure_gives_a_class_that_a_fold_does_not_have_a_column(run):
    y = load_digits(return_X_y=True)[1]
    rows = np.flatnonzero(y[:N_TRAIN] != 4)
    result = run(GaussianNB(), train_rows=rows, measure_costs=False)
    assert result.scores.shape == (100, 10)
    assert (result.scores[:, 4] == 0).all()
    assert np.array_equal(result.scores.argmax(axis=1), result.y_pred)


def test_measure_refuses_labels_that_y_does_not_have(run):
    class Odd(Classifier):
        def predict(self, X):
            return np.full(len(X), 77)

    with pytest.raises(ValueError, match="It predicts 77, a label that y does not have"):
        run(Odd())
