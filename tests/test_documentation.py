"""Code and commands in README, pages and examples run; what they name exists."""

import ast
import doctest
import inspect
import pkgutil
import re
import runpy
import shlex
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import matplotlib as mpl
import pytest
from PIL import Image

import classicvis
from classicvis import cli
from classicvis.datasets import load_fashion_sample

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*(ROOT / "docs").glob("*.rst"), *(ROOT / "docs" / "user_guide").glob("*.rst")])
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES} | {"README.md": README}
EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))
PHOTOS_PER_CLASS = 20


def blocks_of(language):
    """The code blocks of one language in the README."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def literal_blocks():
    """The blocks of Python in pages that are no doctests, because they need a download or the user's files."""
    opening, body = r"^(?:(?!\.\. )[^\n]*::| *\.\. code-block:: python)\n\n", r"(( +)\S[^\n]*\n(?:\2[^\n]+\n|\n)*)"
    return [
        pytest.param(dedent(block), id=page)
        for page, text in TEXTS.items()
        for block, _ in re.findall(opening + body, text, flags=re.MULTILINE)
    ]


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


def run_alone(block):
    """Run a block of Python as a user does who copies nothing else, and return its names."""
    namespace = {}
    exec(compile(block, "README.md", "exec"), namespace)
    return namespace


def test_first_snippet_of_the_readme_runs(photos):
    names = run_alone(blocks_of("python")[0].replace("64", "16"))  # pixels a side, so that the network is quick
    assert 0.5 < names["model"].score(names["paths_test"], names["y_test"]) <= 1


def test_second_snippet_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run_alone(blocks_of("python")[1])
    assert names["result"].errors == {}
    assert len(names["result"].to_frame()) == 2
    assert Path("report.html").stat().st_size > 10_000


def test_readme_has_no_other_snippets():
    assert len(blocks_of("python")) == 2


@pytest.mark.parametrize("block", literal_blocks())
def test_code_that_pages_show_uses_names_and_keywords_that_exist(block):
    tree = ast.parse(block)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("classicvis"):
            module = import_module(node.module)
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
        if isinstance(node, ast.Call) and hasattr(node.func, "id") and node.func.id in classicvis.__all__:
            parameters = inspect.signature(getattr(classicvis, node.func.id)).parameters
            assert {keyword.arg for keyword in node.keywords} - {None} <= set(parameters)


def test_there_are_literal_blocks():
    assert len(literal_blocks()) >= 5


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


def test_benchmarks_in_the_documentation_exist_and_have_the_options():
    used = re.findall(r"`(?:python )?benchmarks/(\w+\.py)([^`]*)`", "\n".join(TEXTS.values()))
    assert len(used) > 10
    for script, arguments in used:
        code = (ROOT / "benchmarks" / script).read_text(encoding="utf-8")
        assert [option for option in re.findall(r"--[a-z0-9-]+", arguments) if f'"{option}"' not in code] == [], script


def test_paths_in_developing_exist():
    named = re.findall(r"``([\w./]+(?:/|\.py|\.cfg))``", TEXTS["developing.rst"])
    assert len(named) > 30
    missing = set()
    for path in named:
        places = [top / path.removesuffix("/") for top in (ROOT, ROOT / "classicvis")]
        if not any(place.exists() or place.with_suffix(".py").exists() for place in places):  # a room may be one file
            missing.add(path)
    assert missing == set()


def test_rooms_in_developing_are_those_of_the_package():
    table = TEXTS["developing.rst"].partition("\nRooms\n")[2].partition("Three rules hold")[0]
    named = re.findall(r"``([a-z]+)/``", " ".join(re.findall(r"^   \* - (.*)$", table, flags=re.MULTILINE)))
    modules = {module.name for module in pkgutil.iter_modules(classicvis.__path__)}
    assert set(named) == {name for name in modules if not name.startswith("_")}
    assert len(named) == len(set(named))


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
