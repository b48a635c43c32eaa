import json
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from onnx_models import make_convolutional
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from classicvis import cli
from classicvis.benchmark import _methods
from classicvis.cli import main
from classicvis.images import ImageReader

RNG = np.random.default_rng(0)


def nearest_neighbour(size, random_state):
    """Stand in for a built-in method: quick, and good enough for squares and stripes."""
    flatten = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    reader = [] if size is None else [ImageReader(size, color="gray")]
    return make_pipeline(*reader, flatten, KNeighborsClassifier(1))


@pytest.fixture(autouse=True)
def quick_methods(monkeypatch):
    for name in _methods.BUILT_IN_METHODS:
        monkeypatch.setitem(_methods.BUILT_IN_METHODS, name, nearest_neighbour)


@pytest.fixture
def folder(tmp_path):
    """A folder of two classes of photos of varying sizes."""
    for name, box in {"bright": (128, 256), "dark": (0, 128)}.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(10):
            image = RNG.integers(*box, (20 + i, 30, 3), dtype=np.uint8)
            Image.fromarray(image).save(tmp_path / "photos" / name / f"{i}.png")
    return tmp_path / "photos"


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"classicvis {version('classicvis')}\n"


RUN_THE_COMMAND = """
import sys
from importlib.metadata import entry_points
[command] = entry_points(group="console_scripts", name="classicvis")
sys.exit(command.load()(["check", "nowhere"]))
"""


def test_command_is_installed():
    result = subprocess.run([sys.executable, "-c", RUN_THE_COMMAND], capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr == "classicvis: error: There is no folder 'nowhere': give one that exists.\n"


WRONG_USE = [[], ["train"], ["compare", "--cv", "3", "--test-size", "0.2"], ["check"]]


@pytest.mark.parametrize("arguments", WRONG_USE)
def test_wrong_use_prints_usage(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: classicvis" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["0", "x", "8x", "1x2x3", "8,8", "-4"])
def test_size_that_is_none(size, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["compare", "--size", size])
    assert "is no size: give a number, or ROWSxCOLUMNS" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "size"), [("64", 64), ("48x64", (48, 64)), ("8X9", (8, 9))])
def test_size_is_a_number_or_two(text, size):
    assert cli._parse_size(text) == size


