"""How kernels are compiled: once per machine, cached on disk, with a word to the user when it takes a while."""

import gc
import hashlib
import logging
import pickle
import threading

from numba import njit
from numba.core import event
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache

PATIENCE = 2.0  # seconds of compiling after which the user is told

logger = logging.getLogger("classicvis")
_OPTIONS = {"nogil": True, "error_model": "numpy"}


def kernel(function):
    """Compile a function that Python calls, and keep the result on disk; without a usable disk, just compile."""
    dispatcher = njit(**_OPTIONS)(function)
    try:
        dispatcher._cache = _SafeFunctionCache(function)
    except (RuntimeError, OSError) as error:  # numba found no folder that it may write to
        logger.info("compiled kernels are not kept between sessions: %s", error)
        dispatcher._cache = NullCache()
    return dispatcher


def helper(function):
    """Compile a function that only kernels of the same file call: it is compiled into them."""
    return njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function)


def inlined_helper(function):
    """Like `helper`, for a few operations per call, where passing arrays would take longer than the work."""
    return njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function)


def summing_helper(function):
    """Like `inlined_helper`, for sums, whose order LLVM may change and whose products it may fuse, so as to vectorise.

    A sum of 80 squared differences takes a quarter of the time. The order is settled when they are compiled, so that
    results depend on nothing but the values; they change by rounding alone, which the tests bound against plain NumPy
    in float64.
    """
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return njit(fastmath={"reassoc", "contract"}, **options, **_OPTIONS)(function)


def comparing_helper(function):
    """Like `summing_helper`, for the largest of numbers too: vectors find it only where none may be NaN."""
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return njit(fastmath={"nnan", "nsz", "reassoc", "contract"}, **options, **_OPTIONS)(function)


def cache_folder(dispatcher):
    """Return the folder that keeps the compiled code of a kernel; None where none can be written to."""
    return getattr(dispatcher._cache, "cache_path", None)


class _CheckedCacheFile(IndexDataCacheFile):
    """Compiled code with its digest before it, since running damaged code would crash the process."""

    def _save_data(self, name, data):
        data = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.sha256(data).digest() + data)

    def _load_data(self, name):
        with open(self._data_path(name), "rb") as file:
            digest, data = file.read(32), file.read()
        if hashlib.sha256(data).digest() != digest:
            raise ValueError(f"{name} is damaged")
        return pickle.loads(data)

    def _load_index(self):
        try:
            return super()._load_index()
        except Exception as error:  # noqa: BLE001 (a damaged pickle raises anything; it is written anew)
            logger.info("ignoring a damaged cache of compiled kernels: %s", error)
            return {}


class _SafeFunctionCache(FunctionCache):
    """numba's cache, but whatever goes wrong with its files, the kernel is compiled instead."""

    def __init__(self, function):
        super().__init__(function)
        plain = self._cache_file
        self._cache_file = _CheckedCacheFile(
            cache_path=plain._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=plain._source_stamp,
        )

    def load_overload(self, sig, target_context):
        try:
            compiled = super().load_overload(sig, target_context)
            # Processes that compile at the same time may have written each other's files.
            return compiled if compiled is None or compiled.signature.args == tuple(sig) else None
        except Exception as error:  # noqa: BLE001 (any damage to a cache file means: compile)
            logger.info("ignoring a damaged cache of compiled kernels: %s", error)
            return None

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except Exception as error:  # noqa: BLE001 (a full or read-only disk must not break a call)
            logger.warning(
                "classicvis: compiled kernels could not be kept in %s (%s); the next session compiles them again",
                self.cache_path,
                error,
            )


class _Compilation(event.Listener):
    """What goes with compiling kernels.

    The user is told once a session, when it takes longer than `PATIENCE` seconds. The garbage collector rests: it would
    look through all that the compiler has made again and again, which takes a tenth of the time.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._depth = 0
        self._timer = None
        self._told = False
        self._has_collector = False

    def on_start(self, event):
        if _is_ours(event):
            with self._lock:
                self._depth += 1
                if self._depth == 1:
                    self._has_collector = gc.isenabled()
                    gc.disable()
                    self._timer = threading.Timer(PATIENCE, self._tell)
                    self._timer.daemon = True
                    if not self._told:
                        self._timer.start()

    def on_end(self, event):
        if self._depth and _is_ours(event):
            with self._lock:
                self._depth -= 1
                if self._depth == 0:
                    self._timer.cancel()
                    if self._has_collector:
                        gc.enable()

    def _tell(self):
        self._told = True
        logger.warning(
            "classicvis: compiling kernels for this machine; this takes some seconds, once (they are kept on disk)"
        )


def _is_ours(event):
    function = getattr(event.data.get("dispatcher"), "py_func", None)
    return (getattr(function, "__module__", None) or "").startswith("classicvis.")


event.register("numba:compile", _Compilation())
