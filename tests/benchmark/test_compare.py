import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from classicvis.benchmark import compare
from classicvis.benchmark._metrics import mcnemar_exact
from classicvis.images import ImageReader

X, Y = load_digits(return_X_y=True)
X, Y = X[:600], Y[:600]
NAMES = np.array([f"digit {i}" for i in range(10)])


@pytest.fixture(scope="module")
def comparison():
    class Broken(DummyClassifier):
        def fit(self, X, y):
            raise RuntimeError("no way")

    class Dying(DummyClassifier):
        def fit(self, X, y):
            os._exit(3)

    methods = {
        "bayes": GaussianNB(),
        "broken": Broken(),
        "dying": Dying(),
        "neighbours": KNeighborsClassifier(),
    }
    scoring = {"kappa": "matthews_corrcoef", "own": lambda estimator, X, y: len(X)}
    return compare(methods, X, Y, scoring=scoring, class_names=NAMES, random_state=0, verbose=False)


@pytest.fixture(scope="module")
def image_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    paths = np.array([str(folder / f"{i:03}.png") for i in range(120)], dtype=object)
    for path, image in zip(paths, X, strict=False):
        Image.fromarray((image.reshape(8, 8) * 15).astype(np.uint8)).save(path)
    return paths


def test_compare_measures_what_went_well(comparison):
    frame = comparison.to_frame()
    assert frame.index.tolist() == ["neighbours", "bayes", "broken", "dying"]
    good = frame.loc[["neighbours", "bayes"]]
    assert (good["accuracy"] > 0.7).all()
    assert (good["accuracy_low"] < good["accuracy"]).all()
    for column in ("fit_seconds", "images_per_second", "latency_median_ms", "latency_p95_ms", "model_bytes"):
        assert (good[column] > 0).all()
    assert (good["fit_peak_bytes"] >= 0).all()
    assert good["error"].isna().all()


def test_compare_keeps_the_errors_of_what_did_not(comparison):
    assert comparison.errors == {
        "broken": "RuntimeError: no way",
        "dying": "The process ended with exit status 3 and without a result.",
    }
    assert "RuntimeError: no way" in comparison.runs["broken"].traceback


def test_compare_holds_out_a_stratified_fifth(comparison):
    assert len(comparison.y_true) == 120
    assert np.bincount(comparison.y_true).min() >= 11
    assert not comparison.is_cross_validated
    assert "480 training and 120 test images (seed 0)" in comparison.settings["split"]


def test_compare_predicts_as_the_method_does(comparison):
    rows = [int(name.split()[1]) for name in comparison.test_names]
    train = np.setdiff1d(np.arange(600), rows)
    expected = GaussianNB().fit(X[train], Y[train]).predict(X[rows])
    assert np.array_equal(comparison.runs["bayes"].y_pred, expected)
    assert np.array_equal(comparison.y_true, Y[rows])
    probabilities = GaussianNB().fit(X[train], Y[train]).predict_proba(X[rows])
    assert comparison.runs["bayes"].scores == pytest.approx(probabilities, abs=1e-5)


def test_compare_uses_the_scorers(comparison):
    frame = comparison.to_frame()
    assert frame.loc["bayes", "score_own"] == 120
    assert 0.7 < frame.loc["bayes", "score_kappa"] < 1


def test_compare_tests_the_difference_on_the_same_images(comparison):
    right = [comparison.runs[name].y_pred == comparison.y_true for name in ("neighbours", "bayes")]
    assert comparison.test_difference("neighbours", "bayes") == mcnemar_exact(*right)


def test_compare_has_pictures_of_the_errors(comparison):
    wrong = {position for position, _ in comparison.confident_errors("bayes", 12)}
    assert wrong <= set(comparison.pictures)
    assert comparison.pictures[min(wrong)].shape == (8, 8)


def test_compare_names_the_classes(comparison):
    assert comparison.class_names == NAMES.tolist()
    assert comparison.environment["scikit-learn"]


