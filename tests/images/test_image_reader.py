"""Every kind of X, every parameter, and the shape of what comes out."""

import os
import pathlib
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image

from classicvis.images import ImageReader, ImageReadError
from classicvis.images._color import grey_from_rgb, rgb_from_grey
from classicvis.images._resize import resize_image

CONTAINERS = {
    "list of str": list,
    "tuple of str": tuple,
    "list of Path": lambda paths: [pathlib.Path(path) for path in paths],
    "object array": lambda paths: np.array(paths, dtype=object),
    "str array": np.array,
    "StringDType array": lambda paths: np.array(paths, dtype=np.dtypes.StringDType()),
    "array of Path": lambda paths: np.array([pathlib.Path(path) for path in paths], dtype=object),
    "column array": lambda paths: np.array(paths, dtype=object)[:, np.newaxis],
    "pandas Series": lambda paths: pd.Series(paths, index=range(90, 90 + len(paths))),
    "pandas Series of objects": lambda paths: pd.Series(paths, dtype=object),
    "pandas Series of Path": lambda paths: pd.Series([pathlib.Path(path) for path in paths]),
    "pandas Series of categories": lambda paths: pd.Series(paths, dtype="category"),
    "pandas DataFrame": lambda paths: pd.DataFrame({"file": paths}),
    "polars Series": pl.Series,
    "polars DataFrame": lambda paths: pl.DataFrame({"file": paths}),
}


@pytest.fixture
def expected(folder):
    """What the folder's files hold, by PIL."""
    pictures = []
    for path in folder:
        with Image.open(path) as image:
            pictures.append(np.asarray(image.convert("RGB")))
    return np.stack(pictures)


