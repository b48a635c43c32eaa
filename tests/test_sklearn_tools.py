"""scikit-learn's tools around a HOG pipeline: which take images of three and four axes, and which want flat rows.

The user guide lists both kinds ("What X may be"); every tool that it names is tried here.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (makes the two halving searches importable)
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, DetCurveDisplay, PrecisionRecallDisplay, RocCurveDisplay
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    LearningCurveDisplay,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    ValidationCurveDisplay,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.semi_supervised import SelfTrainingClassifier

from classicvis import HOGTransformer

SIDE = 12
GRID = {"hog__orientations": [6, 9]}


@pytest.fixture(scope="module", params=[(), (1,), (3,)], ids=["grey", "one channel", "RGB"])
def images(request):
    """Stripes in two directions, plain to tell apart."""
    rng = np.random.default_rng(0)
    stripes = np.tile([0, 0, 200, 200], (SIDE, SIDE // 4))
    pictures = np.stack([stripes if i % 2 else stripes.T for i in range(40)])
    X = pictures.reshape(*pictures.shape, *[1] * len(request.param)) + rng.integers(
        0, 20, (40, SIDE, SIDE, *request.param)
    )
    return X.astype(np.uint8), np.arange(40) % 2


def make_hog(image_shape=None):
    return HOGTransformer(pixels_per_cell=(6, 6), cells_per_block=(1, 1), image_shape=image_shape)


def make_classifier(image_shape=None):
    return Pipeline([("hog", make_hog(image_shape)), ("classifier", LogisticRegression())])


def fit_and_score(model, X, y):
    return model.fit(X, y).score(X, y)


# Each takes a pipeline, X and y, and returns scores, or something that holds one number for each sample.
META_ESTIMATORS = {
    "Pipeline": lambda model: make_pipeline(model),
    "FeatureUnion": lambda model: make_pipeline(FeatureUnion([("hog", model["hog"])]), model["classifier"]),
    "FunctionTransformer": lambda model: make_pipeline(FunctionTransformer(np.flip), model),
    "GridSearchCV": lambda model: GridSearchCV(model, GRID, cv=2),
    "RandomizedSearchCV": lambda model: RandomizedSearchCV(model, GRID, n_iter=1, cv=2, random_state=0),
    "HalvingGridSearchCV": lambda model: HalvingGridSearchCV(model, GRID, cv=2, min_resources=20),
    "HalvingRandomSearchCV": lambda model: HalvingRandomSearchCV(
        model, GRID, n_candidates=2, cv=2, min_resources=20, random_state=0
    ),
    "VotingClassifier": lambda model: VotingClassifier([("first", model), ("second", clone(model))], voting="soft"),
    "StackingClassifier": lambda model: StackingClassifier([("first", model)], cv=2),
    "OneVsRestClassifier": OneVsRestClassifier,
    # Of two classes a random code may be constant in a column, which scikit-learn handles for flat rows alone.
    "OutputCodeClassifier": lambda model: OutputCodeClassifier(model, random_state=5),
    "CalibratedClassifierCV": lambda model: CalibratedClassifierCV(model, cv=2),
    "TunedThresholdClassifierCV": lambda model: TunedThresholdClassifierCV(model, cv=2),
    "FixedThresholdClassifier": FixedThresholdClassifier,
}
FUNCTIONS = {
    "cross_val_score": lambda model, X, y: cross_val_score(model, X, y, cv=2),
    "cross_validate": lambda model, X, y: cross_validate(model, X, y, cv=2)["test_score"],
    "cross_val_predict": lambda model, X, y: cross_val_predict(model, X, y, cv=2) == y,
    "learning_curve": lambda model, X, y: learning_curve(model, X, y, cv=2, train_sizes=[0.5, 1.0])[2],
    "validation_curve": lambda model, X, y: validation_curve(
        model, X, y, param_name="hog__orientations", param_range=[6, 9], cv=2
    )[1],
    "permutation_test_score": lambda model, X, y: permutation_test_score(model, X, y, cv=2, n_permutations=2)[0],
    "MultiOutputClassifier": lambda model, X, y: (
        MultiOutputClassifier(model).fit(X, np.c_[y, 1 - y]).predict(X) == np.c_[y, 1 - y]
    ),
    "FrozenEstimator": lambda model, X, y: FrozenEstimator(model.fit(X, y)).score(X, y),
    "train_test_split": lambda model, X, y: fit_and_score(model, *train_test_split(X, y, random_state=0)[::2]),
}
DISPLAYS = {
    "ConfusionMatrixDisplay": ConfusionMatrixDisplay.from_estimator,
    "RocCurveDisplay": RocCurveDisplay.from_estimator,
    "PrecisionRecallDisplay": PrecisionRecallDisplay.from_estimator,
    "DetCurveDisplay": DetCurveDisplay.from_estimator,
    "CalibrationDisplay": CalibrationDisplay.from_estimator,
    "LearningCurveDisplay": lambda model, X, y: LearningCurveDisplay.from_estimator(
        model, X, y, cv=2, train_sizes=[0.5, 1.0]
    ),
    "ValidationCurveDisplay": lambda model, X, y: ValidationCurveDisplay.from_estimator(
        model, X, y, param_name="hog__orientations", param_range=[6, 9], cv=2
    ),
}
ON_FLAT_ROWS = {
    "BaggingClassifier": lambda model: BaggingClassifier(model, n_estimators=3, random_state=0),
    "OneVsOneClassifier": OneVsOneClassifier,
    "StackingClassifier with passthrough": lambda model: StackingClassifier(
        [("first", model)], cv=2, passthrough=True, final_estimator=LogisticRegression(max_iter=1000)
    ),
    "FunctionTransformer with validate": lambda model: make_pipeline(FunctionTransformer(validate=True), model),
}


def flat(X):
    return X.reshape(len(X), -1)


@pytest.mark.parametrize("tool", META_ESTIMATORS)
def test_meta_estimator_takes_images(tool, images):
    X, y = images
    assert fit_and_score(META_ESTIMATORS[tool](make_classifier()), X, y) == 1


@pytest.mark.parametrize("tool", META_ESTIMATORS | ON_FLAT_ROWS)
def test_meta_estimator_takes_flat_rows(tool, images):
    X, y = images
    model = (META_ESTIMATORS | ON_FLAT_ROWS)[tool](make_classifier(X.shape[1:]))
    assert fit_and_score(model, flat(X), y) == 1


@pytest.mark.parametrize("tool", FUNCTIONS)
def test_function_takes_images_and_flat_rows(tool, images):
    X, y = images
    assert np.all(FUNCTIONS[tool](make_classifier(), X, y) == 1)
    assert np.all(FUNCTIONS[tool](make_classifier(X.shape[1:]), flat(X), y) == 1)


@pytest.mark.parametrize("display", DISPLAYS)
def test_display_takes_images_and_flat_rows(display, images):
    X, y = images
    of_images = drawn_values(DISPLAYS[display](make_classifier().fit(X, y), X, y))
    of_rows = drawn_values(DISPLAYS[display](make_classifier(X.shape[1:]).fit(flat(X), y), flat(X), y))
    plt.close("all")
    assert len(of_images) > 0
    np.testing.assert_array_equal(of_rows, of_images)


def drawn_values(display):
    """Return the numbers of all lines and images of a figure."""
    values = [line.get_ydata() for ax in display.figure_.axes for line in ax.get_lines()]
    values += [image.get_array() for ax in display.figure_.axes for image in ax.get_images()]
    return np.concatenate([np.ravel(array) for array in values])


def test_permutation_importance_takes_flat_rows(images):
    X, y = images
    rows = flat(X)
    model = make_classifier(X.shape[1:]).fit(rows, y)
    found = permutation_importance(model, rows, y, n_repeats=1, scoring="neg_log_loss", random_state=0)
    assert found.importances.shape == (rows.shape[1], 1)
    assert found.importances.max() > 0, "without some pixel the probabilities are worse"


def test_self_training_takes_flat_rows(images):
    X, y = images
    model = SelfTrainingClassifier(make_classifier(X.shape[1:]))
    assert model.fit(flat(X), np.where(np.arange(len(y)) < 20, y, -1)).score(flat(X), y) == 1


def test_feature_selector_stands_behind_the_transformer(images):
    X, y = images
    selector = SequentialFeatureSelector(LogisticRegression(), n_features_to_select=1, cv=2)
    assert fit_and_score(make_pipeline(HOGTransformer(4, (6, 6), (1, 1)), selector, LogisticRegression()), X, y) == 1


def test_classifier_chain_keeps_labels_from_the_pixels(images):
    X, y = images
    rows, labels = flat(X), np.c_[y, 1 - y]
    pixels = make_column_transformer((make_hog(X.shape[1:]), slice(0, rows.shape[1])), remainder="passthrough")
    chain = ClassifierChain(make_pipeline(pixels, LogisticRegression()))
    assert np.all(chain.fit(rows, labels).predict(rows) == labels)
