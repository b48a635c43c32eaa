"""A folder of labelled images, with one folder for each class, as paths and labels."""

import os
import shlex
import warnings
from typing import NamedTuple

import numpy as np

# What lies beside images without being an image. Every other file is listed: a damaged image is never lost.
NOT_IMAGE_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "license", "readme"})
NOT_IMAGE_ENDINGS = frozenset(
    ending
    for kind in (
        (".txt", ".md", ".rst", ".log", ".html", ".htm", ".pdf", ".doc", ".docx", ".odt"),
        (".csv", ".tsv", ".json", ".jsonl", ".xml", ".xls", ".xlsx", ".ods", ".parquet", ".db", ".sqlite"),
        (".yaml", ".yml", ".toml", ".ini", ".cfg", ".lock", ".py", ".ipynb", ".m", ".sh", ".bat"),
        (".npy", ".npz", ".mat", ".pkl", ".h5", ".md5", ".sha1", ".sha256"),
        (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"),
        (".mp3", ".wav", ".mp4", ".mov", ".avi", ".mkv", ".webm"),
    )
    for ending in kind
)
NOT_CLASS_FOLDERS = frozenset({"__macosx", "__pycache__", "@eadir", "$recycle.bin"})
TRAINING_NAMES = ("train", "training")
HELD_OUT_NAMES = ("test", "testing", "val", "valid", "validation", "eval", "dev")


class ImageFolder(NamedTuple):
    """Paths of labelled images, as `load_image_folder` finds them.

    Attributes
    ----------
    paths : ndarray of shape (n,), dtype object
        The files' paths, each a `str`.
    labels : ndarray of shape (n,), dtype intp
        The class of each file, as an index into `class_names`.
    class_names : ndarray of shape (n_classes,), dtype str
        The names of the class folders, sorted.
    """

    paths: np.ndarray
    labels: np.ndarray
    class_names: np.ndarray


def load_image_folder(path, *, allow_empty=False):
    """List the images of a folder that has one folder for each class.

    Classes come in the order of their names, and so do the files of a class: those of a folder before those
    of the folders in it, which belong to the same class. Names are sorted by code point, so that the order is
    the same on every system. No file is opened: an image that is damaged is listed like any other, and
    `ImageReader` or `check_images` says what is wrong with it.

    Left out are hidden files and folders (their names begin with a dot), what operating systems leave
    behind (``Thumbs.db``, ``desktop.ini``, ``__MACOSX`` …), and files whose endings say that they are text,
    tables, code, archives, sound or video. Every other file counts as an image, whatever its ending.

    Parameters
    ----------
    path : str or os.PathLike
        The folder.
    allow_empty : bool, default=False
        Whether a class folder may have no images. Its name stays in `class_names`, so that the labels of two folders
        with the same class folders mean the same.

    Returns
    -------
    folder : ImageFolder
        A named tuple of `paths`, `labels` and `class_names`.

    Raises
    ------
    FileNotFoundError
        There is nothing at `path`.
    NotADirectoryError
        `path` is a file.
    ValueError
        There are fewer than two class folders, a class folder has no images, or folders are the parts of a split:
        one named like ``train`` beside one named like ``test`` or ``val``, or no others than such.

    Warns
    -----
    UserWarning
        Images lie beside the class folders; they have no class and are left out.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from classicvis.datasets import load_image_folder
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("dog/a.jpg", "cat/b.png", "cat/a.jpg"):
    ...         file = Path(root, name)
    ...         file.parent.mkdir(exist_ok=True)
    ...         file.touch()
    ...     folder = load_image_folder(root)
    >>> [Path(path).name for path in folder.paths]
    ['a.jpg', 'b.png', 'a.jpg']
    >>> folder.labels
    array([0, 0, 1])
    >>> folder.class_names.tolist()
    ['cat', 'dog']
    """
    root = _check_folder(path)
    class_folders, stray_files = _split_entries(root)
    _check_class_folders(root, class_folders, stray_files)
    if stray_files:
        warnings.warn(
            f"{len(stray_files)} file(s) beside the folders of {root!r} have no class and are left out: "
            f"{_some([file.name for file in stray_files])}.",
            UserWarning,
            stacklevel=2,
        )
    files = [_image_files(entry.path, frozenset()) for entry in class_folders]
    empty = [entry.name for entry, found in zip(class_folders, files, strict=True) if not found]
    if len(empty) == len(files) or (empty and not allow_empty):
        raise ValueError(
            f"No images in the class folder(s) {_some(empty)} of {root!r}: put images there, remove them, or set "
            "allow_empty=True to keep classes without images."
        )
    return ImageFolder(
        paths=np.array([file for found in files for file in found], dtype=object),
        labels=np.repeat(np.arange(len(files), dtype=np.intp), [len(found) for found in files]),
        class_names=np.array([entry.name for entry in class_folders]),
    )


def list_images(path):
    """List all images below a folder, whether or not it has a folder for each class.

    What counts as an image, and in which order they come, is as in `load_image_folder`.

    Parameters
    ----------
    path : str or os.PathLike
        The folder.

    Returns
    -------
    paths : list of str
        The files' paths, at least one.

    Raises
    ------
    FileNotFoundError
        There is nothing at `path`.
    NotADirectoryError
        `path` is a file.
    ValueError
        There are no images.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from classicvis.datasets import list_images
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("b.png", "a.jpg", "notes.txt"):
    ...         Path(root, name).touch()
    ...     paths = list_images(root)
    >>> [Path(path).name for path in paths]
    ['a.jpg', 'b.png']
    """
    root = _check_folder(path)
    paths = _image_files(root, frozenset())
    if not paths:
        raise ValueError(f"There are no images in {root!r}: give a folder that holds some.")
    return paths


def _check_folder(path):
    root = os.fspath(path)
    if not os.path.exists(root):
        raise FileNotFoundError(f"There is no folder {root!r}: give one that exists.")
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root!r} is a file: give a folder.")
    return root


