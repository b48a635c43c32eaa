"""The architectures by name, and networks laid out from them; torch is imported when one is asked for."""

from importlib import import_module
from numbers import Integral

from classicvis._optional import import_optional
from classicvis.neural.architectures._views import Views

ARCHITECTURES = ("airbench", "resnet20", "small")
LARGEST_BATCH_ON_CPU = 256
_PLACES = {
    "airbench": ("_airbench", "plan_airbench"),
    "resnet20": ("_resnet", "plan_resnet20"),
    "small": ("_small", "plan_small"),
}


def training_defaults(architecture, device, *, is_trained=False):
    """Return how an architecture is trained where the user says nothing.

    Parameters
    ----------
    architecture : str or callable
        One of ours by its name, or what makes a user's module.
    device : {"cpu", "cuda"}
        Where it is trained.
    is_trained : bool, default=False
        Whether it has been trained before, on other images.

    Returns
    -------
    defaults : TrainingDefaults
        On the CPU, batches are no larger than what makes full use of it.
    """
    place = "_module" if callable(architecture) else _PLACES[architecture][0]
    module = import_module(f"{__package__}.{place}")
    defaults = module.FINE_TUNING if is_trained else module.TRAINING
    if device == "cuda":
        return defaults
    return defaults._replace(largest_batch=min(defaults.largest_batch, LARGEST_BATCH_ON_CPU))


def plan_network(architecture, image_shape, n_classes, *, widths=None, views=Views(), options=()):  # noqa: B008, a tuple
    """Lay out a network of ours.

    Parameters
    ----------
    architecture : {"airbench", "resnet20", "small"}
        Which.
    image_shape : tuple of (rows, columns, channels)
        Shape of an image.
    n_classes : int
        Number of outputs.
    widths : tuple of int, default=None
        Filters of the parts of the network. None: its own.
    views : Views, default=Views()
        What a prediction looks at.
    options : tuple of (str, int), default=()
        Names and values of what the architecture has besides.

    Returns
    -------
    plan : SmallPlan, AirbenchPlan or ResNetPlan
        The network.

    Raises
    ------
    ValueError
        `widths` is not as described.
    """
    module, function = _PLACES[architecture]
    widths = None if widths is None else _checked_widths(widths)
    plan = getattr(import_module(f"{__package__}.{module}"), function)
    return plan(image_shape, n_classes, widths, views, **dict(options))


def plan_module(factory, image_shape, n_classes, *, parameters, frozen, views):
    """Lay out a user's own module.

    Parameters
    ----------
    factory : callable
        Makes it, from `image_shape`, `n_classes` and the parameters.
    image_shape, n_classes, views
        As in `plan_network`.
    parameters : dict or None
        More arguments of the factory.
    frozen : sequence of str or None
        Names of the parts that are not trained.

    Returns
    -------
    plan : ModulePlan
        The network.

    Raises
    ------
    ImportError
        onnxscript is missing, which torch's exporter needs.
    TypeError
        A module is given instead of what makes it.
    """
    from classicvis.neural.architectures._module import ModulePlan

    import_optional("onnxscript", extra="cnn", purpose="Exporting a module of your own")
    if hasattr(factory, "state_dict") and not isinstance(factory, type):
        raise TypeError(
            f"architecture is a {type(factory).__name__} that is made already, but every fit needs a new one: give a "
            "callable that makes it from (image_shape, n_classes)."
        )
    return ModulePlan(tuple(image_shape), n_classes, factory, dict(parameters or {}), tuple(frozen or ()), views)


def _checked_widths(widths):
    widths = tuple(widths)
    if len(widths) < 2 or not all(isinstance(width, Integral) and width > 0 for width in widths):
        raise ValueError(
            f"widths is {widths!r}, but must hold at least two whole numbers above 0: the filters of the first "
            "convolution and of each stage, or of each group or stage of architectures with a first layer of "
            "their own."
        )
    return tuple(int(width) for width in widths)
