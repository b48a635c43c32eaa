import os
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicvis.datasets import ImageFolder, list_images, load_image_folder


@pytest.fixture
def make_folder(tmp_path):
    def make(*names):
        for name in names:
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        return tmp_path

    return make


def relative(folder, root):
    return [os.path.relpath(path, root).replace(os.sep, "/") for path in folder.paths]


def test_image_folder_lists_classes_and_files_in_order(make_folder):
    root = make_folder("b/2.jpg", "a/10.jpg", "a/9.png", "B/1.jpg")
    folder = load_image_folder(root)
    assert isinstance(folder, ImageFolder)
    assert relative(folder, root) == ["B/1.jpg", "a/10.jpg", "a/9.png", "b/2.jpg"]
    assert folder.class_names.tolist() == ["B", "a", "b"]
    assert folder.labels.tolist() == [0, 1, 1, 2]


def test_image_folder_dtypes(make_folder):
    folder = load_image_folder(str(make_folder("a/1.jpg", "b/1.jpg")))
    assert folder.paths.dtype == object
    assert folder.paths.ndim == 1
    assert all(isinstance(path, str) for path in folder.paths)
    assert folder.labels.dtype == np.intp
    assert folder.class_names.dtype.kind == "U"


def test_image_folder_keeps_a_relative_path_relative(make_folder, monkeypatch):
    monkeypatch.chdir(make_folder("here/a/1.jpg", "here/b/1.jpg"))
    assert load_image_folder("here").paths[0] == os.path.join("here", "a", "1.jpg")


def test_image_folder_takes_folders_in_a_class_folder(make_folder):
    root = make_folder("a/z.jpg", "a/sub/1.jpg", "a/sub/deep/2.jpg", "b/1.jpg")
    folder = load_image_folder(root)
    assert relative(folder, root) == ["a/z.jpg", "a/sub/1.jpg", "a/sub/deep/2.jpg", "b/1.jpg"]
    assert folder.labels.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "name",
    [
        "a/.hidden.jpg",
        "a/._1.jpg",
        "a/.DS_Store",
        "a/Thumbs.db",
        "a/desktop.ini",
        "a/notes.txt",
        "a/notes.TXT",
        "a/boxes.json",
        ".git/1.jpg",
        "__MACOSX/a/1.jpg",
        "a/.ipynb_checkpoints/1.jpg",
        "labels.csv",
        "README",
    ],
)
def test_image_folder_leaves_out_what_is_no_image(make_folder, name):
    root = make_folder("a/1.jpg", "b/1.jpg", name)
    assert relative(load_image_folder(root), root) == ["a/1.jpg", "b/1.jpg"]


@pytest.mark.parametrize("name", ["a/2.JPEG", "a/2.heic", "a/2.ppm", "a/2", "a/2.0001", "a/bild ä.webp"])
def test_image_folder_lists_every_other_file(make_folder, name):
    root = make_folder("a/1.jpg", "b/1.jpg", name)
    assert name in relative(load_image_folder(root), root)


def test_image_folder_warns_of_images_without_a_class(make_folder):
    root = make_folder("a/1.jpg", "b/1.jpg", "stray.jpg")
    with pytest.warns(UserWarning, match=r"1 file\(s\) beside the folders .* 'stray\.jpg'"):
        assert len(load_image_folder(root).paths) == 2


def test_image_folder_does_not_follow_a_link_back_up(make_folder):
    root = make_folder("a/1.jpg", "b/1.jpg")
    (root / "a" / "loop").symlink_to(root / "a", target_is_directory=True)
    assert relative(load_image_folder(root), root) == ["a/1.jpg", "b/1.jpg"]


def test_image_folder_follows_a_link_elsewhere(make_folder, tmp_path_factory):
    root = make_folder("a/1.jpg", "b/1.jpg")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "2.jpg").touch()
    (root / "a" / "more").symlink_to(elsewhere, target_is_directory=True)
    assert relative(load_image_folder(root), root) == ["a/1.jpg", "a/more/2.jpg", "b/1.jpg"]


def test_list_images_needs_no_classes(make_folder):
    root = make_folder("b.jpg", "a.png", "notes.txt", ".hidden.jpg", "x/1.jpg", "x/y/2.jpg")
    listed = [os.path.relpath(path, root).replace(os.sep, "/") for path in list_images(root)]
    assert listed == ["a.png", "b.jpg", "x/1.jpg", "x/y/2.jpg"]


