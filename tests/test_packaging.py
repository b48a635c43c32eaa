"""What is installed: pins that agree with what the package needs, and a wheel that has its data."""

import re
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [Requirement(text) for part in (PROJECT["dependencies"], *EXTRAS.values()) for text in part]
PIN_LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PINS = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in PIN_LINES}


def test_constraints_pin_one_public_version_each():
    assert [line for line in PIN_LINES if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(PINS) == len(PIN_LINES)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_requirement_is_pinned_within_its_bounds(requirement):
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_requirement_has_a_lower_bound(requirement):
    assert [bound.operator for bound in requirement.specifier] == [">="]


def test_onnxruntime_wheels_stand_in_extras_of_their_own():
    holders = {
        extra: {Requirement(text).name for text in texts if text.startswith("onnxruntime")}
        for extra, texts in EXTRAS.items()
    }
    assert {extra: names for extra, names in holders.items() if names} == {
        "onnx": {"onnxruntime"},
        "onnx-gpu": {"onnxruntime-gpu"},
    }


def test_data_is_installed_with_the_package():
    package = files("classicvis")
    assert package.joinpath("datasets", "data", "fashion-sample.png").is_file()
    assert package.joinpath("datasets", "data", "LICENSE-fashion-mnist").is_file()
    assert package.joinpath("benchmark", "templates", "report.html.j2").is_file()


def test_installed_version_is_the_one_of_the_changelog():
    headings = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == PROJECT["version"] == version("classicvis")
