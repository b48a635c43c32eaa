"""Which of its providers onnxruntime can really run a network on, and whether torch finds a GPU."""

from classicvis._optional import import_optional
from classicvis.neural.running._session import CUDA, can_use_cuda, has_nvidia_driver, preload_cuda

# A network that gives back its only number, in ONNX: made by hand, since onnx need not be installed.
TINY_MODEL = bytes.fromhex(
    "08083a3a0a100a017812017922084964656e74697479120474696e795a0f0a0178120a0a08080112040a020801"
    "620f0a0179120a0a08080112040a02080142040a001011"
)
UNUSED = ("AzureExecutionProvider", "TensorrtExecutionProvider", "NvTensorRTRTXExecutionProvider")


def find_providers():
    """Find out what onnxruntime can run on, by running something on each.

    Returns
    -------
    providers : dict of str to str or None
        Of each provider that it lists and that classicvis uses, None, or what is wrong with it.

    Raises
    ------
    ImportError
        onnxruntime is missing, or broken.
    """
    ort = import_optional("onnxruntime", extra="onnx", purpose="Running networks")
    if can_use_cuda(ort):
        preload_cuda(ort)
    return {name: _what_is_wrong_with(name, ort) for name in ort.get_available_providers() if name not in UNUSED}


def count_gpus_of_torch():
    """Return how many GPUs torch can use; an ImportError where torch is missing."""
    return import_optional("torch", extra="cnn", purpose="Training networks").cuda.device_count()


def _what_is_wrong_with(provider, ort):
    if provider == CUDA and not has_nvidia_driver():
        return "cannot be loaded, since there is no NVIDIA driver (libcuda.so.1)"
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    try:
        session = ort.InferenceSession(TINY_MODEL, settings, providers=[provider])
        session.run(None, {"x": [1.0]})
    except Exception as error:  # noqa: BLE001 (every provider has exceptions of its own)
        return "fails (" + str(error).partition("\n")[0] + ")"
    return None if session.get_providers()[0] == provider else "cannot be loaded"
