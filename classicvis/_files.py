"""Writing files that appear whole or not at all."""

import contextlib
import os
from uuid import uuid4


def write_whole(path, content):
    """Write a file so that its path leads to all of the content, or to what was there before.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in a folder that exists.
    content : str or bytes
        What to write; text is written as UTF-8.
    """
    content = content.encode("utf-8") if isinstance(content, str) else content
    path = os.path.abspath(os.fspath(path))
    beside = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}-{uuid4().hex}")
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
