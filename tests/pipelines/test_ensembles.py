"""Ensembles that share features: that these are extracted once, and that nothing else changes."""

import pickle

import numpy as np
import pytest
from PIL import Image
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from classicvis import (
    HOGTransformer,
    ImageReader,
    LBPTransformer,
    load_fashion_sample,
    make_hog_forest,
    make_hog_svm,
    make_lbp_forest,
    make_stacking,
    make_vlad_svm,
    make_voting,
)

CALLS = []


class Flat(TransformerMixin, BaseEstimator):
    """Rows of pixels, times a factor; counts the images that it sees."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        self.is_fitted_ = True
        return self

    def transform(self, X):
        CALLS.append((self.factor, len(X)))
        return X.reshape(len(X), -1) * self.factor


@pytest.fixture(scope="module")
def sample():
    sample = load_fashion_sample()
    return sample.X_train[:300], sample.y_train[:300], sample.X_test[:200], sample.y_test[:200]


@pytest.fixture
def calls():
    CALLS.clear()
    return CALLS


def make_tree(factor=1.0, **settings):
    return Pipeline([("flat", Flat(factor)), ("tree", DecisionTreeClassifier(random_state=0, **settings))])


@pytest.mark.parametrize("make", [make_voting, make_stacking])
def test_members_with_the_same_features_extract_them_once(sample, calls, make):
    X, y, X_test, _ = sample
    members = [make_tree(max_depth=depth) for depth in (1, 2, 3)]
    pipeline = make(members).fit(X, y)
    assert calls == [(1.0, 300)]
    pipeline.predict(X_test)
    assert calls == [(1.0, 300), (1.0, 200)]


@pytest.mark.parametrize("make", [make_voting, make_stacking])
def test_each_kind_of_features_is_extracted_once(sample, calls, make):
    X, y, X_test, _ = sample
    members = [make_tree(), make_tree(2.0), make_tree(max_depth=2), make_tree(2.0, max_depth=2)]
    pipeline = make(members).fit(X, y)
    assert sorted(calls) == [(1.0, 300), (2.0, 300)]
    pipeline.predict(X_test)
    assert sorted(calls) == [(1.0, 200), (1.0, 300), (2.0, 200), (2.0, 300)]


def make_members():
    scaled = make_pipeline(HOGTransformer(pixels_per_cell=(7, 7)), StandardScaler(), LogisticRegression(max_iter=500))
    return [
        make_pipeline(HOGTransformer(pixels_per_cell=(7, 7)), LogisticRegression(max_iter=500)),
        scaled,
        make_pipeline(LBPTransformer(), DecisionTreeClassifier(random_state=0)),
        make_pipeline(FunctionTransformer(flatten), DecisionTreeClassifier(random_state=0)),
    ]


def flatten(images):
    return images.reshape(len(images), -1)


@pytest.mark.parametrize("voting", ["soft", "hard"])
@pytest.mark.parametrize("n", [2, 4])
def test_voting_predicts_as_if_nothing_were_shared(sample, voting, n):
    X, y, X_test, _ = sample
    members = make_members()[:n]
    weights = [1.0, 2.0, 0.5, 0.1][:n]
    apart = VotingClassifier([(str(i), member) for i, member in enumerate(members)], voting=voting, weights=weights)
    together = make_voting(members, voting=voting, weights=weights)
    np.testing.assert_array_equal(together.fit(X, y).predict(X_test), apart.fit(X, y).predict(X_test))
    if voting == "soft":
        np.testing.assert_allclose(together.predict_proba(X_test), apart.predict_proba(X_test), rtol=1e-6)


@pytest.mark.parametrize("n", [2, 4])
def test_stacking_predicts_as_if_nothing_were_shared(sample, n):
    X, y, X_test, _ = sample
    members, final = make_members()[:n], LogisticRegression(max_iter=2000)
    apart = StackingClassifier([(str(i), member) for i, member in enumerate(members)], final, cv=3)
    together = make_stacking(members, final_estimator=final, cv=3)
    proba = together.fit(X, y).predict_proba(X_test)
    np.testing.assert_allclose(proba, apart.fit(X, y).predict_proba(X_test), rtol=1e-4, atol=1e-5)


def test_shared_steps_stand_before_the_ensemble():
    members = [make_hog_svm(random_state=0), make_hog_svm(kernel="rbf", random_state=0), make_hog_forest()]
    pipeline = make_stacking(members)
    assert type(pipeline) is Pipeline
    assert list(pipeline.named_steps) == ["hog", "stacking"]
    rest = dict(pipeline["stacking"].estimators)
    assert list(rest) == ["hog_svm", "hog_pca_svm", "hog_forest"]
    assert list(rest["hog_pca_svm"].named_steps) == ["pca", "svm"]
    assert not isinstance(rest["hog_svm"], Pipeline)


def test_readers_are_shared_and_features_stand_side_by_side():
    members = [make_hog_svm(size=32), make_hog_svm(size=32, C=1.0), make_lbp_forest(size=32, color="rgb")]
    pipeline = make_stacking(members)
    assert list(pipeline.named_steps) == ["reader", "features", "stacking"]
    assert [name for name, _ in pipeline["features"].transformer_list] == ["hog", "lbp"]
    apart = make_stacking([make_hog_svm(size=32), make_hog_svm(size=24)])
    assert [name for name, _ in apart["features"].transformer_list] == ["reader_hog-1", "reader_hog-2"]


def test_a_classifier_of_images_sees_images(sample):
    class Nearest(DecisionTreeClassifier):
        def fit(self, X, y):
            assert X.shape[1:] == (28, 28)
            return super().fit(flatten(X), y)

        def predict_proba(self, X):
            return super().predict_proba(flatten(X))

    X, y, X_test, _ = sample
    members = [Nearest(random_state=0), make_hog_forest(n_estimators=5), make_hog_forest(n_estimators=10)]
    pipeline = make_voting(members).fit(X, y)
    assert [name for name, _ in pipeline["features"].transformer_list] == ["images", "hog"]
    assert pipeline.predict(X_test).shape == (200,)


@pytest.mark.parametrize("make", [make_voting, make_stacking])
def test_ensembles_of_paths_are_cloned_and_pickled(sample, tmp_path, make):
    X, y, _, _ = sample
    paths = []
    for i, image in enumerate(X[:100]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(image).resize((28 + i % 5, 30)).save(paths[-1])
    members = [make_vlad_svm(size=28, n_words=2, step=4, random_state=0, probability="sigmoid")]
    members += [make_lbp_forest(size=28, n_estimators=5), make_lbp_forest(size=28, n_estimators=10)]
    pipeline = clone(make(members)).fit(paths, y[:100])
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(pipeline.predict(paths), again.predict(paths))
    assert isinstance(pipeline[0], ImageReader)


def test_ensembles_improve_on_their_members(sample):
    X, y, X_test, y_test = sample
    members = [make_hog_svm(random_state=0, probability=True), make_lbp_forest(n_estimators=50, random_state=0)]
    best = max(clone(member).fit(X, y).score(X_test, y_test) for member in members)
    for make in (make_voting, make_stacking):
        assert make(members).fit(X, y).score(X_test, y_test) > best - 0.02


def test_grid_search_reaches_features_and_members(sample):
    X, y, _, _ = sample
    pipeline = make_voting([make_tree(), make_tree(2.0)])
    grid = {"features__flat-1__factor": [1.0, 3.0], "voting__flat_tree-2__tree__max_depth": [1, 2]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert set(search.best_params_) == set(grid)


# Stacking learns from arrays and predicts from frames, if frames are asked for, in scikit-learn too.
@pytest.mark.filterwarnings("ignore:X has feature names:UserWarning")
def test_output_of_frames_leaves_blocks_alone(sample):
    X, y, X_test, _ = sample
    pipeline = make_stacking([make_members()[0], make_members()[2]]).set_output(transform="pandas")
    assert pipeline.fit(X, y).predict(X_test).shape == (200,)


def test_members_are_not_changed(sample):
    X, y, _, _ = sample
    member = make_tree()
    make_voting([("a", member), ("b", make_tree(max_depth=1))]).fit(X, y)
    assert not hasattr(member, "n_features_in_")
    assert not hasattr(member["flat"], "is_fitted_")


def test_names_may_be_given():
    pipeline = make_voting([("a", make_tree()), ("b", make_tree(2.0))], weights=[1, 2], n_jobs=2)
    assert [name for name, _ in pipeline["voting"].estimators] == ["a", "b"]
    assert (pipeline["voting"].weights, pipeline["voting"].n_jobs) == ([1, 2], 2)
    assert [name for name, _ in make_voting([make_tree(), make_tree()])["voting"].estimators] == [
        "flat_tree-1",
        "flat_tree-2",
    ]


@pytest.mark.parametrize("make", [make_voting, make_stacking])
def test_members_must_be_some_and_have_names_of_their_own(make):
    with pytest.raises(ValueError, match="There are no members: give at least one pipeline"):
        make([])
    with pytest.raises(ValueError, match="Two members are called 'a': give each a name of its own"):
        make([("a", make_tree()), ("a", make_tree())])


def test_voting_needs_what_it_averages():
    with pytest.raises(ValueError, match="hog_svm has no predict_proba, which soft voting averages: make it with"):
        make_voting([make_hog_svm(), make_tree()])
    assert make_voting([make_hog_svm(), make_tree()], voting="hard")["voting"].voting == "hard"
    with pytest.raises(ValueError, match="voting is 'loud', but must be 'soft' or 'hard'"):
        make_voting([make_tree()], voting="loud")
