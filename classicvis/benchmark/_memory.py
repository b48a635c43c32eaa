"""How much memory this process has held at most: what every system keeps count of by itself."""

import gc
import sys

CLEAR_PEAK = "5"  # what resets VmHWM when written to /proc/self/clear_refs, see proc_pid_clear_refs(5)


class PeakMemory:
    """The rise of the peak of resident memory from here on.

    On Linux the peak is set back first, so that what happened before does not hide what comes. Where that is
    not allowed, and on macOS and Windows, the rise is over the highest peak so far. Worker processes do not
    count.

    Parameters
    ----------
    reset : bool, default=True
        Whether to set the peak back, where that is allowed.

    Examples
    --------
    >>> from classicvis.benchmark._memory import PeakMemory
    >>> memory = PeakMemory()
    >>> block = bytearray(200_000_000)
    >>> memory.rise() > 100_000_000  # the system may take back pages meanwhile
    True
    """

    def __init__(self, reset=True):
        gc.collect()
        self._start = _resident_bytes() if reset and _reset_peak() else _peak_bytes()

    def rise(self):
        """Return how far the peak has risen, in bytes."""
        return max(0, _peak_bytes() - self._start)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _ProcessMemoryCounters(ctypes.Structure):
        _fields_ = [
            ("size", wintypes.DWORD),
            ("page_faults", wintypes.DWORD),
            ("peak_working_set", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 7),
        ]

    def _reset_peak():
        return False

    def _resident_bytes():
        return _peak_bytes()

    def _peak_bytes():
        counters = _ProcessMemoryCounters(size=ctypes.sizeof(_ProcessMemoryCounters))
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.GetCurrentProcess.restype = wintypes.HANDLE
        query = kernel32.K32GetProcessMemoryInfo
        query.argtypes = [wintypes.HANDLE, ctypes.POINTER(_ProcessMemoryCounters), wintypes.DWORD]
        if not query(kernel32.GetCurrentProcess(), ctypes.byref(counters), counters.size):
            raise ctypes.WinError(ctypes.get_last_error())
        return counters.peak_working_set

else:
    import resource

    MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, the other Unixes KiB

    def _reset_peak():
        try:
            with open("/proc/self/clear_refs", "w") as file:
                file.write(CLEAR_PEAK)
        except OSError:  # only Linux has this file, and some sandboxes forbid writing it
            return False
        return _status_bytes("VmHWM") is not None and _status_bytes("VmRSS") is not None

    def _peak_bytes():
        peak = _status_bytes("VmHWM")
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT if peak is None else peak

    def _resident_bytes():
        return _status_bytes("VmRSS")

    def _status_bytes(field):
        """Return a field of /proc/self/status in bytes, None where there is no such file or field."""
        try:
            with open("/proc/self/status") as file:
                lines = dict(line.split(":", 1) for line in file if ":" in line)
        except OSError:
            return None
        return int(lines[field].split()[0]) * 1024 if field in lines else None