def assert_near(images, expected):
    """Compare with what PIL read: equal but for a last bit of JPEG and WebP."""
    assert images.dtype == np.uint8
    assert images.shape == expected.shape
    assert np.abs(images.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("container", CONTAINERS)
def test_paths_come_in_any_container(container, folder, expected):
    X = CONTAINERS[container](folder)
    assert_near(ImageReader().fit(X).transform(X), expected)


def test_grey_output_has_no_channel_axis(folder, expected):
    images = ImageReader(color="gray").transform(folder)
    assert_near(images, np.stack([grey_from_rgb(image) for image in expected]))


@pytest.mark.parametrize("size", [(20, 30), [20, 30], (np.int64(20), 30)])
def test_size_is_rows_and_columns(size, folder, expected):
    images = ImageReader(size).transform(folder)
    assert_near(images, np.stack([resize_image(image, (20, 30)) for image in expected]))


def test_size_may_be_the_side_of_a_square(folder):
    assert ImageReader(size=9).transform(folder).shape == (7, 9, 9, 3)


@pytest.mark.parametrize("aspect", ["stretch", "pad", "crop"])
def test_aspect_and_pad_value_are_passed_on(aspect, folder, expected):
    images = ImageReader((20, 20), aspect=aspect, pad_value=99).transform(folder)
    assert_near(images, np.stack([resize_image(image, (20, 20), aspect, 99) for image in expected]))


def test_images_of_varying_size_become_an_object_array(folder, photo, write_file, encode):
    paths = [*folder, write_file(encode(photo[:9, :8], "PNG"))]
    images = ImageReader().transform(paths)
    assert (images.dtype, images.shape) == (object, (8,))
    assert [image.shape for image in images] == [(47, 61, 3)] * 7 + [(9, 8, 3)]
    np.testing.assert_array_equal(images[7], photo[:9, :8])


def test_an_object_array_of_images_can_be_read_again(folder, photo, write_file, encode):
    paths = [*folder, write_file(encode(photo[:9, :8], "PNG"))]
    images = ImageReader().transform(paths)
    again = ImageReader(size=16).transform(images)
    np.testing.assert_array_equal(again, ImageReader(size=16).transform(paths))


def test_non_ascii_paths_are_read(tmp_path, photo, encode):
    path = tmp_path / "Ärger mit Übung 猫 😀.png"
    path.write_bytes(encode(photo, "PNG"))
    np.testing.assert_array_equal(ImageReader().transform([path])[0], photo)


def test_relative_paths_are_read(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    images = ImageReader().transform([os.path.basename(path) for path in folder])
    np.testing.assert_array_equal(images, ImageReader().transform(folder))


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_result_does_not_depend_on_n_jobs(n_jobs, folder):
    paths = folder * 30
    alone = ImageReader(size=(30, 50)).transform(paths)
    np.testing.assert_array_equal(ImageReader(size=(30, 50), n_jobs=n_jobs).transform(paths), alone)


def test_processes_give_the_same_result(folder):
    paths = folder * 12
    with joblib.parallel_config("loky", n_jobs=2):
        images = ImageReader(size=8).transform(paths)
    np.testing.assert_array_equal(images, ImageReader(size=8).transform(paths))


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_first_bad_row_is_the_one_that_is_named(n_jobs, folder):
    paths = folder * 40
    paths[100] = paths[200] = "missing.png"
    with pytest.raises(ImageReadError, match=r"^Row 100 of X, 'missing\.png', does not exist"):
        ImageReader(size=8, n_jobs=n_jobs).transform(paths)


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(ImageReadError(4, "a.png", "is empty (0 bytes)")))
    assert (error.row, error.path, error.reason) == (4, "a.png", "is empty (0 bytes)")
    assert isinstance(error, ValueError)


def test_warn_puts_black_images_in_the_place_of_bad_files(folder, write_file):
    empty = write_file(b"")
    paths = [folder[0], "missing.png", folder[1], empty]
    reader = ImageReader(size=8, on_error="warn")
    with pytest.warns(UserWarning, match=r"^2 of 4 files .* black images: row 1, 'missing.png', does not exist; row 3"):
        images = reader.transform(paths)
    np.testing.assert_array_equal(images[[1, 3]], 0)
    np.testing.assert_array_equal(images[[0, 2]], reader.transform(folder[:2]))


def test_the_warning_names_ten_rows_and_counts_the_rest():
    with pytest.warns(UserWarning, match=r"12 of 12 files .* row 9, [^;]*; and 2 more\.$"):
        ImageReader(size=8, on_error="warn").transform(["missing.png"] * 12)


def test_warn_raises_on_values_out_of_range():
    with pytest.raises(ValueError, match=r"Sample 0 of X has float64 values from 2.0 to 2.0"):
        ImageReader(size=8, on_error="warn").transform([np.full((3, 3), 2.0)])


def test_arrays_of_images_are_grey_or_rgb_by_their_axes():
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (5, 6, 4), dtype=np.uint8)
    rgb = rng.integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)
    np.testing.assert_array_equal(ImageReader(color="gray").transform(grey), grey)
    np.testing.assert_array_equal(ImageReader().transform(grey), np.stack([rgb_from_grey(image) for image in grey]))
    np.testing.assert_array_equal(ImageReader(color="gray").transform(grey[..., np.newaxis]), grey)
    np.testing.assert_array_equal(ImageReader().transform(rgb), rgb)
    rgba = np.concatenate([rgb, rgb[..., :1]], axis=3)
    np.testing.assert_array_equal(ImageReader().transform(rgba), rgb)
    np.testing.assert_array_equal(
        ImageReader(color="gray").transform(rgb), np.stack([grey_from_rgb(image) for image in rgb])
    )


@pytest.mark.parametrize("color", ["rgb", "gray"])
def test_output_is_a_copy(color):
    X = np.zeros((2, 3, 3, *([3] if color == "rgb" else [])), np.uint8)
    ImageReader(color=color).transform(X)[:] = 9
    assert not X.any()


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [("bool", 1), ("uint16", 257), ("int64", 1), ("int8", 1), ("float32", 1 / 255), (float, 1 / 255)],
)
def test_number_types_mean_the_same_in_an_array_and_in_a_list(dtype, scale):
    levels = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 128, (4, 6, 7))
    X = (levels * scale).astype(dtype)
    expected = levels * 255 if dtype == "bool" else levels
    reader = ImageReader(color="gray")
    np.testing.assert_array_equal(reader.transform(X), expected)
    np.testing.assert_array_equal(reader.transform(list(X)), expected)


def test_nested_lists_of_integers_are_levels():
    X = [[[0, 128], [255, 1]]]
    np.testing.assert_array_equal(ImageReader(color="gray").transform(X), X)


def test_flat_rows_are_images_of_image_shape():
    X = np.random.default_rng(0).integers(0, 256, (5, 60), dtype=np.uint8)
    images = ImageReader(image_shape=(4, 5, 3)).fit_transform(X)
    np.testing.assert_array_equal(images, X.reshape(5, 4, 5, 3))
    np.testing.assert_array_equal(ImageReader(color="gray").transform(X[:, :36]), X[:, :36].reshape(5, 6, 6))


