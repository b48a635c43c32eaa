"""Writing files that appear whole or not at all."""

import contextlib
import os
import re
from uuid import uuid4


def write_whole(path, content):
    r"""Write a file so that its path leads to all of the content, or to what was there before.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in a folder that exists.
    content : str or bytes
        What to write; text is written as UTF-8, with an escape such as ``\udce9`` for each byte of a file name that
        is not UTF-8.
    """
    content = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    path = os.path.abspath(os.fspath(path))
    beside = name_beside(path)
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def name_beside(path):
    """Return a new name beside a file, under which it is written before it gets its own."""
    path = os.path.abspath(os.fspath(path))
    return os.path.join(os.path.dirname(path), f"{_prefix_beside(path)}{uuid4().hex}")


def remove_whole(path):
    """Remove a file, if it is there, and what killed processes have left beside it.

    Parameters
    ----------
    path : str or os.PathLike
        A file that no other process writes at the time.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    remove_leftovers(path)


def remove_leftovers(path):
    """Remove what processes that were killed while they wrote a file have left beside it.

    Parameters
    ----------
    path : str or os.PathLike
        A file that no other process writes at the time.
    """
    path = os.path.abspath(os.fspath(path))
    folder, prefix = os.path.dirname(path), _prefix_beside(path)
    left = [name for name in os.listdir(folder) if re.fullmatch(re.escape(prefix) + "[0-9a-f]{32}", name)]
    for name in left:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, name))


def _prefix_beside(path):
    return f".{os.path.basename(path)}-"
