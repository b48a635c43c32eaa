"""What only some users have installed: importing it, with one sentence for those who have not, and its versions."""

import importlib.metadata
from importlib import import_module


def import_optional(module, *, extra, purpose):
    """Import an optional dependency, or say which extra brings it.

    Parameters
    ----------
    module : str
        Dotted name of the module, such as ``"torch"``.
    extra : str
        The extras of classicvis that install it, such as ``"cnn,onnx"``.
    purpose : str
        What it is needed for, as the start of a sentence: ``"Training a CNN"``.

    Returns
    -------
    module : types.ModuleType
        The imported module.

    Raises
    ------
    ImportError
        The module cannot be imported, or an uninstallation has left an empty folder of it; the message names the
        command that installs it.

    Examples
    --------
    >>> from classicvis._optional import import_optional
    >>> import_optional("no_such_module", extra="cnn,onnx", purpose="Training a CNN")
    Traceback (most recent call last):
    ...
    ImportError: Training a CNN needs 'no_such_module': run `pip install "classicvis[cnn,onnx]"`.
    """
    package, command = module.partition(".")[0], f'`pip install "classicvis[{_fitting(extra)}]"`'
    try:
        imported = import_module(module)
    except ImportError as error:
        raise ImportError(f"{purpose} needs {package!r}: run {command}.") from error
    if imported.__spec__ is not None and imported.__spec__.origin is None:  # a folder without code
        folder = next(iter(imported.__path__))
        raise ImportError(
            f"{purpose} needs {package!r}, of which only remains lie in {folder!r}: uninstall all that brings it, "
            f"remove that folder, and run {command}."
        )
    return imported


def _fitting(extra):
    """Return extras that keep onnxruntime-gpu where it is installed: both wheels would overwrite each other's files."""
    names = extra.split(",")
    has_gpu_wheel = version_of("onnxruntime-gpu") is not None
    return ",".join("onnx-gpu" if name == "onnx" and has_gpu_wheel else name for name in names)


def version_of(package):
    """Return the version of a package; None where it is not installed.

    Parameters
    ----------
    package : str
        Its name in the package index, such as ``"onnxruntime-gpu"``.

    Returns
    -------
    version : str or None
        The version.
    """
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
