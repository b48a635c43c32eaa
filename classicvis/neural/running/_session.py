"""Running an ONNX model: one onnxruntime session a process, made when it is first needed."""

import contextlib
import ctypes
import io
import math
import os
import shutil
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from classicvis._optional import import_optional, version_of
from classicvis.neural.running._model_files import describe_model, name_model_in_errors
from classicvis.neural.running._session_options import complete_options, provider_options
from classicvis.neural.running._threads import count_threads

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
WHEELS = ("onnxruntime", "onnxruntime-gpu")
VALUES_PER_BATCH = 2**21  # pixel values that go through the network at once
LARGEST_BATCH = 256
IMAGES_PER_THREAD = 32  # on the CPU: with more, what passes between layers leaves the caches

_making = threading.Lock()
_warned = set()  # messages that this process has shown
_of_parents = []  # sessions of a parent process: freeing one would wait for threads that a fork leaves behind


def _forget_parent():
    global _making
    _making = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)


class OpenNetwork(NamedTuple):
    """A session and its inputs for some images: what `open_network` of a classifier returns."""

    session: Any  # onnxruntime.InferenceSession
    feeds: Iterator  # of (the input of one run by its name, the number of images in it, padding not counted)
    order: Any  # an index that brings the network's outputs into the order of `classes_`


class LazySession:
    """An onnxruntime session that is made on first use, and again in a new process or with new settings.

    It may be shared by threads, survives a fork, and pickles as nothing.
    """

    name = None  # how messages name the model; pickles of earlier versions have none

    def __init__(self, name=None):
        self.name = name
        self._key = None
        self._session = None

    def __getstate__(self):
        return {"name": self.name, "_key": None, "_session": None}

    def get(self, model, *, device, n_threads, options=None):
        """Return the session.

        Parameters
        ----------
        model : bytes
            An ONNX model, always the same one.
        device : {"auto", "cpu", "cuda"}
            Where to run it.
        n_threads : int or None
            Threads of one run; None: see `count_threads`.
        options : dict, default=None
            As `complete_options` takes them.

        Returns
        -------
        session : onnxruntime.InferenceSession
            Ready to run.
        """
        key = (os.getpid(), device, count_threads(n_threads), tuple(sorted((options or {}).items())))
        with _making:
            if self._key != key:
                if self._key is not None and self._key[0] != os.getpid():
                    _of_parents.append(self._session)
                self._session = make_session(model, device=device, n_threads=key[2], options=options, name=self.name)
                self._key = key
            return self._session


def make_session(model, *, device, n_threads, options=None, name=None):
    """Make an onnxruntime session.

    Parameters
    ----------
    model : bytes
        An ONNX model.
    device : {"auto", "cpu", "cuda"}
        "cuda" requires CUDA; "auto" uses it if it is available.
    n_threads : int
        Threads of one run.
    options : dict, default=None
        As `complete_options` takes them.
    name : str, default=None
        How messages name the model; None names its number of bytes.

    Returns
    -------
    session : onnxruntime.InferenceSession
        Ready to run.

    Raises
    ------
    ImportError
        onnxruntime is missing.
    RuntimeError
        CUDA was asked for and the session does not have it.
    ValueError
        An option is not as described.
    ModelFileError
        onnxruntime cannot run the model.
    """
    ort = import_optional("onnxruntime", extra="onnx", purpose="Running a network")
    options = complete_options(options)
    _warn_of_both_wheels()
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = n_threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4  # what matters of its log is raised or warned of below
    settings.enable_cpu_mem_arena = options["cpu_mem_arena"]
    # Threads that spin while they wait take the cores from everything else in the process.
    settings.add_session_config_entry("session.intra_op.allow_spinning", str(int(options["spinning"])))
    providers = [CPU]
    if device != "cpu" and can_use_cuda(ort):
        preload_cuda(ort)
        providers = [(CUDA, provider_options(options)), CPU]
    advice = f"give a valid ONNX model that onnxruntime {ort.__version__} supports, with all of its weights"
    with name_model_in_errors(name or describe_model(model), advice):
        session = ort.InferenceSession(model, settings, providers=providers)
    if device != "cpu" and CUDA not in session.get_providers():
        _report_missing_cuda(device, CUDA in ort.get_available_providers())
    return session


def can_use_cuda(ort):
    """Return whether to ask onnxruntime for CUDA; if it is not available, onnxruntime prints many lines."""
    return CUDA in ort.get_available_providers() and has_nvidia_driver()