def test_compare_reports(comparison, tmp_path):
    comparison.to_html(tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(name in html for name in ("neighbours", "bayes", "broken", "dying", "digit 7"))


@pytest.fixture(scope="module")
def cross_validated():
    labels = np.array(["even", "odd"])[Y % 2]
    methods = [("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(random_state=0))]
    return compare(methods, X, labels, cv=2, scoring="f1_macro", random_state=1, n_jobs=2, verbose=False)


def test_compare_pools_the_folds(cross_validated):
    assert cross_validated.is_cross_validated
    assert sorted(cross_validated.test_names) == sorted(f"image {row}" for row in range(600))
    assert cross_validated.classes.tolist() == ["even", "odd"]
    rows = [int(name.split()[1]) for name in cross_validated.test_names]
    assert np.array_equal(cross_validated.y_true, Y[rows] % 2)
    assert cross_validated.verdict().endswith("share training images.")


def test_compare_averages_scorers_over_folds(cross_validated):
    values = cross_validated.runs["bayes"].scorer_values["f1_macro"]
    assert len(values) == 2
    assert cross_validated.to_frame().loc["bayes", "score_f1_macro"] == pytest.approx(np.mean(values))


def test_compare_takes_paths_and_a_test_set(image_files):
    flatten = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    method = make_pipeline(ImageReader(8, color="gray"), flatten, GaussianNB())
    comparison = compare(
        {"bayes": method},
        pd.DataFrame({"path": image_files[:80]}),
        pd.Series(NAMES[Y[:80]]),
        X_test=[Path(path) for path in image_files[80:]],
        y_test=NAMES[Y[80:120]],
        verbose=False,
    )
    assert comparison.errors == {}
    assert comparison.test_names == image_files[80:].tolist()
    assert comparison.metrics["bayes"]["accuracy"] > 0.5
    assert comparison.settings["images"] == "80 files, 10 classes"


def test_compare_names_all_bad_files_before_the_first_fit(image_files, tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    paths = [*image_files[:10], str(tmp_path / "empty.png"), *image_files[10:20], str(tmp_path / "text.png")]
    with pytest.raises(ValueError, match=r"2 of 22 files in X cannot be read: .*empty\.png.*; .*text\.png") as raised:
        compare({"dummy": DummyClassifier()}, paths, [0, 1] * 11, verbose=False)
    assert "Leave them out" in str(raised.value)


def test_compare_draws_a_seed_that_can_be_used_again():
    def seed_of(random_state):
        methods = {"dummy": DummyClassifier()}
        return compare(methods, X[:40], Y[:40] % 2, random_state=random_state, verbose=False).settings["random_state"]

    assert seed_of(None) != seed_of(None)
    assert seed_of(np.int64(7)) == "7"
    assert seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": Y[:-1]}, "inconsistent numbers of samples"),
        ({"y": np.zeros(600)}, "at least two classes"),
        ({"X_test": X}, "X_test is given without y_test"),
        ({"y_test": Y}, "y_test is given without X_test"),
        ({"X_test": X, "y_test": Y[:5]}, "inconsistent numbers of samples"),
        ({"X_test": X, "y_test": Y, "cv": 3}, "Both X_test and cv are given"),
        ({"y": np.r_[Y[:-1], 99]}, r"The class\(es\) '99' have a single image"),
        ({"test_size": 2}, "test_size is 2, but must be a share"),
        ({"batch_size": 0}, "batch_size is 0, but must be a whole number"),
        ({"scoring": "acuracy"}, "acuracy"),
        ({"class_names": ["a"]}, "class_names has 1 names"),
        ({"methods": []}, "methods is empty"),
    ],
)
def test_compare_refuses_what_makes_no_sense(options, message):
    arguments = {"methods": {"dummy": DummyClassifier()}, "X": X, "y": Y, "verbose": False}
    with pytest.raises(ValueError, match=message):
        compare(**arguments | options)


SCRIPT = """
    import os, sys, time
    import numpy as np
    from sklearn.dummy import DummyClassifier
    from classicvis.benchmark import compare

    class Mine(DummyClassifier):
        def fit(self, X, y):
            {action}
            return super().fit(X, y)

    comparison = compare({{"mine": Mine()}}, np.zeros((40, 4)), [0, 1] * 20, verbose=False)
    print(comparison.metrics["mine"]["accuracy"])
"""


def write_script(folder, action):
    (folder / "script.py").write_text(textwrap.dedent(SCRIPT).format(action=action))
    return [sys.executable, str(folder / "script.py")]


def test_compare_runs_in_a_script_without_a_main_guard(tmp_path):
    command = write_script(tmp_path, "assert sys.modules['__main__'].__dict__.get('compare') is None")
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.stdout.strip() == "0.5", result.stderr
    assert result.stderr == ""


def test_compare_that_is_interrupted_ends_its_process(tmp_path):
    marker = tmp_path / "pid"
    command = write_script(tmp_path, f"open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    parent = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    end = time.monotonic() + 60
    while not (marker.exists() and marker.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    parent.send_signal(signal.SIGINT)
    _, errors = parent.communicate(timeout=30)
    assert errors.strip().endswith("KeyboardInterrupt")
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
    assert not list(tmp_path.glob("classicvis-*")), "the temporary folder is gone"


TWO_METHODS = """
    import os, sys, time
    import numpy as np
    from sklearn.dummy import DummyClassifier
    from classicvis.benchmark import ComparisonInterrupted, compare

    class Slow(DummyClassifier):
        def fit(self, X, y):
            open({marker!r}, "w").close()
            time.sleep(60)

    methods = {{"quick": DummyClassifier(), "slow": Slow(), "later": DummyClassifier()}}
    try:
        compare(methods, np.zeros((40, 4)), [0, 1] * 20, verbose=False)
    except ComparisonInterrupted as interrupt:
        print(interrupt.comparison.ranking, *interrupt.comparison.notes)
"""


def test_compare_that_is_interrupted_keeps_the_finished_methods(tmp_path):
    marker = tmp_path / "started"
    (tmp_path / "script.py").write_text(textwrap.dedent(TWO_METHODS).format(marker=str(marker)))
    parent = subprocess.Popen([sys.executable, str(tmp_path / "script.py")], stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not marker.exists() and time.monotonic() < end:
        time.sleep(0.05)
    parent.send_signal(signal.SIGINT)
    printed, _ = parent.communicate(timeout=30)
    note = "The comparison was interrupted; these methods have no result: slow, later."
    assert printed.strip() == f"['quick'] {note}"
