"""What all `make_*` functions have in common: their readers, their signatures and their docstrings."""

import inspect
import re

import pytest
from PIL import Image

import classicvis
from classicvis import (
    ImageReader,
    load_fashion_sample,
    make_best_classical,
    make_bovw_svm,
    make_fisher_svm,
    make_hog_forest,
    make_hog_svm,
    make_lbp_forest,
    make_patches_svm,
    make_transfer_svm,
    make_vlad_svm,
)

OF_IMAGES = [
    make_best_classical,
    make_bovw_svm,
    make_fisher_svm,
    make_hog_forest,
    make_hog_svm,
    make_lbp_forest,
    make_patches_svm,
    make_vlad_svm,
]
FACTORIES = [*OF_IMAGES, make_transfer_svm]
COMMON = ["reader", "size", "aspect", "image_shape", "probability", "random_state", "n_jobs"]


def make_anywhere(make, **settings):
    return make("network.onnx", **settings) if make is make_transfer_svm else make(**settings)


def documented(make):
    """The parameters in a docstring, with what it says of their defaults; None where it says nothing."""
    section = inspect.getdoc(make).partition("Parameters\n----------\n")[2].partition("\n\nReturns\n")[0]
    parameters = {}
    for names, kind in re.findall(r"^(\w[\w, ]*) : (.*)$", section, flags=re.MULTILINE):
        default = kind.partition("default=")[2] or None
        parameters |= dict.fromkeys(names.split(", "), default)
    return parameters


def test_no_factory_is_forgotten():
    public = {name for name in classicvis.__all__ if name.startswith("make_")}
    assert {make.__name__ for make in FACTORIES} == public - {"make_voting", "make_stacking"}


@pytest.mark.parametrize("make", FACTORIES)
def test_help_shows_every_parameter_with_its_default(make):
    signature = inspect.signature(make).parameters
    assert {parameter.kind for parameter in signature.values()} <= {
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    }
    parameters = documented(make)
    assert list(parameters) == list(signature)
    for name, default in parameters.items():
        expected = signature[name].default
        if expected is inspect.Parameter.empty:
            assert default is None
        else:
            assert eval(default) == expected, name
    assert "%(" not in make.__doc__


@pytest.mark.parametrize("make", FACTORIES)
def test_common_parameters_have_one_name(make):
    assert set(COMMON) <= set(inspect.signature(make).parameters)


@pytest.mark.parametrize("make", [make for make in FACTORIES if "kernel" in inspect.signature(make).parameters])
@pytest.mark.parametrize("kernel", ["linear", "rbf", "intersection", "chi2"])
def test_help_shows_the_regularisation_of_every_kernel(make, kernel):
    assert f"{make(kernel=kernel)['svm'].C:g} ({kernel})" in make.__doc__


@pytest.mark.parametrize("make", FACTORIES)
def test_size_stands_for_a_reader(make):
    by_size = make_anywhere(make, size=24, aspect="pad", n_jobs=2)
    reader = ImageReader(24, color=by_size["reader"].color, aspect="pad", n_jobs=2)
    by_reader = make_anywhere(make, reader=reader, n_jobs=2)
    assert repr(by_size.get_params()) == repr(by_reader.get_params())
    assert by_reader["reader"] is not reader  # pipelines that are given the same one can be set apart
    assert "reader" not in make_anywhere(make).named_steps


def test_any_reader_can_come_first(tmp_path):
    sample = load_fashion_sample()
    paths = []
    for i, image in enumerate(sample.X_train[:40]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(image).resize((28 + i % 5, 30)).save(paths[-1])
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"no image")
    pipeline = make_hog_svm(reader=ImageReader((24, 28), pad_value=255, aspect="pad", on_error="warn"), random_state=0)
    pipeline.fit(paths, sample.y_train[:40])
    with pytest.warns(UserWarning, match="damaged.png"):
        assert pipeline.predict([paths[0], damaged]).shape == (2,)
    assert pipeline["reader"].transform(paths[:3]).shape == (3, 24, 28, 3)


def test_reader_gives_the_size_of_the_networks_input():
    pipeline = make_transfer_svm("network.onnx", reader=ImageReader((32, 48)))
    assert pipeline["network"].size == (32, 48)


@pytest.mark.parametrize("make", FACTORIES)
def test_reader_and_size_are_not_both_given(make):
    with pytest.raises(ValueError, match="reader and size=24 are both given: leave out size, and set it in the reader"):
        make_anywhere(make, reader=ImageReader(24), size=24)
    with pytest.raises(ValueError, match=r"reader is 24, but must be an ImageReader or None: give ImageReader\(size="):
        make_anywhere(make, reader=24)