def test_list_images_of_nothing(make_folder):
    with pytest.raises(ValueError, match="There are no images in"):
        list_images(make_folder("notes.txt"))
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        list_images("nowhere")


def test_image_folder_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere"):
        load_image_folder(tmp_path / "nowhere")


def test_image_folder_that_is_a_file(make_folder):
    root = make_folder("a/1.jpg")
    with pytest.raises(NotADirectoryError, match=r"1\.jpg' is a file"):
        load_image_folder(root / "a" / "1.jpg")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], r"has no class folders, nothing"),
        (["1.jpg", "2.jpg"], r"has no class folders, only 2 file\(s\)"),
        (["only/1.jpg"], r"has one class folder, 'only', but telling classes apart takes at least two"),
        (["a/1.jpg", "b/notes.txt", "c/.hidden"], r"No images in the class folder\(s\) 'b', 'c' of"),
        (["train/a/1.jpg", "test/a/1.jpg"], r"'test', 'train' .* look like parts of a split"),
        (["Train/a/1.jpg", "Train/b/1.jpg"], r"'Train' .* look like parts of a split"),
        (["train/a/1.jpg", "test/a/1.jpg", "extra/1.jpg"], r"The folders 'test', 'train' of .* parts of a split"),
        (["TRAINING/a/1.jpg", "dev/a/1.jpg", "x/1.jpg", "y/1.jpg"], r"The folders 'TRAINING', 'dev' of"),
    ],
)
def test_image_folder_that_cannot_be_used(make_folder, names, message):
    root = make_folder(*names)
    with pytest.raises(ValueError, match=message) as raised:
        load_image_folder(root)
    assert re.search(r": \w+ ", str(raised.value)), "the message says what to do"


def test_image_folder_of_a_split_names_the_command_that_works(make_folder):
    root = make_folder("train/a/1.jpg", "train/b/1.jpg", "val/a/1.jpg", "val/b/1.jpg")
    train, val = os.path.join(root, "train"), os.path.join(root, "val")
    with pytest.raises(ValueError, match="look like parts of a split") as raised:
        load_image_folder(root)
    assert f"use load_image_folder({train!r}) and load_image_folder({val!r})" in str(raised.value)
    assert f"classicvis compare {train} --test {val};" in str(raised.value)


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_class_may_be_called_like_a_part_of_a_split(name, make_folder):
    root = make_folder("bus/1.jpg", f"{name}/1.jpg", "ship/1.jpg")
    assert load_image_folder(root).class_names.tolist() == sorted(["bus", name, "ship"])


def test_classes_without_images_are_kept_where_allowed(make_folder):
    root = make_folder("a/notes.txt", "b/1.jpg", "c/1.jpg", "d/.hidden")
    folder = load_image_folder(root, allow_empty=True)
    assert folder.class_names.tolist() == ["a", "b", "c", "d"]
    assert folder.labels.tolist() == [1, 2]
    with pytest.raises(ValueError, match="set allow_empty=True"):
        load_image_folder(root)


def test_a_folder_without_images_is_refused(make_folder):
    with pytest.raises(ValueError, match=r"No images in the class folder\(s\) 'a', 'b' of"):
        load_image_folder(make_folder("a/notes.txt", "b/notes.txt"), allow_empty=True)


def test_image_folder_names_a_few_of_many_empty_classes(make_folder):
    root = make_folder(*(f"class{i:02}/x.txt" for i in range(30)))
    with pytest.raises(ValueError, match=r"'class09' and 20 more of"):
        load_image_folder(root)


CLASS_NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@given(names=st.lists(CLASS_NAMES, min_size=2, max_size=8, unique_by=str.casefold))
def test_image_folder_classes_are_sorted_whatever_their_names(names, tmp_path_factory):
    root = tmp_path_factory.mktemp("names")
    for name in names:
        (root / f"c{name}").mkdir(exist_ok=True)
        (root / f"c{name}" / "1.jpg").touch()
    folder = load_image_folder(root)
    assert folder.class_names.tolist() == sorted(f"c{name}" for name in names)
    owners = [os.path.basename(os.path.dirname(path)) for path in folder.paths]
    assert owners == folder.class_names[folder.labels].tolist()