def test_data_frame_of_numbers_is_flat_rows():
    X = pd.DataFrame(np.arange(36).reshape(4, 9), columns=list("abcdefghi"))
    reader = ImageReader(color="gray").fit(X)
    assert reader.feature_names_in_.tolist() == list("abcdefghi")
    np.testing.assert_array_equal(reader.transform(X), np.arange(36).reshape(4, 3, 3))
    np.testing.assert_array_equal(ImageReader(color="gray").transform(pl.from_pandas(X)), reader.transform(X))


def test_one_column_of_numbers_is_images_of_one_pixel():
    X = pd.DataFrame({"level": [0, 7, 255]})
    np.testing.assert_array_equal(ImageReader(color="gray").transform(X).ravel(), [0, 7, 255])


def test_value_range_applies_to_arrays():
    X = np.array([[[-1.0, 1.0]]])
    np.testing.assert_array_equal(ImageReader(color="gray", value_range=(-1, 1)).transform(X), [[[0, 255]]])
    np.testing.assert_array_equal(ImageReader(color="gray", value_range=[-1, 1]).transform(list(X)), [[[0, 255]]])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "F", "I"])
def test_pil_images_of_every_mode_are_read(mode, photo):
    image = Image.fromarray(photo)
    expected = np.asarray(image.convert("L") if mode in ("1", "L", "LA", "I;16", "F", "I") else image)
    if mode == "I;16":
        image = Image.fromarray(expected.astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray((expected / 255).astype(np.float32))
    else:
        image = image.convert("L").convert(mode) if mode in ("LA", "I") else image.convert(mode)
    if mode in ("1", "P"):
        expected = np.asarray(image.convert("L" if mode == "1" else "RGB"))
    expected = rgb_from_grey(expected) if expected.ndim == 2 else expected
    tolerance = {"YCbCr": 4, "HSV": 12}.get(mode, 0)
    images = ImageReader().transform([image])
    assert np.abs(images[0].astype(int) - expected).max() <= tolerance


def test_pil_palette_with_transparency_is_read_without_a_warning(photo):
    image = Image.fromarray(photo).quantize()
    expected = np.asarray(image.convert("RGB"))
    image.info["transparency"] = bytes(256)
    np.testing.assert_array_equal(ImageReader().transform([image])[0], expected)


def test_pil_image_is_turned_upright(photo, write_file, encode):
    exif = Image.Exif()
    exif[274] = 6
    path = write_file(encode(photo, "PNG", exif=exif))
    with Image.open(path) as image:
        from_pil, from_file = ImageReader().transform([image, path])
    np.testing.assert_array_equal(from_pil, from_file)
    np.testing.assert_array_equal(from_pil, np.rot90(photo, -1))


def test_damaged_pil_image_is_named(write_file, photo, encode):
    data = encode(photo, "PNG")
    with (
        Image.open(write_file(data[: len(data) // 2])) as image,
        pytest.raises(ValueError, match="Sample 1 of X cannot be decoded by PIL"),
    ):
        ImageReader().transform([photo, image])


def test_large_pil_image_is_refused():
    with pytest.raises(ValueError, match=r"Sample 0 of X has 20 × 30 pixels, more than max_pixels=500"):
        ImageReader(max_pixels=500).transform([Image.new("L", (30, 20))])


def test_paths_pil_images_and_arrays_may_be_mixed(folder, photo):
    images = ImageReader(size=16).transform([folder[0], Image.fromarray(photo), photo])
    np.testing.assert_array_equal(images[1], images[2])
    np.testing.assert_array_equal(images[0], images[1])  # the first file holds the same picture


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("cat.png", "X is a single image, 'cat.png', but must hold one image a row"),
        (pathlib.Path("cat.png"), "X is a single image"),
        (Image.new("L", (2, 2)), "X is a single image"),
        ([], "Found array with 0 sample"),
        (np.empty(0, dtype=object), "Found array with 0 sample"),
        (["cat.png", None], "Row 1 of X is None, but must be a path, a PIL image or an array"),
        (pd.Series(["cat.png", np.nan]), "Row 1 of X is nan"),
        ([np.zeros((2, 2)), 3], "Row 1 of X is 3"),
        ([1.5], "Expected 2D array"),
        (None, "Expected 2D array, got scalar"),
        (
            [np.zeros((2, 2)), np.zeros((2, 2, 2))],
            r"Sample 1 of X has the shape \(2, 2, 2\), but an image has",
        ),
        ([np.zeros((2, 2)), np.zeros((0, 2))], r"Sample 1 of X has the shape \(0, 2\)"),
        ([np.zeros((2, 2)), np.zeros((1, 2, 2, 3))], r"Sample 1 of X has the shape \(1, 2, 2, 3\)"),
        (np.zeros((2, 3, 3, 2)), "so 2 channels"),
        (np.zeros((2, 3, 3, 3, 3)), "5 dimensions"),
        (np.zeros(4), "1D array"),
        (
            np.array([[[0.0, 1.0]], [[0.0, 1.5]]]),
            "Sample 1 of X has float64 values from 0.0 to 1.5, outside 0 to 1",
        ),
        (np.array([[[0.0, 1.0]], [[0.0, np.nan]]]), "Sample 1 of X contains NaN"),
        (
            np.array([[[0, 1]], [[0, 300]]]),
            "Sample 1 of X has .* from 0 to 300, but integers other than uint16 mean 0 to 255",
        ),
    ],
)
def test_other_input_is_refused_in_one_sentence(X, message):
    with pytest.raises((ValueError, TypeError), match=message):
        ImageReader(size=4).transform(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"size": 0}, "'size' parameter"),
        ({"size": (3,)}, r"size is \(3,\), but must be"),
        ({"size": (3, 0)}, r"size is \(3, 0\)"),
        ({"size": (3, 4.0)}, r"size is \(3, 4.0\)"),
        ({"size": "3"}, "'size' parameter"),
        ({"color": "grey"}, "'color' parameter"),
        ({"aspect": "fit"}, "'aspect' parameter"),
        ({"pad_value": 256}, "'pad_value' parameter"),
        ({"value_range": (1, 1)}, r"value_range is \(1, 1\)"),
        ({"value_range": (0, np.inf)}, "value_range is"),
        ({"value_range": (0, 1, 2)}, "value_range is"),
        ({"value_range": ("a", "b")}, "value_range is"),
        ({"value_range": "auto"}, "'value_range' parameter"),
        ({"max_pixels": 0}, "'max_pixels' parameter"),
        ({"on_error": "skip"}, "'on_error' parameter"),
        ({"on_error": "warn"}, "set size to say how large"),
        ({"n_jobs": 1.5}, "'n_jobs' parameter"),
    ],
)
def test_parameters_are_checked_in_fit_and_in_transform(parameters, message, photo):
    with pytest.raises(ValueError, match=message):
        ImageReader(**parameters).fit([photo])
    with pytest.raises(ValueError, match=message):
        ImageReader(**parameters).transform([photo])