def has_nvidia_driver():
    """Return whether the library of NVIDIA's driver can be loaded."""
    if not sys.platform.startswith("linux"):
        return True  # it is only known on Linux
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def preload_cuda(ort):
    """Let onnxruntime find CUDA and cuDNN in the packages of NVIDIA, without printing what it does not find."""
    if hasattr(ort, "preload_dlls"):
        with contextlib.redirect_stdout(io.StringIO()):
            ort.preload_dlls()


def count_at_once(n_values):
    """Return how many images of `n_values` values go through a network at once on a GPU."""
    return min(max(VALUES_PER_BATCH // max(n_values, 1), 1), LARGEST_BATCH)


def count_images_at_once(session, n_values):
    """Return the default number of images of `n_values` values that go through a session at once."""
    n_images = count_at_once(n_values)
    if session.get_providers()[0] != CPU:
        return n_images
    return min(n_images, IMAGES_PER_THREAD * session.get_session_options().intra_op_num_threads)


def run_in_batches(session, images, *, is_fixed=False):
    """Run a session over images and return the logits.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Of a model that `write_onnx` wrote.
    images : ndarray of shape (n, h, w, c)
        Images of any dtype; brought to that of the model batch by batch.
    is_fixed : bool, default=False
        Fill up the last batch, so that all have the same size.

    Returns
    -------
    logits : ndarray of shape (n, n_classes), dtype float32
        One row an image. An image gives the same bits in any batch.

    Raises
    ------
    ValueError
        Pixel values are so far from those of training that the network overflows.
    """
    feeds = iterate_feeds(session, images, is_fixed=is_fixed)
    logits = np.concatenate([session.run(["logits"], feed)[0][:n_images] for feed, n_images in feeds])
    require_finite(logits)
    return logits


def iterate_feeds(session, images, *, is_fixed=False):
    """Yield the input of a session and the number of images in it, batch by batch.

    The arguments are those of `run_in_batches`. With `is_fixed`, the last input has more rows than images.
    """
    dtype = {"tensor(float)": np.float32, "tensor(double)": np.float64}[session.get_inputs()[0].type]
    step = count_images_at_once(session, math.prod(images.shape[1:]))
    for start in range(0, len(images), step):
        with np.errstate(over="ignore"):  # `require_finite` finds it
            batch = np.ascontiguousarray(images[start : start + step], dtype=dtype)
        yield {"images": fill_up(batch, step) if is_fixed else batch}, len(batch)


def fill_up(batch, size):
    """Return a batch of a certain size, by repeating its last image."""
    n_missing = size - len(batch)
    return batch if n_missing == 0 else np.concatenate([batch, np.repeat(batch[-1:], n_missing, axis=0)])


def require_finite(rows, first=0, name="The network"):
    """Raise a ValueError that names the first image whose row is not finite; the first row is image `first`."""
    is_finite = np.isfinite(rows).all(axis=1)
    if not is_finite.all():
        raise ValueError(
            f"{name} overflows on sample {first + int(np.argmin(is_finite))} of X: give pixel values in the "
            "range of those in training."
        )


def _report_missing_cuda(device, has_cuda):
    """Raise an error if CUDA was asked for and is missing, and warn if a GPU is not used."""
    if not has_nvidia_driver():
        reason = "there is no NVIDIA driver (libcuda.so.1): install it, or set device='auto' or 'cpu'"
    elif has_cuda:
        reason = (
            "its CUDA provider cannot be loaded: install CUDA and cuDNN as in "
            '`pip install "onnxruntime-gpu[cuda,cudnn]"`'
        )
    elif len(_installed_wheels()) == len(WHEELS):
        reason = (
            "two wheels of it overwrite each other's files: `pip uninstall onnxruntime onnxruntime-gpu`, then "
            '`pip install "classicvis[onnx-gpu]"`'
        )
    else:
        reason = (
            'the wheel installed is for the CPU: `pip uninstall onnxruntime`, then `pip install "classicvis[onnx-gpu]"`'
        )
    if device == "cuda":
        raise RuntimeError(f"device='cuda' was asked for, but onnxruntime runs on the CPU, since {reason}.")
    if shutil.which("nvidia-smi") is not None:
        _warn_once(f"There is an NVIDIA GPU, but onnxruntime runs on the CPU, since {reason}; or set device='cpu'.")


def _installed_wheels():
    return [f"{name} {version_of(name)}" for name in WHEELS if version_of(name) is not None]


def _warn_of_both_wheels():
    installed = _installed_wheels()
    if len(installed) == len(WHEELS):
        _warn_once(
            f"Both {' and '.join(installed)} are installed and overwrite each other's files: uninstall both, "
            "then install the one that you want."
        )


def _warn_once(message):
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, RuntimeWarning, stacklevel=2)
