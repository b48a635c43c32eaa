"""Compiled kernels are kept on disk, and whatever happens to the files, a call still gives the right result."""

import errno
import gc
import importlib.util
import itertools
import logging
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import event

from classicvis.kernels import _jit

SOURCE = """
from classicvis.kernels._jit import helper, inlined_helper, kernel

@inlined_helper
def double(x):
    return 2 * x

@helper
def add_one(values):
    for i in range(values.size):
        values[i] += 1

@kernel
def change(values):
    for i in range(values.size):
        values[i] = double(values[i])
    add_one(values)
"""
DTYPES = ("int64", "float32", "float64")


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A file with a small kernel whose cache lies in `tmp_path / "cache"`."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "small_kernel.py"
    path.write_text(SOURCE)
    return path


_numbers = itertools.count()


def load(source, name="classicvis.small_kernel"):
    """Import the file anew, as another process would, and return its kernel."""
    spec = importlib.util.spec_from_file_location(f"{name}{next(_numbers)}", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.change


def check(change, dtypes=DTYPES):
    """Call the kernel with every dtype and see that the result is right."""
    for dtype in dtypes:
        values = np.arange(5, dtype=dtype)
        change(values)
        assert values.tolist() == [1, 3, 5, 7, 9]


def hits(change):
    return sum(change.stats.cache_hits.values())


def cache_files(source, suffix):
    return sorted((source.parent / "cache").rglob(f"*{suffix}"))


def fill_cache(source):
    """Compile for every dtype, which leaves one index and one file of code for each."""
    check(load(source))
    assert len(cache_files(source, ".nbi")) == 1
    assert len(cache_files(source, ".nbc")) == len(DTYPES)


# ---------------------------------------------------------------- the files are used


def test_kernel_is_loaded_from_the_cache_the_second_time(source):
    first = load(source)
    check(first)
    assert hits(first) == 0
    second = load(source)
    check(second)
    assert hits(second) == len(DTYPES)


def test_kernel_is_compiled_anew_when_its_file_changes(source):
    fill_cache(source)
    source.write_text(SOURCE.replace("2 * x", "3 * x"))
    change = load(source)
    values = np.arange(3)
    change(values)
    assert values.tolist() == [1, 4, 7]


def test_importing_a_kernel_compiles_nothing(source):
    change = load(source)
    assert change.signatures == []
    assert cache_files(source, ".nbc") == []


# ---------------------------------------------------------------- damaged files


def damaged(content, rng):
    """Yield a file's content damaged in every way that disks and people have."""
    yield b""
    yield b"not what was here"
    for length in (1, 31, 32, 33, len(content) // 2, len(content) - 1):
        yield content[:length]
    yield content + b"\0"
    yield bytes(len(content))
    for position in rng.integers(0, len(content), 6):
        flipped = bytearray(content)
        flipped[position] ^= 1 << rng.integers(8)
        yield bytes(flipped)


def test_kernel_survives_damaged_code(source):
    fill_cache(source)
    path = cache_files(source, ".nbc")[0]
    content = path.read_bytes()
    for damage in damaged(content, np.random.default_rng(0)):
        path.write_bytes(damage)
        change = load(source)
        check(change)
        assert hits(change) == len(DTYPES) - 1
        again = load(source)  # the damaged file has been replaced
        check(again)
        assert hits(again) == len(DTYPES)


def test_kernel_survives_a_damaged_index(source):
    fill_cache(source)
    (path,) = cache_files(source, ".nbi")
    content = path.read_bytes()
    for damage in damaged(content, np.random.default_rng(1)):
        path.write_bytes(damage)
        check(load(source), DTYPES[:1])


def test_kernel_repairs_a_damaged_index(source):
    fill_cache(source)
    (path,) = cache_files(source, ".nbi")
    path.write_bytes(b"\x80\x05garbage")
    check(load(source))
    change = load(source)
    check(change)
    assert hits(change) == len(DTYPES)


def test_kernel_survives_an_index_of_something_else(source):
    fill_cache(source)
    (path,) = cache_files(source, ".nbi")
    for content in (np.arange(3).dumps(), numba.core.serialize.dumps(numba.__version__) * 2):
        path.write_bytes(content)
        check(load(source))


def test_kernel_survives_missing_files(source):
    fill_cache(source)
    for suffix in (".nbc", ".nbi"):
        for path in cache_files(source, suffix):
            path.unlink()
        check(load(source))
        assert len(cache_files(source, ".nbc")) == len(DTYPES)


def test_kernel_survives_code_under_the_name_of_other_code(source):
    """As it happens when two processes compile for other dtypes at once, and both take the first free name."""
    fill_cache(source)
    first, second, third = cache_files(source, ".nbc")
    contents = first.read_bytes(), second.read_bytes(), third.read_bytes()
    for path, content in zip((second, third, first), contents, strict=True):
        path.write_bytes(content)
    check(load(source))


def test_kernel_survives_a_folder_in_the_place_of_a_file(source):
    fill_cache(source)
    for path in (*cache_files(source, ".nbc"), *cache_files(source, ".nbi")):
        path.unlink()
        path.mkdir()
    check(load(source))


# ---------------------------------------------------------------- no place to write


def test_kernel_works_without_any_folder_to_write_to(source, monkeypatch, caplog):
    def refuse(*, dir):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), dir)

    blocker = source.parent / "blocker"
    blocker.write_text("a file where folders would have to be")
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(blocker / "cache"))
    for variable in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(blocker))
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # for root may write everywhere
    with caplog.at_level(logging.INFO, "classicvis"):
        check(load(source))
    assert "not kept between sessions" in caplog.text


