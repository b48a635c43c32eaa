"""Settings of torch during training, beside those of `isolated_torch`."""

import os
from contextlib import ExitStack, contextmanager

import torch

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"


@contextmanager
def training_settings(plan, recipe, device, seed):
    """Set up what a network and a device need within a `with` statement, and put it back afterwards.

    Parameters
    ----------
    plan : SmallPlan, AirbenchPlan, ResNetPlan or ModulePlan
        A user's module may draw from torch's global generators, which are then seeded.
    recipe : Recipe
        Tells whether CUDA shall be deterministic.
    device : {"cpu", "cuda"}
        Where the network is trained.
    seed : int
        Seed of the global generators.

    Yields
    ------
    None
    """
    with ExitStack() as stack:
        if device == "cuda":
            stack.enter_context(cuda_settings(recipe.deterministic))
        if plan.draws_globally:
            stack.enter_context(seeded_torch(seed))
        yield


@contextmanager
def cuda_settings(deterministic):
    """Choose CUDA's algorithms within a `with` statement, and put all settings back afterwards.

    Parameters
    ----------
    deterministic : bool
        Take those that give the same bits in every run; else those that are fastest.

    Yields
    ------
    None
    """
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.deterministic, torch.are_deterministic_algorithms_enabled()
    warns_only = torch.is_deterministic_algorithms_warn_only_enabled()
    workspace = os.environ.get(WORKSPACE)
    cudnn.benchmark, cudnn.deterministic = not deterministic, deterministic
    if deterministic:
        torch.use_deterministic_algorithms(True)
        os.environ[WORKSPACE] = ":4096:8"
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.deterministic, algorithms = before
        torch.use_deterministic_algorithms(algorithms, warn_only=warns_only)
        if workspace is None:
            os.environ.pop(WORKSPACE, None)
        else:
            os.environ[WORKSPACE] = workspace


@contextmanager
def seeded_torch(seed):
    """Seed torch's global generators within a `with` statement, and put their states back afterwards."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
