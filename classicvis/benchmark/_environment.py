"""What a comparison ran on: versions, processor, memory."""

import os
import platform
import sys

from classicvis._optional import version_of

PACKAGES = (
    "classicvis",
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "opencv-python-headless",
    "opencv-python",
    "torch",
    "onnxruntime",
    "onnxruntime-gpu",
)
THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def describe_environment():
    """Return what a reader needs to know of the machine and the software.

    Returns
    -------
    environment : dict of str to str
        Python, the installed packages that matter, system, processor, number of cores that may be used,
        memory, and the environment variables that limit threads, where they are set.
    """
    versions = {package: version_of(package) for package in PACKAGES}
    environment = {"Python": platform.python_version()}
    environment |= {package: version for package, version in versions.items() if version is not None}
    environment["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    environment["processor"] = _processor_name()
    environment["cores"] = str(count_cores())
    memory = _memory_bytes()
    if memory is not None:
        environment["memory"] = f"{memory / 1e9:.0f} GB"
    environment |= {name: os.environ[name] for name in THREAD_SETTINGS if name in os.environ}
    return environment


def count_cores():
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor_name():
    if sys.platform == "linux":
        with open("/proc/cpuinfo", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_bytes():
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None