def test_kernel_works_when_the_folder_vanishes(source, caplog):
    change = load(source)
    folder = Path(change._cache.cache_path)
    folder.rmdir()
    folder.write_text("a file now")
    check(change)
    assert "could not be kept" in caplog.text


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_kernel_works_when_the_disk_refuses_to_write(source, monkeypatch, caplog, error):
    def refuse(self, path):
        raise OSError(error, os.strerror(error), path)

    change = load(source)
    with monkeypatch.context() as patch:
        patch.setattr(_jit._CheckedCacheFile, "_open_for_write", refuse)
        check(change)
    assert "could not be kept" in caplog.text
    assert os.strerror(error) in caplog.text
    check(load(source))


def test_kernel_works_when_the_disk_is_full_between_index_and_code(source, monkeypatch):
    def refuse(self, name, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    with monkeypatch.context() as patch:
        patch.setattr(_jit._CheckedCacheFile, "_save_data", refuse)
        check(load(source))
    check(load(source))


def test_kernel_works_when_files_may_not_be_read(source, monkeypatch):
    fill_cache(source)

    def refuse(self, *arguments):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for name in ("_load_data", "_load_index"):
        with monkeypatch.context() as patch:
            patch.setattr(_jit._CheckedCacheFile, name, refuse)
            check(load(source))


# ---------------------------------------------------------------- threads


def test_kernel_may_be_called_first_by_many_threads_at_once(source):
    change = load(source)
    errors = []

    def work():
        try:
            check(change)
        except Exception as error:  # noqa: BLE001 (told by the assertion below)
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(change.signatures) == len(DTYPES)


# ---------------------------------------------------------------- the word about compiling


@pytest.mark.parametrize(
    ("patience", "name", "expected"),
    [(0.0, "classicvis.small", 1), (1000.0, "classicvis.small", 0), (0.0, "somebody_elses", 0)],
)
def test_long_compiling_is_told_once_and_only_of_our_kernels(source, monkeypatch, caplog, patience, name, expected):
    words = []

    class Notice(_jit._Compilation):
        def _tell(self):
            super()._tell()
            words.append(caplog.records[-1].getMessage())

    monkeypatch.setattr(_jit, "PATIENCE", patience)
    with event.install_listener("numba:compile", Notice()):
        check(load(source, name))
        assert len(words) == expected
        source.write_text(SOURCE + "# changed, so that it is compiled again")
        check(load(source, name))
    assert len(words) == expected
    assert all("compiling kernels for this machine" in word for word in words)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_garbage_collector_rests_while_kernels_compile(source, is_enabled):
    states = []

    class Watch(_jit._Compilation):
        def on_start(self, event):
            super().on_start(event)
            states.append(gc.isenabled())

    try:
        gc.enable() if is_enabled else gc.disable()
        with event.install_listener("numba:compile", Watch()):
            check(load(source, "classicvis.small"))
        assert states
        assert not any(states)
        assert gc.isenabled() == is_enabled
    finally:
        gc.enable()


# ---------------------------------------------------------------- the real kernel, in real processes

PROGRAM = """
    import sys, time
    import numpy as np
    from classicvis.features import hog
    from classicvis.kernels.hog._skimage_blocks import hog_batch
    start = time.perf_counter()
    total = hog(np.arange(32 * 32, dtype=np.uint8).reshape(32, 32)).sum()
    print(total, sum(hog_batch.stats.cache_hits.values()), time.perf_counter() - start)
"""


def run_hog(folder):
    """Run hog() in a fresh process; return its result, the number of cache hits and the seconds it took."""
    program = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM)],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    total, n_hits, seconds = program.stdout.split()
    return float(total), int(n_hits), float(seconds), program.stderr


@pytest.mark.slow
def test_hog_is_compiled_once_a_machine_whatever_happens_to_the_cache(tmp_path):
    expected, n_hits, seconds, words = run_hog(tmp_path)
    assert n_hits == 0
    assert ("compiling kernels for this machine" in words) == (seconds > _jit.PATIENCE + 0.2)
    total, n_hits, cached_seconds, words = run_hog(tmp_path)
    assert (total, n_hits, words) == (expected, 1, "")
    assert cached_seconds < seconds / 2
    (code,) = tmp_path.rglob("*hog_batch*.nbc")
    content = bytearray(code.read_bytes())
    content[len(content) // 2] ^= 1
    code.write_bytes(content)
    total, n_hits, *_ = run_hog(tmp_path)
    assert (total, n_hits) == (expected, 0)
