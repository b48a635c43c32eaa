import gzip
import hashlib
import io
import re
import tarfile

import numpy as np
import pytest

from classicvis.datasets import _fetch, fetch_cifar10, fetch_fashion_mnist, fetch_mnist
from classicvis.datasets._file_formats import read_cifar10, read_idx

RNG = np.random.default_rng(0)
IDX_ARRAYS = {
    "train-images-idx3-ubyte.gz": RNG.integers(0, 256, (6, 28, 28), dtype=np.uint8),
    "train-labels-idx1-ubyte.gz": np.arange(6, dtype=np.uint8),
    "t10k-images-idx3-ubyte.gz": RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8),
    "t10k-labels-idx1-ubyte.gz": np.array([9, 0, 1], dtype=np.uint8),
}
CIFAR_IMAGES = RNG.integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
CIFAR_LABELS = (np.arange(12) % 10).astype(np.uint8)


def idx_bytes(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


def cifar_bytes():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for i, name in enumerate([f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]):
            rows = slice(2 * i, 2 * i + 2)
            planes = CIFAR_IMAGES[rows].transpose(0, 3, 1, 2).reshape(2, -1)
            content = np.concatenate([CIFAR_LABELS[rows, None], planes], axis=1).tobytes()
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def served(server, monkeypatch):
    """Serve tiny files in place of the real ones; return the folder they lie in."""
    folder, url, _ = server
    for name, array in IDX_ARRAYS.items():
        (folder / name).write_bytes(idx_bytes(array))
    (folder / "cifar-10-binary.tar.gz").write_bytes(cifar_bytes())
    for source in ("FASHION_MNIST", "MNIST", "CIFAR10"):
        real = getattr(_fetch, source)
        hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in real.sha256}
        monkeypatch.setattr(_fetch, source, real._replace(base_url=url, sha256=hashes))
    return folder


@pytest.fixture
def requests(server):
    """What the server is asked for."""
    return server[2]


@pytest.mark.parametrize(("fetch", "first_class"), [(fetch_fashion_mnist, "T-shirt/top"), (fetch_mnist, "0")])
def test_fetch_idx_returns_what_was_published(served, tmp_path, fetch, first_class):
    data = fetch(data_home=tmp_path / "home")
    assert np.array_equal(data.X_train, IDX_ARRAYS["train-images-idx3-ubyte.gz"])
    assert np.array_equal(data.X_test, IDX_ARRAYS["t10k-images-idx3-ubyte.gz"])
    assert data.y_train.tolist() == list(range(6))
    assert data.y_test.tolist() == [9, 0, 1]
    assert data.y_train.dtype == data.y_test.dtype == np.intp
    assert len(data.class_names) == 10
    assert data.class_names[0] == first_class
    assert data.DESCR


def test_fetch_cifar10_returns_rgb_images(served, tmp_path):
    data = fetch_cifar10(data_home=tmp_path / "home")
    assert np.array_equal(data.X_train, CIFAR_IMAGES[:10])
    assert np.array_equal(data.X_test, CIFAR_IMAGES[10:])
    assert np.array_equal(data.y_train, CIFAR_LABELS[:10])
    assert data.y_train.dtype == np.intp
    assert np.array_equal(data.y_test, CIFAR_LABELS[10:])
    assert data.class_names[0] == "airplane"
    assert not list((tmp_path / "home").rglob("*.bin")), "the archive is read where it is"


def test_fetch_downloads_once(served, requests, tmp_path):
    fetch_mnist(data_home=tmp_path / "home")
    assert len(requests) == 4
    fetch_mnist(data_home=tmp_path / "home", download_if_missing=False)
    assert len(requests) == 4


def test_fetch_keeps_data_sets_with_the_same_file_names_apart(served, tmp_path):
    fetch_mnist(data_home=tmp_path / "home")
    fetch_fashion_mnist(data_home=tmp_path / "home")
    assert sorted(p.name for p in (tmp_path / "home").iterdir()) == ["fashion-mnist", "mnist"]


def test_fetch_data_home_from_the_environment(served, tmp_path, monkeypatch):
    monkeypatch.setenv("CLASSICVIS_DATA", str(tmp_path / "env"))
    fetch_mnist()
    assert (tmp_path / "env" / "mnist" / "t10k-images-idx3-ubyte.gz").is_file()
    fetch_mnist(data_home=tmp_path / "home")
    assert (tmp_path / "home" / "mnist").is_dir(), "the argument goes before the variable"


def test_fetch_refuses_a_file_with_another_hash(served, tmp_path, monkeypatch):
    monkeypatch.setattr(_fetch, "N_RETRIES", 0)
    (served / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(ValueError, match="hash"):
        fetch_mnist(data_home=tmp_path / "home")
    assert not (tmp_path / "home" / "mnist" / "train-images-idx3-ubyte.gz").exists()


def test_fetch_replaces_a_damaged_file(served, tmp_path):
    fetch_mnist(data_home=tmp_path / "home")
    damaged = tmp_path / "home" / "mnist" / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:10])
    assert fetch_mnist(data_home=tmp_path / "home").y_test.tolist() == [9, 0, 1]


def test_fetch_says_where_to_put_a_file_that_cannot_be_had(served, tmp_path, monkeypatch):
    monkeypatch.setattr(_fetch, "N_RETRIES", 0)
    (served / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(OSError, match=r"t10k-images.* could not be downloaded .*put the file into .*home"):
        fetch_mnist(data_home=tmp_path / "home")


def test_fetch_without_leave_to_download(served, requests, tmp_path):
    with pytest.raises(OSError, match=r"'train-images-idx3-ubyte.gz' is not in .* download_if_missing=False"):
        fetch_mnist(data_home=tmp_path / "home", download_if_missing=False)
    assert requests == []


@pytest.mark.parametrize("source", [_fetch.FASHION_MNIST, _fetch.MNIST, _fetch.CIFAR10])
def test_fetch_sources_are_https_and_hashed(source):
    assert source.base_url.startswith("https://")
    assert source.base_url.endswith("/")
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in source.sha256.values())


@pytest.mark.parametrize("shape", [(0,), (5,), (2, 3), (4, 28, 28)])
def test_read_idx_gives_back_what_was_written(tmp_path, shape):
    array = RNG.integers(0, 256, shape, dtype=np.uint8)
    (tmp_path / "file.gz").write_bytes(idx_bytes(array))
    read = read_idx(tmp_path / "file.gz")
    assert np.array_equal(read, array)
    assert read.flags.writeable


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0", b"\0\0\x0d\x01\0\0\0\0", b"PNG!", b"\0\0\x08\x03\0\0", b"\0\0\x08\x01\0\0\0\x05abc"],
    ids=["empty", "short", "floats", "other", "cut header", "cut data"],
)
def test_read_idx_refuses_other_files(tmp_path, content):
    (tmp_path / "file.gz").write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=r"file\.gz.*delete it"):
        read_idx(tmp_path / "file.gz")


def test_read_cifar10_splits_batches(tmp_path):
    (tmp_path / "cifar.tar.gz").write_bytes(cifar_bytes())
    X_train, y_train, X_test, y_test = read_cifar10(tmp_path / "cifar.tar.gz")
    assert X_train.shape == (10, 32, 32, 3)
    assert X_test.shape == (2, 32, 32, 3)
    assert y_train.shape == (10,)
    assert y_test.shape == (2,)
