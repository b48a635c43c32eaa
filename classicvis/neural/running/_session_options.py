"""The options of onnxruntime that users can set, and their defaults."""

from numbers import Integral

ALLOWED = {
    "cudnn_conv_algo_search": ("HEURISTIC", "EXHAUSTIVE", "DEFAULT"),
    "arena_extend_strategy": ("kSameAsRequested", "kNextPowerOfTwo"),
    "gpu_mem_limit": "bytes",
    "use_tf32": "bool",
    "cpu_mem_arena": "bool",
    "spinning": "bool",
    "fixed_batch": "bool",
}
# An exhaustive search is repeated for every new shape of a batch, and doubling what is held wastes half of a GPU.
DEFAULTS = {
    "cudnn_conv_algo_search": "HEURISTIC",
    "arena_extend_strategy": "kSameAsRequested",
    "gpu_mem_limit": None,
    "use_tf32": True,
    "cpu_mem_arena": True,
    "spinning": False,
    "fixed_batch": False,
}


def complete_options(options):
    """Return all options, those given checked.

    Parameters
    ----------
    options : dict or None
        ``"cudnn_conv_algo_search"``: ``"HEURISTIC"``, ``"EXHAUSTIVE"`` or ``"DEFAULT"``; how cuDNN picks an
        algorithm. ``"arena_extend_strategy"``: ``"kSameAsRequested"`` or ``"kNextPowerOfTwo"``; how the memory
        that is held on the GPU grows. ``"gpu_mem_limit"``: its limit in bytes, None for none. ``"use_tf32"``:
        whether the GPU may round factors to 10 bits. ``"cpu_mem_arena"``: whether memory is held between runs on
        the CPU. ``"spinning"``: whether threads spin while they wait, which answers sooner and keeps
        cores busy. ``"fixed_batch"``: whether the last batch is filled up, so that every run has the same shape.

    Returns
    -------
    options : dict
        With `DEFAULTS` for what was not given.

    Raises
    ------
    ValueError
        There is no such option, or its value is not allowed.

    Examples
    --------
    >>> from classicvis.neural.running._session_options import complete_options
    >>> complete_options({"gpu_mem_limit": 2**31})["arena_extend_strategy"]
    'kSameAsRequested'
    """
    given = {} if options is None else dict(options)
    for name, value in given.items():
        if name not in ALLOWED:
            raise ValueError(f"session_options has {name!r}, but may have only {', '.join(map(repr, ALLOWED))}.")
        _check_value(name, value, ALLOWED[name])
    return DEFAULTS | given


def provider_options(options):
    """Return those of the completed options that are for onnxruntime's CUDA provider."""
    names = ("cudnn_conv_algo_search", "arena_extend_strategy", "gpu_mem_limit", "use_tf32")
    given = {name: options[name] for name in names if options[name] is not None}
    return given | {"use_tf32": int(options["use_tf32"])}


def _check_value(name, value, allowed):
    if allowed == "bool":
        if not isinstance(value, bool):
            raise ValueError(f"session_options[{name!r}] is {value!r}, but must be True or False.")
    elif allowed == "bytes":
        is_size = isinstance(value, Integral) and not isinstance(value, bool) and value > 0
        if value is not None and not is_size:
            raise ValueError(f"session_options[{name!r}] is {value!r}, but must be a number of bytes above 0, or None.")
    elif value not in allowed:
        raise ValueError(f"session_options[{name!r}] is {value!r}, but must be one of {', '.join(map(repr, allowed))}.")