def test_fit_opens_no_file():
    reader = ImageReader(size=8).fit(["missing.png", "missing too.png"])
    assert not hasattr(reader, "n_features_in_")


def test_fit_again_forgets_the_shape(photo):
    reader = ImageReader().fit(np.zeros((2, 9)))
    assert (reader.n_features_in_, reader.sample_shape_) == (9, (3, 3))
    reader.fit([photo])
    assert not hasattr(reader, "n_features_in_")
    assert not hasattr(reader, "sample_shape_")


def test_images_may_have_another_shape_than_in_fit(photo):
    reader = ImageReader(size=8).fit(np.zeros((2, 5, 6)))
    assert reader.transform(np.zeros((3, 7, 9, 3))).shape == (3, 8, 8, 3)
    assert reader.transform([photo]).shape == (1, 8, 8, 3)


def test_flat_rows_must_be_as_long_as_in_fit():
    with pytest.raises(ValueError, match="X has 16 features, but ImageReader is expecting 9 features"):
        ImageReader().fit(np.zeros((2, 9))).transform(np.zeros((2, 16)))


def test_progress_bar_is_shown_on_request(folder, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    ImageReader(size=8).transform(folder)
    assert capsys.readouterr().err == ""
    ImageReader(size=8, verbose=True).transform(folder)
    assert "Reading images: 100%" in capsys.readouterr().err


def test_import_brings_neither_pil_nor_tqdm():
    code = "import sys, classicvis.images; print({'PIL', 'tqdm', 'skimage'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
