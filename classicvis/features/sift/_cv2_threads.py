"""One thread for OpenCV while it works for us, and afterwards as many as the user had set."""

import contextlib
import threading

import cv2

_lock = threading.Lock()
_state = {"n_users": 0, "n_threads": None}


@contextlib.contextmanager
def one_opencv_thread():
    """Let OpenCV use one thread inside; of calls at the same time the last one to end restores the setting.

    Images are spread over threads by joblib. OpenCV's own threads would only get into their way.
    """
    with _lock:
        if _state["n_users"] == 0:
            _state["n_threads"] = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _state["n_users"] += 1
    try:
        yield
    finally:
        with _lock:
            _state["n_users"] -= 1
            if _state["n_users"] == 0:
                cv2.setNumThreads(_state["n_threads"])
