"""``classicvis doctor``: versions, what networks run on, threads, caches, and what is wrong."""

import importlib.metadata
import os
import re
import shutil
from typing import NamedTuple

import joblib

from classicvis._optional import version_of
from classicvis.benchmark import describe_environment
from classicvis.cli._output import DONE, FAILED, print_result
from classicvis.datasets import find_data_home
from classicvis.kernels import cache_folder
from classicvis.kernels.images import weigh_channels
from classicvis.neural import CUDA, WHEELS, count_gpus_of_torch, count_threads, find_providers

REINSTALL = 'install what it needs, for CUDA a driver, and the rest as in `pip install "onnxruntime-gpu[cuda,cudnn]"`.'
PURPOSES = {
    "cnn": "training networks",
    "onnx": "running networks",
    "compare": "the report of `classicvis compare`",
    "plot": "displays",
    "datasets": "downloads",
}
WHEELS_OF_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def add_parser(commands):
    """Add the subcommand to a parser's."""
    command = commands.add_parser(
        "doctor",
        help="show what is installed, what networks run on, and what is wrong",
        description="Print versions, the providers that onnxruntime can really use, threads, caches, and what is "
        "wrong with the installation; the exit status is 1 if something is.",
    )
    command.set_defaults(run=_run)


def _run(options):
    diagnosis = diagnose()
    return DONE if print_result(diagnosis) and not diagnosis.wrong else FAILED


class Diagnosis(NamedTuple):
    """What was found.

    Attributes
    ----------
    sections : dict of str to dict of str to str
        Facts by name, by section.
    wrong : list of str
        A sentence for each thing that is wrong, with what to do.
    """

    sections: dict
    wrong: list

    def __str__(self):
        lines = []
        for title, facts in self.sections.items():
            width = max(map(len, facts), default=0)
            lines += [title, *(f"  {name:{width}}  {fact}" for name, fact in facts.items()), ""]
        lines += ["what is wrong", *(f"  - {sentence}" for sentence in self.wrong or ["Nothing was found."])]
        return "\n".join(lines)


def diagnose():
    """Look at the installation and the machine.

    Returns
    -------
    diagnosis : Diagnosis
        What was found.
    """
    wrong = [*_clashing_wheels(), *_missing_extras()]
    sections = {
        "versions": describe_environment(),
        "networks": _examine_networks(wrong),
        "threads": _examine_threads(),
        "caches": _examine_caches(wrong),
    }
    return Diagnosis(sections, wrong)


def _clashing_wheels():
    """Name wheels that overwrite each other's files."""
    wrong = []
    for wheels, advice in (
        (WHEELS, "the one that you want"),
        (WHEELS_OF_OPENCV, "opencv-python-headless, or the one that you want"),
    ):
        installed = [f"{name} {version_of(name)}" for name in wheels if version_of(name) is not None]
        if len(installed) > 1:
            wrong.append(
                f"{' and '.join(installed)} are installed and overwrite each other's files: uninstall all of them, "
                f"then install {advice}."
            )
    return wrong


def _missing_extras():
    """Name each extra of which a package is not installed; one of onnx and onnx-gpu is enough."""
    wrong = []
    has_onnxruntime = any(version_of(name) is not None for name in WHEELS)
    for extra, purpose in PURPOSES.items():
        missing = [name for name in _packages_of(extra) if version_of(name) is None]
        if missing and not (extra == "onnx" and has_onnxruntime):
            choice = ', or, with an NVIDIA GPU, `pip install "classicvis[onnx-gpu]"`' if extra == "onnx" else ""
            command = f'`pip install "classicvis[{extra}]"`'
            wrong.append(f"{' and '.join(missing)} missing, for {purpose}: run {command}{choice}.")
    return wrong


def _packages_of(extra):
    required = importlib.metadata.requires("classicvis") or []
    matches = (re.fullmatch(r"([\w.-]+).*; *extra == ['\"]([\w-]+)['\"]", line) for line in required)
    return [match[1] for match in matches if match and match[2] == extra]


def _examine_networks(wrong):
    """Return what networks are run and trained on; what is wrong is added to a list."""
    has_gpu = shutil.which("nvidia-smi") is not None
    facts = {"NVIDIA GPU": "there is one" if has_gpu else "none (there is no nvidia-smi)"}
    idle = []
    try:
        providers = find_providers()
    except ImportError as error:
        is_installed = any(version_of(name) is not None for name in WHEELS)
        facts["onnxruntime"] = "cannot be imported" if is_installed else "not installed"
        if is_installed:
            reason = error.__cause__ or "only remains of it are there"
            wrong.append(
                f"onnxruntime is installed, but cannot be imported ({reason}): uninstall onnxruntime and "
                "onnxruntime-gpu, then install one of them anew."
            )
    else:
        facts["onnxruntime"] = ", ".join(name for name, problem in providers.items() if problem is None) or "nothing"
        wrong += [
            f"onnxruntime lists {name}, but it {p}: {REINSTALL}" for name, p in providers.items() if p is not None
        ]
        if CUDA not in providers:
            idle.append("onnxruntime (install onnxruntime-gpu with CUDA and cuDNN in place of onnxruntime)")
        elif providers[CUDA] is not None:
            idle.append("onnxruntime")
    try:
        n_gpus = count_gpus_of_torch()
    except ImportError as error:
        facts["torch"] = "not installed" if version_of("torch") is None else "cannot be imported"
        if version_of("torch") is not None:
            wrong.append(f"torch is installed, but cannot be imported ({error.__cause__}): install it anew.")
    else:
        facts["torch"] = f"CUDA, {n_gpus} GPU" if n_gpus else "CPU"
        if n_gpus == 0:
            idle.append("torch (install a build for CUDA)")
    if has_gpu and idle:
        wrong.append(f"There is an NVIDIA GPU, which lies idle for {' and for '.join(idle)}.")
    return facts


def _examine_threads():
    limit = os.environ.get("OMP_NUM_THREADS")
    return {
        "cores": f"{joblib.cpu_count()} logical, {joblib.cpu_count(only_physical_cores=True)} physical may be used",
        "networks": f"{count_threads(None)} threads, where n_threads is None",
        "OMP_NUM_THREADS": "not set" if limit is None else limit,
    }


def _examine_caches(wrong):
    """Return where things are kept; what is wrong is added to a list."""
    folders = {"compiled kernels": cache_folder(weigh_channels)}
    if version_of("pooch") is not None:
        folders["data sets, networks"] = os.fspath(find_data_home())
    facts = {}
    for name, folder in folders.items():
        if folder is None:
            facts[name] = "none: numba found no folder that it may write to"
            wrong.append(
                "Compiled kernels are not kept, so that every session compiles them anew: set NUMBA_CACHE_DIR to a "
                "folder that can be written to."
            )
        elif _is_writable(folder):
            facts[name] = folder
        else:
            facts[name] = f"{folder} (cannot be written to)"
            variable = "NUMBA_CACHE_DIR" if name == "compiled kernels" else "CLASSICVIS_DATA"
            wrong.append(f"The folder for {name}, {folder!r}, cannot be written to: set {variable} to one that can.")
    return facts


def _is_writable(folder):
    """Say whether a folder, or the deepest of its parents that exists, may be written to."""
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK)
