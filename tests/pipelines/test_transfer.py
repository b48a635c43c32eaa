"""Transfer learning: a network's features with a support vector machine behind them."""

import numpy as np
import pytest
from blocking import run_blocking
from onnx_models import make_convolutional
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from classicvis import make_transfer_svm

RGB = {"mean": 127.5, "std": 127.5, "channel_order": "RGB", "n_threads": 1}
RNG = np.random.default_rng(0)
LABELS = np.array(["red", "blue"] * 10)


@pytest.fixture
def photos(tmp_path):
    """Photos of several sizes, reddish and bluish; some grey."""
    paths = []
    for i, label in enumerate(LABELS):
        photo = RNG.integers(0, 60, (20 + i, 30, 3), dtype=np.uint8)
        photo[..., 0 if label == "red" else 2] += 150
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(photo).save(paths[-1])
    return paths


def test_transfer_svm_learns_from_files(photos):
    pipeline = make_transfer_svm(make_convolutional(), size=8, random_state=0, **RGB)
    assert type(pipeline) is Pipeline
    assert list(pipeline.named_steps) == ["reader", "network", "scaler", "svm"]
    assert clone(pipeline).fit(photos[:12], LABELS[:12]).score(photos[12:], LABELS[12:]) == 1


def test_transfer_svm_learns_from_arrays_of_any_size(photos):
    arrays = [np.asarray(Image.open(path)) for path in photos]
    pipeline = make_transfer_svm(make_convolutional(), output="maps", pooling="max", probability=True, **RGB)
    assert list(pipeline.named_steps) == ["network", "scaler", "svm"]
    probabilities = pipeline.fit(arrays, LABELS).predict_proba(arrays)
    assert probabilities.shape == (20, 2)


def test_transfer_svm_of_a_grey_network_reads_grey(photos):
    settings = RGB | {"channel_order": "gray"}
    pipeline = make_transfer_svm(make_convolutional(("n", 1, 8, 8)), size=8, **settings).fit(photos, LABELS)
    assert pipeline[0].color == "gray"
    assert pipeline.predict(photos).shape == (20,)


def test_transfer_svm_of_our_own_network(fitted_on_photos, photos):
    """Nothing needs to be told of it, and the network's own size is the reader's."""
    pipeline = make_transfer_svm(fitted_on_photos.onnx_model_, size=12).fit(photos, LABELS)
    assert pipeline.score(photos, LABELS) == 1


@pytest.fixture
def fitted_on_photos(photos):
    from classicvis import CNNClassifier, ImageReader

    images = ImageReader(12).fit_transform(photos)
    return CNNClassifier(widths=(4, 4), max_iter=1, n_threads=1, random_state=0).fit(images, LABELS)


def test_transfer_svm_is_searched(photos):
    pipeline = make_transfer_svm(make_convolutional(), size=8, **RGB)
    search = GridSearchCV(pipeline, {"svm__C": [0.1, 1], "network__pooling": ["mean", "max"]}, cv=2)
    assert search.fit(photos, LABELS).best_score_ > 0.9


def test_transfer_svm_is_made_where_no_network_library_is():
    code = """
        from classicvis import make_transfer_svm
        import numpy as np
        pipeline = make_transfer_svm("nowhere.onnx")
        for name in ("torch", "onnx", "onnxruntime"):
            assert name not in sys.modules
        try:
            pipeline.fit(np.zeros((4, 3, 3)), [0, 1, 0, 1])
        except ImportError as error:
            print(error)
    """
    printed = run_blocking({"torch", "onnx", "onnxruntime"}, code)
    assert printed.startswith("Reading an ONNX network needs 'onnx': run")
