"""`tune`: that it finds what a grid search finds, extracts features no more often than it must, and keeps its word."""

import time

import joblib
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from classicvis import HOGTransformer, load_fashion_sample, make_hog_svm, make_vlad_svm, make_voting, tune
from classicvis.pipelines import Tuning

CALLS = []


class Scale(TransformerMixin, BaseEstimator):
    """Multiplies by a factor, learns nothing, and counts."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        CALLS.append(("fit", self.factor, len(X)))
        return self

    def transform(self, X):
        CALLS.append(("transform", self.factor, len(X)))
        return X * self.factor


class Centre(Scale):
    """Learns the mean, which differs from split to split."""

    def fit(self, X, y=None):
        self.mean_ = X.mean(axis=0)
        return super().fit(X, y)


class Slow(Scale):
    """Takes its time."""

    def transform(self, X):
        time.sleep(0.02)
        return super().transform(X)


@pytest.fixture(scope="module")
def sample():
    sample = load_fashion_sample()
    return sample.X_train[:600], sample.y_train[:600], sample.X_test[:300], sample.y_test[:300]


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    return rng.normal(size=(120, 4)) + y[:, None], y


@pytest.fixture
def many_rows():
    rng = np.random.default_rng(0)
    y = np.arange(3000) % 3
    return rng.normal(size=(3000, 4)) + y[:, None], y


@pytest.fixture
def calls():
    CALLS.clear()
    return CALLS


def count(calls, what):
    return sum(1 for call in calls if call[0] == what)


def make_scaled(transformer=None):
    return Pipeline([("scale", transformer or Scale()), ("model", LogisticRegression())])


def test_all_rows_at_once_is_a_grid_search(rows):
    X, y = rows
    grid = {"scale__with_mean": [True, False], "model__C": [1e-4, 0.01, 1.0]}
    pipeline = make_scaled(StandardScaler())
    tuning = tune(pipeline, X, y, param_grid=grid, cv=4, random_state=0)
    search = GridSearchCV(pipeline, grid, cv=4).fit(X, y)
    assert tuning.best_score_ == pytest.approx(search.best_score_)
    assert scores_of(tuning) == pytest.approx(scores_of(search))
    assert set(tuning.cv_results_["iter"]) == {0}


def scores_of(search):
    results = search.cv_results_
    keys = [tuple(sorted(params.items())) for params in results["params"]]
    assert len(keys) == 6
    return dict(zip(keys, results["mean_test_score"], strict=True))


def test_another_c_extracts_nothing(rows, calls):
    X, y = rows
    tune(make_scaled(), X, y, param_grid={"model__C": np.logspace(-3, 3, 20)}, cv=3)
    assert count(calls, "transform") == 2  # of the search, and of the final fit
    assert count(calls, "fit") == 4


def test_transformers_that_learn_are_asked_once_a_split(rows, calls):
    X, y = rows
    grid = {"scale__factor": [0.5, 2.0], "model__C": [0.1, 1.0, 10.0]}
    tune(make_scaled(Centre()), X, y, param_grid=grid, cv=3)
    assert count(calls, "fit") == count(calls, "transform") == 2 * 3 + 1


def test_early_steps_are_kept_while_later_ones_change(rows, calls):
    X, y = rows
    pipeline = Pipeline([("first", Scale(3.0)), ("second", Centre()), ("model", LogisticRegression())])
    grid = {"second__factor": [0.5, 1.0, 2.0], "first__factor": [3.0, 4.0], "model__C": [0.1, 1.0]}
    tune(pipeline, X, y, param_grid=grid, cv=2, random_state=3)
    first = [call for call in calls if call[0] == "transform" and call[1] in (3.0, 4.0)]
    assert len(first) == 2 + 1
    assert count(calls, "transform") == 2 + 2 * 3 * 2 + 2


def test_memory_lets_features_outlast_the_search(rows, calls, tmp_path):
    X, y = rows
    grid = {"scale__factor": [0.5, 2.0]}
    for memory in (str(tmp_path), tmp_path, joblib.Memory(str(tmp_path), verbose=0)):
        tune(make_scaled(), X, y, param_grid=grid, memory=memory, random_state=0)
    assert count(calls, "transform") == 2 + 3  # two of the first search, and the final fits
    tune(make_scaled(), X + 1, y, param_grid=grid, memory=str(tmp_path), random_state=0)
    assert count(calls, "transform") == 5 + 2 + 1


def test_whole_steps_may_be_tried(rows):
    X, y = rows
    grid = [
        {"scale": ["passthrough", StandardScaler()], "model": [LogisticRegression(), LinearSVC()]},
        {"model": [RandomForestClassifier(5, random_state=0)], "model__max_depth": [1, 2]},
    ]
    tuning = tune(make_scaled(), X, y, param_grid=grid, random_state=0)
    assert len(tuning.cv_results_["params"]) == 6
    assert tuning.cv_results_["param_model__max_depth"].tolist().count(None) == 4


def test_what_cannot_be_hashed_is_computed_again(rows):
    X, y = rows
    grid = {"scale__func": [lambda X: X, lambda X: 0 * X], "model__C": [0.1, 1.0]}
    tuning = tune(make_scaled(FunctionTransformer()), X, y, param_grid=grid, random_state=0)
    of_functions = {}
    for params, score in zip(tuning.cv_results_["params"], tuning.cv_results_["mean_test_score"], strict=True):
        of_functions.setdefault(params["scale__func"], []).append(score)
    assert min(of_functions[grid["scale__func"][0]]) > max(of_functions[grid["scale__func"][1]])


def test_halving_tries_few_settings_on_many_rows(many_rows):
    X, y = many_rows
    tuning = tune(make_scaled(), X, y, param_grid={"model__C": np.logspace(-9, 1, 30)}, random_state=0)
    tried = pd.Series(tuning.cv_results_["n_resources"]).value_counts().to_dict()
    assert tried == {300: 30, 949: 8, 3000: 2}
    frame = tuning.to_frame()
    assert frame.loc[0, "params"] == tuning.best_params_
    assert frame.loc[0, "n_resources"] == 3000
    assert frame["rank_test_score"].tolist() == list(range(1, 41))
    assert frame.loc[0, "param_model__C"] == tuning.best_params_["model__C"]


def test_same_seed_gives_the_same(many_rows):
    X, y = many_rows
    settings = {"param_grid": {"model__C": loguniform(1e-6, 10)}, "n_candidates": 8}
    first, second, other = (tune(make_scaled(), X, y, random_state=seed, **settings) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.cv_results_["mean_test_score"], second.cv_results_["mean_test_score"])
    assert first.best_params_ == second.best_params_ != other.best_params_


def test_threads_and_processes_change_nothing(rows):
    X, y = rows
    grid = {"scale__factor": [0.1, 1.0], "model__C": [0.01, 1.0]}
    alone = tune(make_scaled(Centre()), X, y, param_grid=grid, random_state=0)
    together = tune(make_scaled(Centre()), X, y, param_grid=grid, random_state=0, n_jobs=2)
    np.testing.assert_array_equal(alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"])


def test_candidates_are_drawn_from_a_large_grid(rows):
    X, y = rows
    tuning = tune(make_scaled(), X, y, param_grid={"model__C": np.logspace(-3, 3, 50)}, n_candidates=7)
    assert len({params["model__C"] for params in tuning.cv_results_["params"]}) == 7


def test_budget_leaves_out_what_there_is_no_time_for(rows, calls):
    X, y = rows
    grid = {"scale__factor": np.arange(1.0, 101.0), "model__C": [1.0]}
    started = time.perf_counter()
    tuning = tune(make_scaled(Slow()), X, y, param_grid=grid, budget=0.4, random_state=0)
    assert time.perf_counter() - started < 60  # no claim of speed: 100 settings would take no longer either
    assert 1 <= len(tuning.cv_results_["params"]) < 100
    assert count(calls, "transform") == len(tuning.cv_results_["params"]) + 1


def test_the_smallest_budget_still_fits(many_rows):
    X, y = many_rows
    tuning = tune(make_scaled(), X, y, param_grid={"scale__factor": [1.0, 2.0, 3.0]}, budget=1e-9, random_state=0)
    assert len(tuning.cv_results_["params"]) == 1
    assert tuning.best_estimator_.predict(X).shape == (3000,)


def test_budget_that_is_ample_changes_nothing(many_rows):
    X, y = many_rows
    grid = {"model__C": np.logspace(-9, 1, 30)}
    free, limited = (tune(make_scaled(), X, y, param_grid=grid, budget=b, random_state=0) for b in (None, 1e6))
    np.testing.assert_array_equal(free.cv_results_["mean_test_score"], limited.cv_results_["mean_test_score"])


def test_groups_stay_together(rows):
    X, y = rows
    groups = np.arange(120) // 6
    X[:, 0] = groups
    tested = []

    def score(model, X, y):
        tested.append(set(X[:, 0]))
        return 1.0

    tune(make_scaled(), X, y, param_grid={"model__C": [1.0]}, cv=GroupKFold(3), groups=groups, scoring=score)
    assert [sum(group in part for part in tested) for group in range(20)] == [1] * 20
    with pytest.raises(ValueError, match="groups"):
        tune(make_scaled(), X, y, cv=GroupKFold(3))


def test_scoring_is_that_of_scikit_learn(rows):
    X, y = rows
    tuning = tune(make_scaled(), X, y, param_grid={"model__C": [1e-4, 1.0]}, scoring="neg_log_loss")
    assert tuning.best_score_ < 0
    assert tuning.best_params_ == {"model__C": 1.0}


def test_any_estimator_can_be_tuned(rows):
    X, y = rows
    tuning = tune(LogisticRegression(), X, y, random_state=0)
    assert len(tuning.cv_results_["params"]) == 7
    regression = tune(Ridge(), X, X[:, 0], param_grid={"alpha": [0.1, 1e4]}, random_state=0)
    assert regression.best_params_ == {"alpha": 0.1}


def test_frames_and_lists_are_taken(rows):
    X, y = rows
    frame = pd.DataFrame(X, columns=list("abcd"))
    names = pd.Series(np.array(["a", "b", "c"])[y])
    tuning = tune(make_scaled(StandardScaler()), frame, names, param_grid={"model__C": [0.1, 1.0]})
    assert tuning.best_estimator_.feature_names_in_.tolist() == list("abcd")
    assert set(tuning.best_estimator_.predict(frame)) == {"a", "b", "c"}
    assert tune(make_scaled(StandardScaler()), X.tolist(), y.tolist(), param_grid={"model__C": [1.0]}).best_score_ > 0.5


def test_pipeline_is_not_changed_and_the_result_is_plain(sample):
    X, y, X_test, y_test = sample
    pipeline = make_hog_svm(random_state=0)
    before = joblib.hash(pipeline)
    tuning = tune(pipeline, X, y, n_candidates=8, cv=StratifiedKFold(2), random_state=0)
    assert joblib.hash(pipeline) == before
    assert isinstance(tuning, Tuning)
    assert type(tuning.best_estimator_) is Pipeline
    assert {name: tuning.best_estimator_.get_params()[name] for name in tuning.best_params_} == tuning.best_params_
    refitted = make_hog_svm(random_state=0).set_params(**tuning.best_params_).fit(X, y)
    np.testing.assert_array_equal(tuning.best_estimator_.predict(X_test), refitted.predict(X_test))
    assert tuning.best_estimator_.score(X_test, y_test) > 0.75


def test_paths_are_read(sample, tmp_path):
    X, y, _, _ = sample
    paths = []
    for i, image in enumerate(X[:60]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(image).resize((28 + i % 5, 30)).save(paths[-1])
    grid = {"reader__size": [24, 28], "sift__encoder__n_words": [2, 4], "svm__C": [0.1, 1.0]}
    pipeline = make_vlad_svm(size=28, n_words=4, step=4, random_state=0)
    tuning = tune(pipeline, paths, y[:60], param_grid=grid, cv=2, memory=str(tmp_path / "memory"), random_state=0)
    assert tuning.best_estimator_.predict(paths[:5]).shape == (5,)


def test_images_may_differ_in_size(sample):
    X, y, _, _ = sample
    images = [image[: 20 + i % 5] for i, image in enumerate(X[:60])]
    pipeline = make_vlad_svm(n_words=2, step=4, random_state=0)
    tuning = tune(pipeline, images, y[:60], param_grid={"svm__C": [0.1, 1.0]}, cv=2)
    assert tuning.best_estimator_.predict(images[:5]).shape == (5,)


def test_settings_of_members_of_a_union_are_reached(sample):
    X, y, _, _ = sample
    grid = {"hog__fine__orientations": [4, 9], "hog__fine": [HOGTransformer(pixels_per_cell=(7, 7))]}
    tuning = tune(make_hog_svm(random_state=0), X[:100], y[:100], param_grid=grid, cv=2, random_state=0)
    assert tuning.best_estimator_.named_steps["hog"]["fine"].pixels_per_cell == (7, 7)
    assert not hasattr(grid["hog__fine"][0], "n_features_in_")  # was cloned


@pytest.mark.parametrize("verbose", [True, False])
def test_no_bar_where_there_is_no_terminal(rows, capsys, verbose):
    X, y = rows
    tune(make_scaled(), X, y, param_grid={"model__C": [1.0]}, verbose=verbose)
    assert capsys.readouterr() == ("", "")


def test_bar_ends_with_all_fits(many_rows, capsys, monkeypatch):
    X, y = many_rows
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    tune(make_scaled(), X, y, param_grid={"model__C": np.logspace(-3, 1, 30)}, random_state=0)
    assert "44/44" in capsys.readouterr().err  # 30 on 300 rows, 8 on 949, and 2 in three splits of all


def test_ensembles_are_tuned_over_shared_features(rows, calls):
    X, y = rows
    members = [make_scaled(), make_scaled(Scale(2.0))]
    grid = {"voting__scale_model-2__model__C": [0.1, 1.0], "voting__weights": [[1, 1], [1, 3]]}
    tuning = tune(make_voting(members), X, y, param_grid=grid, random_state=0)
    assert set(tuning.best_params_) == set(grid)
    assert count(calls, "transform") == 2 * 2  # of each member, in the search and in the final fit


def test_repr_says_what_was_found(rows):
    X, y = rows
    tuning = tune(make_scaled(), X, y, param_grid={"model__C": [1e-9, 1.0]}, random_state=0)
    assert repr(tuning).endswith("best_params_={'model__C': 1.0}, 2 rows)")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budget": 0}, "budget is 0, but must be a number of seconds above 0, or None"),
        ({"budget": "1 min"}, "budget is '1 min'"),
        ({"n_candidates": 0}, "n_candidates is 0, but must be a whole number above 0"),
        ({"n_candidates": 2.5}, "n_candidates is 2.5"),
        ({"param_grid": {}}, "There is nothing to try"),
        ({"param_grid": {"model__c": [1]}}, "Invalid parameter 'c'"),
    ],
)
def test_what_makes_no_sense_raises(rows, settings, message):
    X, y = rows
    with pytest.raises(ValueError, match=message):
        tune(make_scaled(), X, y, **settings)


def test_rows_and_labels_must_be_as_many(rows):
    X, y = rows
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        tune(make_scaled(), X, y[:-1])


LABELS_AS = {
    "list": list,
    "column": lambda y: y.reshape(-1, 1),
    "frame of one column": pd.DataFrame,
    "series with a shuffled index": lambda y: pd.Series(y, np.random.default_rng(0).permutation(len(y))),
}


@pytest.mark.parametrize("container", LABELS_AS)
@pytest.mark.filterwarnings("ignore:A column-vector y was passed:sklearn.exceptions.DataConversionWarning")
def test_labels_count_by_their_position_in_every_container(many_rows, container):
    X, y = many_rows
    names = np.array(["a", "b", "c"])[y]
    settings = {"param_grid": {"model__C": [1e-4, 0.01, 1.0]}, "random_state": 0}
    expected = tune(make_scaled(), X, names, **settings)
    found = tune(make_scaled(), X, LABELS_AS[container](names), **settings)
    np.testing.assert_array_equal(found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])
    assert found.best_params_ == expected.best_params_


def test_labels_must_be_one_for_each_row(rows):
    X, y = rows
    with pytest.raises(ValueError, match="tune requires y to be passed, but the target y is None"):
        tune(make_scaled(), X, None)
    with pytest.raises(ValueError, match=r"y has the shape \(120, 3\), but holds one label for each image"):
        tune(make_scaled(), X, np.eye(3)[y])


def test_listings_of_images_are_taken(sample):
    X, y, _, _ = sample
    images = dict(enumerate(X[:60]))
    pipeline = make_hog_svm(random_state=0)
    settings = {"param_grid": {"svm__C": [0.01, 0.1]}, "cv": 2, "random_state": 0}
    expected = tune(pipeline, X[:60], y[:60], **settings).cv_results_["mean_test_score"]
    for listing in (images.values(), list(images.values()), pd.Series(list(images.values()))):
        np.testing.assert_array_equal(
            tune(pipeline, listing, y[:60], **settings).cv_results_["mean_test_score"], expected
        )
    with pytest.raises(ValueError, match=r"X is a generator, which can be read only once: give list\(X\)"):
        tune(pipeline, (image for image in X[:60]), y[:60])
    with pytest.raises(ValueError, match=r"X is a dict, but must be a sequence of images: give list\(X.values\(\)\)"):
        tune(pipeline, images, y[:60])
