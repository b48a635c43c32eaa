import numpy as np
import pandas as pd
import polars as pl
import pytest

from classicvis.benchmark._data import load_data, save_data, take_rows

PATHS = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
IMAGES = np.arange(4 * 2 * 2, dtype=np.uint8).reshape(4, 2, 2)
KINDS = {
    "array": IMAGES,
    "object array": np.array(PATHS, dtype=object),
    "list": PATHS,
    "series": pd.Series(PATHS, index=[9, 8, 7, 6]),
    "frame": pd.DataFrame({"path": PATHS}, index=[9, 8, 7, 6]),
    "polars series": pl.Series("path", PATHS),
    "polars frame": pl.DataFrame({"path": PATHS}),
}


def as_list(X):
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    return np.asarray(X).reshape(len(X), -1)[:, 0].tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [np.array([2, 0]), slice(1, 3), slice(2, 99)], ids=["indices", "slice", "open"])
def test_take_rows_of_every_kind(kind, rows):
    X = KINDS[kind]
    part = take_rows(X, rows)
    assert type(part) is type(X)
    assert as_list(part) == np.array(as_list(X))[rows].tolist()
    assert as_list(take_rows(X, None)) == as_list(X)


@pytest.mark.parametrize("kind", KINDS)
def test_data_come_back_as_they_were_saved(tmp_path, kind):
    X = KINDS[kind]
    save_data(X, str(tmp_path), "X")
    loaded = load_data(str(tmp_path), "X")
    assert isinstance(loaded, type(X))
    assert as_list(loaded) == as_list(X)


def test_an_array_is_mapped_and_what_is_taken_is_in_memory(tmp_path):
    save_data(IMAGES, str(tmp_path), "X")
    loaded = load_data(str(tmp_path), "X")
    assert isinstance(loaded, np.memmap)
    for part in (take_rows(loaded, np.array([1, 2])), take_rows(loaded, None)):
        assert type(part) is np.ndarray
        assert not np.shares_memory(part, loaded)
