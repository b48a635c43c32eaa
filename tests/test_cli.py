import json
import os
import re
import shutil
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

from classicvis.benchmark import BUILT_IN_METHODS, ComparisonInterrupted, compare
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
    for name in BUILT_IN_METHODS:
        monkeypatch.setitem(BUILT_IN_METHODS, name, nearest_neighbour)


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
    assert "is not a size: give a number, or ROWSxCOLUMNS" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "size"), [("64", 64), ("48x64", (48, 64)), ("8X9", (8, 9))])
def test_size_is_a_number_or_two(text, size, tmp_path, monkeypatch):
    arguments = ["compare", "--size", text, "--output", str(tmp_path)]
    assert arguments_of_compare(arguments, monkeypatch)["size"] == size


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
        (["compare", "--test-size", "3"], "--test-size is 3.0, but must be a share above 0 and below 1"),
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
    arguments = ["compare", str(folder), "--test", str(folder), "--output", str(tmp_path / "out")]
    given = arguments_of_compare(arguments, monkeypatch)
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
def test_compare_splits_the_sample(arguments, n_train, options, tmp_path, monkeypatch):
    given = arguments_of_compare(["compare", *arguments, "--output", str(tmp_path)], monkeypatch)
    assert len(given["X"]) == len(given["y"]) == n_train
    assert ("X_test" in given) == (n_train == 6000)
    assert given["class_names"][9] == "Ankle boot"
    assert options.items() <= given.items()


def arguments_of_compare(arguments, monkeypatch):
    """Return what the command gives to `compare`, which is not called."""

    def compare(methods, **options):
        raise Arguments(options | {"methods": methods})

    monkeypatch.setattr("classicvis.benchmark.compare", compare)
    with pytest.raises(Arguments) as raised:
        main(arguments)
    return raised.value.args[0]


class Arguments(Exception):
    """What `compare` was given."""


@pytest.mark.parametrize("numbers", ["--mean 120 --std 60", "--mean 1 2 3 --std 4 5 6"])
def test_compare_adds_a_trained_network(numbers, folder, tmp_path, monkeypatch):
    (tmp_path / "network.onnx").write_bytes(make_convolutional(("n", 3, "h", "w")))
    numbers_given = [*numbers.split(), "--channel-order", "RGB", "--output", str(tmp_path / "out")]
    network = ["--backbone", str(tmp_path / "network.onnx"), *numbers_given]
    arguments = ["compare", str(folder), "--method", "hog-svm", "--size", "24", *network]
    given = arguments_of_compare(arguments, monkeypatch)
    name, (other, method) = given["methods"]
    assert (name, other) == ("hog-svm", "transfer-svm")
    assert method["reader"].size == 24
    assert method["network"].mean == (120.0 if "120" in numbers else [1.0, 2.0, 3.0])


def test_compare_refuses_preprocessing_without_a_network(folder, tmp_path, capsys):
    assert main(["compare", str(folder), "--mean", "3", "--output", str(tmp_path / "out")]) == 2
    assert "--mean, --std and --channel-order describe a network: give its file" in capsys.readouterr().err


def run_command(*arguments, **options):
    command = [sys.executable, "-m", "classicvis.cli", *map(str, arguments)]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=120, **options)


@pytest.mark.parametrize(("encoding", "name"), [("ascii", r"\u0142\xe4d.jpg"), ("cp1252", r"\u0142äd.jpg")])
def test_check_prints_names_that_the_terminal_cannot_show(encoding, name, folder):
    (folder / "dark" / "łäd.jpg").touch()
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    result = run_command("check", folder, stdout=subprocess.PIPE, env=environment, encoding=encoding)
    assert result.returncode == 1
    assert result.stdout.startswith(f"{folder / 'dark' / name}: ")
    assert "1 of 21 files cannot be read." in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes such names everywhere")
def test_check_prints_names_that_are_not_utf_8(folder):
    (folder / "dark" / os.fsdecode(b"caf\xe9.jpg")).touch()
    result = run_command("check", folder, stdout=subprocess.PIPE)
    assert result.returncode == 1
    assert r"caf\udce9.jpg: " in result.stdout


