"""ImageReader among scikit-learn's tools."""

import os
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from classicvis.features import HOGTransformer
from classicvis.images import ImageReader

# An ImageReader as it comes takes floats from 0 to 1, and these checks transform floats outside of it. With
# a value_range that holds their numbers, all of them pass.
FLOATS_OUT_OF_RANGE = "transforms floats outside 0 to 1, which have no meaning as pixels unless value_range says so"
EXPECTED_FAILURES = dict.fromkeys(
    [
        "check_dict_unchanged",
        "check_estimators_dtypes",
        "check_estimators_pickle",
        "check_f_contiguous_array_estimator",
        "check_fit_idempotent",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_pipeline_consistency",
        "check_transformer_data_not_an_array",
        "check_transformer_general",
    ],
    FLOATS_OUT_OF_RANGE,
)


# In a process of its own: one of the checks runs only where SciPy was imported with SCIPY_ARRAY_API set.
RUN_CHECKS = """
from sklearn.utils.estimator_checks import check_estimator
from classicvis.images import ImageReader
for size, color in ((None, "rgb"), (4, "gray")):
    reader = ImageReader(size, color=color, value_range=(-1000, 1000))
    for result in check_estimator(reader, on_fail=None, on_skip=None):
        print(result["check_name"], result["status"])
"""


def test_reader_passes_every_check_of_scikit_learn():
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    command = [sys.executable, "-c", RUN_CHECKS]
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    results = [line.split() for line in output.splitlines()]
    assert len(results) > 80
    assert [name for name, status in results if status != "passed"] == []


def test_default_reader_fails_only_the_checks_that_leave_its_range():
    results = check_estimator(ImageReader(), on_fail=None, on_skip=None, expected_failed_checks=EXPECTED_FAILURES)
    failures = [result for result in results if result["status"] in ("failed", "xfail")]
    assert {result["check_name"] for result in failures} == set(EXPECTED_FAILURES)
    assert {result["status"] for result in failures} == {"xfail"}
    for result in failures:
        assert "outside 0 to 1 (value_range says" in str(result["exception"])


def test_tags_say_what_the_reader_is():
    tags = get_tags(ImageReader())
    assert not tags.requires_fit
    assert tags.input_tags.two_d_array
    assert tags.input_tags.string
    assert tags.transformer_tags.preserves_dtype == []


def flatten(images):
    return images.reshape(len(images), -1)


@pytest.fixture
def reader_pipeline():
    return make_pipeline(ImageReader(8), FunctionTransformer(flatten), KNeighborsClassifier(1))


def test_clone_and_pickle_keep_the_parameters(folder):
    reader = ImageReader(8, color="gray", aspect="pad", pad_value=7, n_jobs=2)
    assert clone(reader).get_params() == reader.get_params()
    again = pickle.loads(pickle.dumps(reader))
    np.testing.assert_array_equal(again.transform(folder), reader.transform(folder))


def test_pipeline_of_paths_is_searched_and_scored(folder, reader_pipeline):
    paths, y = np.array(folder * 4, dtype=object), np.arange(28) % 7
    search = GridSearchCV(reader_pipeline, {"imagereader__size": [4, 8], "imagereader__color": ["rgb", "gray"]}, cv=2)
    assert search.fit(paths, y).best_score_ == 1
    assert cross_val_score(reader_pipeline, list(paths), y, cv=2).mean() == 1
    with joblib.parallel_config("threading", n_jobs=2):
        assert cross_val_score(reader_pipeline, pd.Series(paths), y, cv=2).mean() == 1


def test_bad_file_in_a_pipeline_is_named(folder, reader_pipeline):
    with pytest.raises(ValueError, match=r"Row 1 of X, 'missing\.png', does not exist"):
        reader_pipeline.fit([folder[0], "missing.png"], [0, 1])


@pytest.mark.parametrize("container", ["default", "pandas", "polars"])
def test_set_output_is_accepted_and_does_nothing(container, folder, reader_pipeline):
    reader = ImageReader(8)
    assert reader.set_output(transform=container) is reader
    assert isinstance(reader.fit_transform(folder), np.ndarray)
    reader_pipeline[:-1].set_output(transform=container)
    with config_context(transform_output=container):
        assert isinstance(ImageReader(8).fit_transform(folder), np.ndarray)


def test_column_transformer_hands_over_a_column_of_paths(folder):
    frame = pd.DataFrame({"file": folder, "weight": np.arange(7.0)})
    images = make_pipeline(ImageReader(4), FunctionTransformer(flatten))
    features = ColumnTransformer([("images", images, "file"), ("rest", "passthrough", ["weight"])]).fit_transform(frame)
    assert features.shape == (7, 4 * 4 * 3 + 1)


def test_feature_union_of_two_readers(folder):
    union = make_union(
        make_pipeline(ImageReader(4), FunctionTransformer(flatten)),
        make_pipeline(ImageReader(5, color="gray"), FunctionTransformer(flatten)),
    )
    assert union.fit_transform(folder).shape == (7, 48 + 25)


def test_pipeline_with_a_classifier_that_ignores_x(folder):
    model = make_pipeline(ImageReader(4), DummyClassifier())
    assert model.fit(folder, [0, 0, 0, 0, 1, 1, 1]).predict(folder).tolist() == [0] * 7


def test_steps_after_the_reader_name_their_features(folder):
    pipeline = make_pipeline(ImageReader(16, color="gray"), HOGTransformer(), StandardScaler()).fit(folder)
    names = pipeline.get_feature_names_out()
    assert names.tolist() == pipeline[1].get_feature_names_out().tolist()
    assert len(names) == pipeline.transform(folder).shape[1]
    frame = pipeline.set_output(transform="pandas").fit_transform(folder)
    assert frame.columns.tolist() == names.tolist()


def test_reader_passes_names_on():
    assert ImageReader().get_feature_names_out(["a", "b"]) == ["a", "b"]
    assert ImageReader().get_feature_names_out() is None