def test_check_of_good_files(folder, capsys):
    assert main(["check", str(folder)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("0 of 20 files cannot be read.\n")


def test_check_lists_bad_files(folder, capsys):
    (folder / "dark" / "empty.jpg").touch()
    (folder / "bright" / "text.jpg").write_text("no image")
    assert main(["check", str(folder), "--jobs", "2"]) == 1
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith(str(folder / "bright" / "text.jpg") + ": ")
    assert lines[1].startswith(str(folder / "dark" / "empty.jpg") + ": ")
    assert captured.err.endswith("2 of 22 files cannot be read.\n")


def test_check_takes_a_folder_without_classes(folder, capsys):
    assert main(["check", str(folder / "dark")]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "nowhere"], "There is no folder 'nowhere'"),
        (["check", "nowhere"], "There is no folder 'nowhere'"),
        (["check", "."], "There are no images in '.'"),
        (["compare", "fashion-sample", "--test", "."], "'fashion-sample' has a test set of its own"),
        (["compare", "."], "The report would go into 'report', which lies in the folder of images '.'"),
        (["compare", ".", "--output", "."], "The report would go into '.', which lies in"),
        (["compare", "photos"], "'photos' has no class folders"),
        (["compare", "--test-size", "3"], "test_size is 3.0, but must be a share above 0 and below 1"),
    ],
)
def test_errors_of_users_are_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("classicvis: error: ")
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_traceback_on_request(capsys):
    assert main(["check", "nowhere", "--traceback"]) == 2
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_interrupt_is_not_an_error(capsys, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("classicvis.datasets.list_images", interrupt)
    assert main(["check", "."]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_compare_stops_at_bad_files(folder, capsys, tmp_path):
    (folder / "dark" / "empty.jpg").touch()
    (folder / "bright" / "text.jpg").write_text("no image")
    assert main(["compare", str(folder), "--output", str(tmp_path / "out")]) == 1
    errors = capsys.readouterr().err
    assert "empty.jpg: " in errors
    assert "text.jpg: " in errors
    assert "2 file(s) cannot be read: remove them, or leave them out with --skip-bad" in errors
    assert not (tmp_path / "out" / "report.html").exists()


def test_compare_writes_a_report_without_the_bad_files(folder, capsys, tmp_path):
    (folder / "dark" / "empty.jpg").touch()
    out = tmp_path / "out"
    arguments = ["--method", "hog-svm", "--size", "6x9", "--skip-bad", "--test-size", "0.5"]
    assert main(["compare", str(folder), *arguments, "--output", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0].startswith("method   accuracy")
    assert "hog-svm     100.0" in captured.out
    assert str(out / "report.html") in captured.out
    assert "Left out: 1 file(s) that cannot be read." in captured.err
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "Left out: 1 file(s)" in html
    assert "empty.jpg" in html
    assert "compared on photos" in html
    assert pd.read_csv(out / "results.csv")["accuracy"].tolist() == [1.0]
    content = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert content["settings"]["size of images in built-in methods"] == "(6, 9)"
    assert content["class_names"] == ["bright", "dark"]
    assert len(content["y_true"]) == 10


def test_compare_takes_a_folder_of_test_images(folder, tmp_path, monkeypatch):
    given = stop_before_the_fit(monkeypatch)
    assert main(["compare", str(folder), "--test", str(folder), "--output", str(tmp_path / "out")]) == 0
    assert given["X_test"].tolist() == given["X"].tolist()
    assert given["y_test"].tolist() == given["y"].tolist() == ["bright"] * 10 + ["dark"] * 10
    assert given["methods"] == ["hog-svm", "hog-rbf", "hog-forest", "cnn"]


@pytest.mark.parametrize(
    ("arguments", "n_train", "options"),
    [
        ([], 6000, {"cv": None}),
        (["--cv", "3", "--seed", "5", "--jobs", "2"], 7000, {"cv": 3, "random_state": 5, "n_jobs": 2}),
        (["--test-size", "0.3"], 7000, {"test_size": 0.3}),
    ],
    ids=["its own test set", "cross-validation", "split"],
)
def test_compare_takes_the_sample_as_told(arguments, n_train, options, tmp_path, monkeypatch):
    given = stop_before_the_fit(monkeypatch)
    assert main(["compare", *arguments, "--output", str(tmp_path)]) == 0
    assert len(given["X"]) == len(given["y"]) == n_train
    assert ("X_test" in given) == (n_train == 6000)
    assert given["class_names"][9] == "Ankle boot"
    assert options.items() <= given.items()


def stop_before_the_fit(monkeypatch):
    """Put a stand-in in the place of `compare` that keeps what it was given and writes nothing."""
    given = {}

    class Nothing:
        def __init__(self):
            self.notes, self.errors = [], {}

    def compare(methods, **options):
        given.update(options, methods=methods)
        return Nothing()

    monkeypatch.setattr("classicvis.benchmark.compare", compare)
    monkeypatch.setattr(cli, "_write_results", lambda comparison, options: None)
    return given


@pytest.mark.parametrize("numbers", ["--mean 120 --std 60", "--mean 1 2 3 --std 4 5 6"])
def test_compare_adds_a_trained_network(numbers, folder, tmp_path, monkeypatch):
    given = stop_before_the_fit(monkeypatch)
    (tmp_path / "network.onnx").write_bytes(make_convolutional(("n", 3, "h", "w")))
    told = [*numbers.split(), "--channel-order", "RGB", "--output", str(tmp_path / "out")]
    network = ["--backbone", str(tmp_path / "network.onnx"), *told]
    assert main(["compare", str(folder), "--method", "hog-svm", "--size", "24", *network]) == 0
    name, (other, method) = given["methods"]
    assert (name, other) == ("hog-svm", "transfer-svm")
    assert method["reader"].size == 24
    assert method["network"].mean == (120.0 if "120" in numbers else [1.0, 2.0, 3.0])


def test_compare_refuses_preprocessing_without_a_network(folder, tmp_path, capsys):
    assert main(["compare", str(folder), "--mean", "3", "--output", str(tmp_path / "out")]) == 2
    assert "--mean, --std and --channel-order tell of a network: give its file" in capsys.readouterr().err
