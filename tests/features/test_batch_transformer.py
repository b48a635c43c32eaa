"""BatchTransformer gives what its transformer gives, batch by batch, in memory or in a file."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from reference.pictures import batch
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC

from classicvis import BatchTransformer, HOGTransformer, ImageReader


@pytest.fixture(scope="module")
def images():
    return batch(23, 24, 30)


@pytest.fixture
def paths(images, tmp_path):
    names = [tmp_path / f"{i}.png" for i in range(len(images))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image).save(name)
    return names


@pytest.mark.parametrize("n_jobs", [None, 1, 3, -1])
@pytest.mark.parametrize("batch_size", [1, 5, 22, 23, 100])
def test_batch_transformer_gives_what_the_transformer_gives(images, batch_size, n_jobs):
    batches = BatchTransformer(HOGTransformer(), batch_size=batch_size, n_jobs=n_jobs)
    assert_array_equal(batches.fit_transform(images), HOGTransformer().fit_transform(images))


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, lambda paths: pd.DataFrame({"path": paths})])
def test_batch_transformer_takes_paths(images, paths, kind):
    pipeline = make_pipeline(ImageReader(24, color="gray"), HOGTransformer())
    batches = BatchTransformer(pipeline, batch_size=4, n_jobs=2)
    expected = clone(pipeline).fit_transform(paths)
    assert_array_equal(batches.fit(kind([str(path) for path in paths])).transform(paths), expected)
    assert_array_equal(batches.transform(kind([str(path) for path in paths])), expected)


def test_batch_transformer_runs_in_processes(images):
    with joblib.parallel_config("loky", n_jobs=2):
        features = BatchTransformer(HOGTransformer(), batch_size=6).fit_transform(images)
    assert_array_equal(features, HOGTransformer().fit_transform(images))


# ---------------------------------------------------------------- the result in a file


@pytest.mark.parametrize("batch_size", [5, 100])
def test_batch_transformer_writes_a_file(images, tmp_path, batch_size):
    path = tmp_path / "features.npy"
    features = BatchTransformer(HOGTransformer(), batch_size=batch_size, out=path).fit_transform(images)
    assert isinstance(features, np.memmap)
    expected = HOGTransformer().fit_transform(images)
    assert_array_equal(features, expected)
    assert_array_equal(np.load(path), expected)
    assert list(tmp_path.iterdir()) == [path]


class FailsOnTheLast(TransformerMixin, BaseEstimator):
    """Fails on a batch of another size than 5."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        if len(X) != 5:
            raise RuntimeError("the last batch")
        return X.reshape(len(X), -1)


def test_batch_transformer_leaves_the_old_file_when_it_fails(images, tmp_path):
    path = tmp_path / "features.npy"
    np.save(path, np.arange(3))
    batches = BatchTransformer(FailsOnTheLast(), batch_size=5, out=path).fit(images)
    with pytest.raises(RuntimeError, match="the last batch"):
        batches.transform(images)
    assert_array_equal(np.load(path), np.arange(3))
    assert list(tmp_path.iterdir()) == [path]


def test_batch_transformer_refuses_another_ending(images, tmp_path):
    with pytest.raises(ValueError, match=r"out is .*features\.dat', but must be a file name that ends in '\.npy'"):
        BatchTransformer(HOGTransformer(), out=tmp_path / "features.dat").fit(images)


# ---------------------------------------------------------------- fit


class CountsRows(TransformerMixin, BaseEstimator):
    """Remembers how many rows, and which labels, it was fitted on."""

    def fit(self, X, y=None):
        self.n_rows_, self.labels_ = len(X), y
        return self

    def transform(self, X):
        return X


@pytest.mark.parametrize(("fit_size", "n_rows"), [(None, 23), (7, 7), (0.5, 12), (1.0, 23), (100, 23), (0.001, 1)])
def test_batch_transformer_fits_on_some_rows(images, fit_size, n_rows):
    labels = np.arange(23)
    fitted = BatchTransformer(CountsRows(), fit_size=fit_size, random_state=0).fit(images.reshape(23, -1), labels)
    assert fitted.transformer_.n_rows_ == n_rows
    assert len(set(fitted.transformer_.labels_)) == n_rows
    again = BatchTransformer(CountsRows(), fit_size=fit_size, random_state=0).fit(images.reshape(23, -1), labels)
    assert_array_equal(again.transformer_.labels_, fitted.transformer_.labels_)


def test_batch_transformer_leaves_its_transformer_alone(images):
    transformer = HOGTransformer()
    BatchTransformer(transformer).fit(images)
    with pytest.raises(NotFittedError):
        transformer.transform(images)


def test_batch_transformer_gives_labels_to_its_transformer(images):
    y = np.arange(23) % 2
    selected = BatchTransformer(SelectKBest(k=5), batch_size=6).fit(images.reshape(23, -1), y)
    expected = SelectKBest(k=5).fit(images.reshape(23, -1), y).transform(images.reshape(23, -1))
    assert_array_equal(selected.transform(images.reshape(23, -1)), expected)


# ---------------------------------------------------------------- in scikit-learn


def test_batch_transformer_in_a_grid_search(images):
    y = np.arange(23) % 2
    pipeline = make_pipeline(BatchTransformer(HOGTransformer(), batch_size=4), PCA(2), LinearSVC())
    search = GridSearchCV(pipeline, {"batchtransformer__transformer__orientations": [4, 9]}, cv=2).fit(images, y)
    assert search.best_estimator_["batchtransformer"].transformer_.orientations in (4, 9)


def test_batch_transformer_knows_the_names_of_its_features(images):
    batches = BatchTransformer(HOGTransformer()).fit(images)
    assert_array_equal(batches.get_feature_names_out(), HOGTransformer().fit(images).get_feature_names_out())
    frame = BatchTransformer(HOGTransformer(), batch_size=4).set_output(transform="pandas").fit_transform(images)
    assert list(frame.columns) == list(batches.get_feature_names_out())


def test_batch_transformer_survives_pickle(images):
    batches = BatchTransformer(HOGTransformer(), batch_size=4).fit(images)
    assert_array_equal(pickle.loads(pickle.dumps(batches)).transform(images), batches.transform(images))


def test_batch_transformer_refuses_a_sparse_result():
    rows = np.arange(20).reshape(-1, 1)
    with pytest.raises(ValueError, match=r"OneHotEncoder gave a result of shape .* dense output"):
        BatchTransformer(OneHotEncoder(), batch_size=4).fit(rows).transform(rows)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"batch_size": 0}, "batch_size"), ({"fit_size": 0.0}, "fit_size"), ({"transformer": LinearSVC()}, "transformer")],
)
def test_batch_transformer_refuses_parameters_by_name(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        BatchTransformer(**({"transformer": HOGTransformer()} | parameters)).fit(images)


def test_file_of_a_killed_process_is_removed(tmp_path):
    left = tmp_path / f".features.npy-{'0af3' * 8}"
    left.write_bytes(b"half of the features")
    other = tmp_path / f".features2.npy-{'0af3' * 8}"
    other.write_bytes(b"of another file")
    BatchTransformer(HOGTransformer(), out=tmp_path / "features.npy").fit_transform(np.zeros((4, 24, 24), np.uint8))
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, "features.npy"]