def test_a_closed_pipe_is_no_error(folder):
    (folder / "dark" / "empty.jpg").touch()
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = run_command("check", folder, stdout=writing)
    finally:
        os.close(writing)
    assert result.returncode == 1, "there is a bad file"
    assert result.stderr.endswith("1 of 21 files cannot be read.\n")
    assert "Error" not in result.stderr
    assert "error" not in result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only some systems have a file that is always full")
def test_compare_writes_the_report_where_the_table_cannot_be_printed(folder, tmp_path):
    out = tmp_path / "out"
    with open("/dev/full", "w") as full:
        result = run_command("compare", folder, "--method", "hog-svm", "--size", "16", "--output", out, stdout=full)
    assert result.returncode == 1
    assert "The result cannot be printed: [Errno 28]" in result.stderr
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "results.csv", "results.json"]


LARGEST_FILE = 12_000  # bytes: less than the report, more than all other files


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_compare_prints_the_table_and_writes_what_it_can_on_a_full_disk(folder, tmp_path):
    import resource

    out = tmp_path / "out"
    result = run_command(
        *("compare", folder, "--method", "hog-svm", "--size", "16", "--output", out),
        stdout=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE)),
    )
    assert result.returncode == 1, result.stderr
    assert result.stdout.splitlines()[3].startswith("hog-svm ")
    assert f"classicvis: error: {out / 'report.html'} could not be written: File too large." in result.stderr
    assert sorted(path.name for path in out.iterdir()) == ["results.csv", "results.json"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes such names everywhere")
def test_compare_takes_names_that_are_not_utf_8(folder, capsys, tmp_path):
    (folder / "dark" / "0.png").rename(folder / "dark" / os.fsdecode(b"caf\xe9.png"))
    (folder / "dark").rename(folder / os.fsdecode(b"f\xfcr"))
    out = tmp_path / "out"
    arguments = ["--method", "hog-svm", "--size", "8", "--cv", "2", "--output", str(out)]
    assert main(["compare", str(folder), *arguments]) == 0
    assert "hog-svm     100.0" in capsys.readouterr().out
    assert r"f\udcfcr" in (out / "report.html").read_text(encoding="utf-8")
    content = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert str(folder / os.fsdecode(b"f\xfcr") / os.fsdecode(b"caf\xe9.png")) in content["test_names"]


def test_compare_that_is_interrupted_gives_the_finished_methods(folder, capsys, tmp_path, monkeypatch):
    X = np.arange(40.0)[:, None]
    finished = compare({"nearest": KNeighborsClassifier()}, X, np.arange(40) // 20, random_state=0, verbose=False)

    def interrupt(methods, **options):
        raise ComparisonInterrupted(finished)

    monkeypatch.setattr("classicvis.benchmark.compare", interrupt)
    assert main(["compare", str(folder), "--output", str(tmp_path / "out")]) == 130
    captured = capsys.readouterr()
    assert str(finished) in captured.out
    assert "Stopped. The methods that were finished:" in captured.err
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cv", "20"], "--cv=20 is a number of folds, but must lie between 2 and 10, .*: 5 is usual"),
        (["--cv", "1"], "--cv=1 is a number of folds, but must lie between 2 and 10"),
        (["--test-size", "0.01"], "give more images, another --test-size, or --cv"),
        (
            ["--backbone", "NETWORK", "--mean", "3"],
            "give --std.* --channel-order.* Usual: --mean 123.7 116.3 103.5",
        ),
        (["--backbone", "NETWORK", "--mean", "3", "--std", "-1", "--channel-order", "RGB"], "--std is .*, above 0"),
    ],
)
def test_errors_name_the_flags_and_usual_values(arguments, message, folder, capsys, tmp_path):
    (tmp_path / "network.onnx").write_bytes(make_convolutional(("n", 3, "h", "w")))
    arguments = [str(tmp_path / "network.onnx") if argument == "NETWORK" else argument for argument in arguments]
    assert main(["compare", str(folder), *arguments, "--output", str(tmp_path / "out")]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_report_of_a_test_folder_has_the_name_of_the_data(folder, tmp_path):
    parts = tmp_path / "fruits"
    shutil.copytree(folder, parts / "train")
    shutil.copytree(folder, parts / "test")
    out = tmp_path / "out"
    arguments = ["--method", "hog-svm", "--size", "8", "--output", str(out)]
    assert main(["compare", str(parts / "train"), "--test", str(parts / "test"), *arguments]) == 0
    assert "compared on fruits" in (out / "report.html").read_text(encoding="utf-8")
