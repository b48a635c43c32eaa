"""What the command prints, and its exit statuses."""

import os
import sys
from contextlib import contextmanager

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130  # 130 is what shells give after Ctrl-C


@contextmanager
def escape_what_cannot_be_encoded():
    """Print escapes for characters that the encoding of the terminal does not have, in this block."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if hasattr(stream, "reconfigure")]
    errors = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, before in zip(streams, errors, strict=True):
            stream.reconfigure(errors=before)


def print_result(text):
    """Print a result, and say whether that was possible; a pipe that its reader has closed counts as possible."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        print_error(f"The result cannot be printed: {error}.")
        return False
    return True


def print_error(message):
    """Print an error."""
    print(f"classicvis: error: {message}", file=sys.stderr)


def print_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning; for `warnings.showwarning`."""
    print(f"classicvis: warning: {message}", file=sys.stderr)


def _discard_output():
    """Discard what is printed from here on, and what is still to be flushed at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
