"""Which precision a device computes in at full speed."""

import torch


def choose_precision(precision, device):
    """Return the precision of convolutions and matrix products in training.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        "auto" takes bfloat16 where the device multiplies in it.
    device : {"cpu", "cuda"}
        Where the network is trained.

    Returns
    -------
    precision : {"float32", "bfloat16"}
        Weights, their changes, normalisation and losses are float32 in both.
    """
    if precision != "auto":
        return precision
    is_fast = torch.cuda.is_bf16_supported(including_emulation=False) if device == "cuda" else _cpu_has_bfloat16()
    return "bfloat16" if is_fast else "float32"


def _cpu_has_bfloat16():
    tell = getattr(torch.cpu, "get_capabilities", dict)  # older versions cannot tell
    capabilities = tell()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
