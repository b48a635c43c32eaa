"""Images that stay on disk: read when a batch needs them, and the same to a network as images in memory."""

import gc
import threading
import weakref

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict
from stripes import make_stripes

from classicvis.images import ImageReader, ImageReadError
from classicvis.neural.training import _training
from classicvis.neural.training._image_files import ImageFiles
from classicvis.neural.training._levels import CHUNK_VALUES, count_levels
from classicvis.neural.training._normalisation import measure_normalisation
from classicvis.neural.training._read_ahead import N_AHEAD, read_ahead

READER = ImageReader(12, color="gray")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Files of stripes of various sizes: paths and labels."""
    folder = tmp_path_factory.mktemp("photos")
    X, y = make_stripes(120)
    paths = []
    for i, image in enumerate(X):
        paths.append(str(folder / f"{i:03}.png"))
        Image.fromarray(image).resize((12 + i % 3, 12 + i % 2)).save(paths[-1])
    return paths, y


@pytest.fixture
def reading(tiny):
    return tiny.set_params(reader=READER, batch_size=10)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"early_stopping": True},
        {"horizontal_flip": True, "padding": 2, "reader": ImageReader((9, 14), n_jobs=2)},
    ],
)
def test_cnn_on_paths_gives_the_bytes_of_images_in_memory(photos, reading, settings):
    paths, y = photos
    reading.set_params(**settings).fit(paths, y)
    images = reading.reader.transform(paths)
    in_memory = clone(reading).set_params(reader=None).fit(images, y)
    assert reading.onnx_model_ == in_memory.onnx_model_
    assert reading.sample_shape_ == in_memory.sample_shape_ == images.shape[1:]
    np.testing.assert_array_equal(reading.predict_proba(paths), in_memory.predict_proba(images))


def test_cnn_on_paths_leaves_weightless_images_out(photos, reading):
    paths, y = photos
    weights = np.arange(120) % 4
    weighted = clone(reading).fit(["x.png" if i in (4, 8) else path for i, path in enumerate(paths)], y, weights)
    kept = np.flatnonzero(weights)
    assert weighted.onnx_model_ == reading.fit([paths[i] for i in kept], y[kept], weights[kept]).onnx_model_


@pytest.mark.parametrize("convert", [tuple, np.array, pd.Series, lambda paths: pd.DataFrame({"path": paths})])
def test_cnn_takes_paths_in_any_listing(photos, reading, convert):
    paths, y = photos
    reading.set_params(max_iter=1)
    expected = clone(reading).fit(paths, y).onnx_model_
    assert reading.fit(convert(paths), y).onnx_model_ == expected
    assert reading.predict(convert(paths)).shape == (120,)


def test_cnn_with_a_reader_takes_arrays_too(photos, reading):
    X, y = make_stripes(60, size=20)
    expected = clone(reading).set_params(reader=None).fit(READER.transform(X), y)
    assert clone(reading).fit(X, y).onnx_model_ == expected.onnx_model_
    assert clone(reading).fit(X / 255, y).onnx_model_ == expected.onnx_model_
    assert clone(reading).fit([Image.fromarray(image) for image in X], y).onnx_model_ == expected.onnx_model_


def test_cnn_on_paths_partially_fits(photos, reading):
    paths, y = photos
    for start in range(0, 120, 40):
        reading.partial_fit(paths[start : start + 40], y[start : start + 40], classes=[0, 1])
    assert reading.score(paths, y) > 0.8


def test_cnn_on_paths_goes_into_searches(photos, reading):
    paths, y = photos
    search = GridSearchCV(reading.set_params(max_iter=1), {"reader__size": [8, 12]}, cv=2).fit(paths, y)
    assert search.best_estimator_.sample_shape_ in [(8, 8), (12, 12)]
    assert cross_val_predict(reading, paths, y, cv=2).shape == (120,)


def test_cnn_on_paths_goes_on_from_a_checkpoint(photos, reading, tmp_path, monkeypatch):
    expected = clone(reading).fit(*photos).onnx_model_
    reading.set_params(checkpoint=tmp_path / "state")
    run_epoch = _training.run_epoch

    def fail(*args, epoch):
        if epoch == 2:
            raise OSError("power cut")
        return run_epoch(*args, epoch=epoch)

    with monkeypatch.context() as patch:
        patch.setattr(_training, "run_epoch", fail)
        with pytest.raises(OSError, match="power cut"):
            reading.fit(*photos)
    assert reading.set_params(reader__n_jobs=2).fit(*photos).onnx_model_ == expected


def test_cnn_on_paths_holds_few_images_at_a_time(reading, tmp_path, monkeypatch):
    X, y = make_stripes(20, size=4)
    paths = []
    for i, image in enumerate(X):
        paths.append(str(tmp_path / f"{i}.png"))
        Image.fromarray(image).save(paths[-1])
    alive, most = 0, 0
    lock = threading.Lock()
    transform = ImageReader.transform

    def forget(n_images):
        nonlocal alive
        with lock:
            alive -= n_images

    def count(reader, X):
        nonlocal alive, most
        images = transform(reader, X)
        with lock:
            alive += len(images)
            most = max(most, alive)
        weakref.finalize(images, forget, len(images))
        return images

    monkeypatch.setattr(ImageReader, "transform", count)
    monkeypatch.setattr("classicvis.neural.training._levels.CHUNK_VALUES", 16 * 50)
    reading.set_params(reader=ImageReader(4, color="gray"), max_iter=2, checkpoint=tmp_path / "state")
    reading.fit(paths * 100, y.tolist() * 100).predict(paths * 100)
    gc.collect()
    assert most <= 2 * 256
    assert alive == 0


def test_cnn_on_paths_names_the_file_that_cannot_be_read(photos, reading):
    paths, y = photos
    with pytest.raises(ImageReadError, match=r"Row 77 of X, 'gone.png', does not exist"):
        reading.fit([*paths[:77], "gone.png", *paths[78:]], y)
    reading.set_params(max_iter=1).fit(*photos)
    with pytest.raises(ImageReadError, match=r"Row 2 of X, 'gone.png'"):
        reading.predict([*paths[:2], "gone.png"])


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (ImageReader(), r"reader has size=None, but .* set its size"),
        (ImageReader(8, on_error="warn"), r"on_error='warn', but files are read anew .* check_images"),
        ("reader", "'reader' parameter"),
    ],
)
def test_cnn_reader_that_does_not_do_is_an_error(photos, reading, reader, message):
    with pytest.raises(ValueError, match=message):
        reading.set_params(reader=reader).fit(*photos)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], r"0 sample\(s\)"),
        ("a.png", [0], "X is a single image"),
        (None, [0, 1], "inconsistent numbers of samples"),
        (None, None, "requires y to be passed"),
    ],
)
def test_cnn_on_paths_checks_x_and_y(photos, reading, X, y, message):
    with pytest.raises(ValueError, match=message):
        reading.fit(photos[0] if X is None else X, y)


def test_cnn_refuses_images_of_another_size_than_in_fit(photos, reading):
    reading.set_params(max_iter=1).fit(*photos)
    with pytest.raises(ValueError, match="fitted on images of shape"):
        reading.set_params(reader__size=8).predict(photos[0])


def test_cnn_without_a_reader_asks_for_one(photos, tiny):
    with pytest.raises(ValueError, match=r"X holds paths or files, but images are wanted here: put ImageReader"):
        tiny.fit(*photos)


def test_image_files_are_indexed_like_an_array(photos):
    paths, _ = photos
    images = READER.transform(paths)[..., None]
    files = ImageFiles(READER, paths)
    assert (files.shape, files.size, files.dtype, len(files)) == (images.shape, images.size, images.dtype, 120)
    for index in (3, -1, slice(2, 9), slice(None, None, -7), [5, 1, 1], np.array([0, 119])):
        np.testing.assert_array_equal(files[index], images[index])
    some = files.take(np.array([4, 2, 9]), axis=0)
    np.testing.assert_array_equal(some[:], images[[4, 2, 9]])
    assert (some.min(), some.max()) == (images[[4, 2, 9]].min(), images[[4, 2, 9]].max())


@pytest.mark.parametrize("shape", [(7, 5, 4, 3), (3, CHUNK_VALUES // 2, 1, 1)])
def test_levels_give_the_statistics_of_images(shape):
    images = np.random.default_rng(0).integers(0, [200, 100, 3][: shape[3]], size=shape).astype(np.uint8)
    counts = count_levels(images)
    assert counts.shape == (256, shape[3])
    np.testing.assert_array_equal(counts.sum(axis=0), images[..., 0].size)
    normalisation = measure_normalisation(images)
    np.testing.assert_allclose(normalisation.mean, images.mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(normalisation.std, images.std(axis=(0, 1, 2)), rtol=1e-6)


def test_read_ahead_keeps_the_order_and_makes_few_items():
    made = []

    def numbers():
        for i in range(1, 20):
            made.append(i)
            yield i

    taken = []
    for item in read_ahead(numbers()):
        taken.append(item)
        assert len(made) <= len(taken) + N_AHEAD
    assert taken == made == list(range(1, 20))


def test_read_ahead_passes_errors_on_and_closes():
    closed = []

    def numbers():
        try:
            yield from (1, 2, 3, 4)
            raise OSError("disk")
        finally:
            closed.append(True)

    items = read_ahead(numbers())
    with pytest.raises(OSError, match="disk"):
        list(items)
    items = read_ahead(numbers())
    assert next(items) == 1
    items.close()
    assert closed == [True, True]
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]


def test_cnn_of_any_architecture_takes_paths(photos, reading):
    paths, y = photos
    reading.set_params(architecture="airbench", max_iter=1).fit(paths, y)
    in_memory = clone(reading).set_params(reader=None).fit(READER.transform(paths), y)
    assert reading.onnx_model_ == in_memory.onnx_model_