def _check_class_folders(root, class_folders, stray_files):
    names = [entry.name for entry in class_folders]
    if not names:
        found = f"only {len(stray_files)} file(s)" if stray_files else "nothing"
        raise ValueError(
            f"{root!r} has no class folders, {found}: put the images of each class into a folder of its name."
        )
    _refuse_split(root, names)
    if len(names) == 1:
        raise ValueError(
            f"{root!r} has one class folder, {names[0]!r}, but telling classes apart takes at least two: "
            "put the images of each class into a folder of its name."
        )


def _refuse_split(root, names):
    """Raise where the folders are training and test sets, and say how to read them."""
    training, held_out = (
        sorted((name for name in names if name.casefold() in known), key=lambda name: known.index(name.casefold()))
        for known in (TRAINING_NAMES, HELD_OUT_NAMES)
    )
    found = sorted(training + held_out)
    if not found or (len(found) < len(names) and not (training and held_out)):
        return
    first, *others = (os.path.join(root, name) for name in training[:1] + held_out[:1])
    calls = " and ".join(f"load_image_folder({path!r})" for path in (first, *others))
    command = shlex.join(["classicvis", "compare", first, *(part for path in others for part in ("--test", path))])
    raise ValueError(
        f"The folders {_some(found)} of {root!r} look like parts of a split, not like classes: "
        f"use {calls}, or on the command line {command}; rename them if they are classes."
    )


def _split_entries(folder):
    """Return the sub-folders and the image files of a folder, each sorted by name."""
    with os.scandir(folder) as entries:
        visible = sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)
    folders = [e for e in visible if e.is_dir() and e.name.casefold() not in NOT_CLASS_FOLDERS]
    files = [e for e in visible if not e.is_dir() and _may_be_image(e.name)]
    return folders, files


def _may_be_image(name):
    name = name.casefold()
    return name not in NOT_IMAGE_NAMES and os.path.splitext(name)[1] not in NOT_IMAGE_ENDINGS


def _image_files(folder, parents):
    """Return the paths of all images below a folder, its own first; a link back up is not followed."""
    real = os.path.realpath(folder)
    if real in parents:
        return []
    folders, files = _split_entries(folder)
    found = [entry.path for entry in files]
    for entry in folders:
        found += _image_files(entry.path, parents | {real})
    return found


def _some(names):
    shown = ", ".join(repr(name) for name in names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
