"""What README, pages and examples say is run as it stands there, and names what exists."""

import doctest
import re
import runpy
import shlex
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

import classicvis
from classicvis import cli
from classicvis.datasets import load_fashion_sample

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*(ROOT / "docs").glob("*.rst"), *(ROOT / "docs" / "user_guide").glob("*.rst")])
EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))
PHOTOS_PER_CLASS = 20


def blocks_of(language):
    """The code blocks of one language in the README."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def commands(program):
    """Every use of a program in README and pages, as the arguments after its name."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    in_blocks = "\n".join([*blocks_of("sh"), *re.findall(r"^   .*$", pages, flags=re.MULTILINE)])
    found = re.findall(rf"^ *(?:\.venv/bin/)?{program} ([^#\n]*)", in_blocks, flags=re.MULTILINE)
    found += re.findall(rf"`{program} ([^`\n]*)`", README + pages)
    return sorted({arguments.strip() for arguments in found})


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A working folder that holds `photos`, a folder of three classes of images."""
    sample = load_fashion_sample()
    for label in (3, 8, 9):
        folder = tmp_path / "photos" / sample.class_names[label]
        folder.mkdir(parents=True)
        for i, image in enumerate(sample.X_train[sample.y_train == label][:PHOTOS_PER_CLASS]):
            Image.fromarray(image).save(folder / f"{i:03}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def test_code_of_the_readme_runs(photos, capsys):
    namespace = {}
    for block in blocks_of("python"):
        block = block.replace("64", "16")  # pixels a side, so that the network is quick
        exec(compile(block, "README.md", "exec"), namespace)
    assert 0.5 < namespace["model"].score(namespace["paths_test"], namespace["y_test"]) <= 1
    assert namespace["result"].errors == {}
    assert Path("report.html").stat().st_size > 10_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_the_pages_runs(page, photos):
    outcome = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert outcome.failed == 0


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_examples_run(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    runpy.run_path(str(example))
    from matplotlib import pyplot as plt

    assert plt.get_fignums()
    plt.close("all")


def test_there_are_examples():
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("arguments", commands("classicvis"))
def test_commands_in_the_documentation_parse(arguments):
    options = cli.make_parser().parse_args(shlex.split(arguments.replace("FOLDER", "photos")))
    assert callable(options.run)


def test_make_targets_in_the_documentation_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, flags=re.MULTILINE))
    named = {command.split()[0] for command in commands("make") if command}
    assert {"compare", "test", "check", "docs", "bench"} <= named <= targets


def test_ci_runs_what_the_readme_says():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make check" in script
    assert "`.ci/run`, which is `make check`" in README


def test_links_of_the_readme_lead_to_files():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_public_name_is_in_the_reference():
    reference = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   (\S+)$", reference, flags=re.MULTILINE)
    rooms = [
        import_module(f"classicvis.{name}")
        for name in ("images", "encoding", "features", "pipelines", "inspection", "datasets", "benchmark")
    ]
    short_names = {name.rpartition(".")[2] for name in listed}
    for module in (classicvis, *rooms):
        assert {name for name in module.__all__ if not name.isupper()} <= short_names, module.__name__
