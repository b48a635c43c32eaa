"""Presets: how much to spend on a network, and on which one."""

from typing import NamedTuple

from classicvis.neural.architectures._views import Views


class Preset(NamedTuple):
    """What a preset takes where the user leaves it open."""

    architecture: str
    effort: float  # epochs, as a multiple of the architecture's own
    has_views: bool = False
    augments_strongly: bool = False
    widths: tuple[int, ...] | None = None
    options: tuple[tuple[str, int], ...] = ()  # of the architecture


PRESETS = {
    "fast": Preset("small", effort=0.3),
    "balanced": Preset("small", effort=1.0),
}
BEST = {
    "cpu": Preset("airbench", effort=1.0, has_views=True, widths=(32, 128, 128)),
    "cuda": Preset(
        "airbench",
        effort=45 / 8,
        has_views=True,
        augments_strongly=True,
        widths=(128, 384, 512),
        options=(("depth", 3),),
    ),
}


def choose_preset(name, architecture, device):
    """Return a preset, made to serve an architecture.

    Parameters
    ----------
    name : {"fast", "balanced", "best"}
        How much to spend. The best network depends on where it is trained: on the CPU it is one that a CPU
        trains in reasonable time.
    architecture : str, callable or None
        What the user wants. None: what the preset takes.
    device : {"cpu", "cuda"}
        Where the network is trained.

    Returns
    -------
    preset : Preset
        What to take.
    """
    preset = BEST[device] if name == "best" else PRESETS[name]
    if architecture is None or architecture == preset.architecture:
        return preset
    return preset._replace(architecture=architecture, widths=None, options=())


def choose_views(preset, multi_view, horizontal_flip):
    """Return what a prediction looks at.

    Parameters
    ----------
    preset : Preset
        Decides where `multi_view` is None.
    multi_view : bool or None
        What the user wants.
    horizontal_flip : bool
        Whether mirrored images are seen in training; only then are they looked at.

    Returns
    -------
    views : Views
        One view, or several.
    """
    has_views = preset.has_views if multi_view is None else bool(multi_view)
    return Views(is_shifted=True, is_mirrored=bool(horizontal_flip)) if has_views else Views()


def describe(plan, preset):
    """Return what a recipe tells of the network: its architecture, filters and number of views."""
    name = preset.architecture
    if callable(name):
        function = getattr(name, "func", name)  # of functools.partial
        name = getattr(function, "__qualname__", type(function).__name__)
    return {"architecture": name, "widths": plan.widths, "n_views": len(plan.views.listed()), **dict(preset.options)}
