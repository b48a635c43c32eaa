"""What presets choose, and that what is chosen trains."""

import os
from functools import partial

import numpy as np
import pytest
import torch

from classicvis.neural import CNNClassifier
from classicvis.neural.architectures._airbench import plan_airbench, whitening_filters
from classicvis.neural.architectures._architectures import plan_network, training_defaults
from classicvis.neural.architectures._presets import choose_preset, choose_views, describe
from classicvis.neural.architectures._views import Views
from classicvis.neural.training import _precision as precision_module
from classicvis.neural.training._precision import choose_precision
from classicvis.neural.training._recipe import Recipe, choose_recipe
from classicvis.neural.training._settings import cuda_settings


@pytest.mark.parametrize("preset", ["fast", "balanced", "best"])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_preset_spends_more_the_better_it_is_to_be(preset, device):
    chosen = choose_preset(preset, None, device)
    assert chosen.architecture == ("airbench" if preset == "best" else "small")
    assert (chosen.effort < 1) == (preset == "fast")
    assert chosen.has_views == (preset == "best")


def test_preset_serves_the_architecture_asked_for():
    assert choose_preset("best", "resnet20", "cuda").widths is None
    assert choose_preset("best", "resnet20", "cuda").options == ()
    assert choose_preset("best", "airbench", "cuda").options == (("depth", 3),)
    assert choose_preset("fast", "airbench", "cpu").effort < 1


@pytest.mark.parametrize(
    ("multi_view", "flip", "views"),
    [(None, True, Views(True, True)), (True, False, Views(True, False)), (False, True, Views())],
)
def test_views_are_mirrored_only_where_training_was(multi_view, flip, views):
    assert choose_views(choose_preset("best", None, "cpu"), multi_view, flip) == views


@pytest.mark.parametrize("architecture", ["small", "airbench", "resnet20"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_cnn_learns_with_every_architecture(stripes, architecture, precision):
    X, y = stripes
    network = CNNClassifier(
        architecture=architecture, precision=precision, widths=(4, 4), max_iter=10, n_threads=1, random_state=0
    ).fit(X, y)
    assert network.score(X, y) > 0.9
    assert network.recipe_["architecture"] == architecture
    assert network.recipe_["precision"] == precision


@pytest.mark.parametrize("architecture", [plan_airbench, partial(plan_airbench, depth=3)])
def test_recipe_names_what_makes_a_module(architecture):
    preset = choose_preset("fast", architecture, "cpu")
    assert describe(plan_airbench((8, 8, 1), 2), preset)["architecture"] == "plan_airbench"


def test_cnn_says_what_a_preset_chose(stripes):
    network = CNNClassifier(
        preset="best", widths=(4, 4), max_iter=1, horizontal_flip=True, n_threads=1, random_state=0
    ).fit(*stripes)
    chosen = {name: network.recipe_[name] for name in ("architecture", "widths", "n_views")}
    assert chosen == {"architecture": "airbench", "widths": (4, 4), "n_views": 6}


def test_cnn_with_several_views_is_the_same_in_any_batch(stripes):
    X, y = stripes
    network = CNNClassifier(
        architecture="airbench", widths=(4, 4), multi_view=True, max_iter=1, n_threads=1, random_state=0
    ).fit(X, y)
    whole = network.predict_proba(X)
    np.testing.assert_array_equal(np.concatenate([network.predict_proba(X[i : i + 1]) for i in range(9)]), whole[:9])


@pytest.mark.parametrize(
    ("shape", "patch", "stride", "n_components", "pools"),
    [
        ((1, 1, 1), (1, 1), (1, 1), 1, [(1, 1), (1, 1), (1, 1)]),
        ((8, 8, 1), (2, 2), (1, 1), 4, [(2, 2), (1, 1), (1, 1)]),
        ((28, 28, 1), (2, 2), (1, 1), 4, [(2, 2), (2, 2), (2, 2)]),
        ((32, 32, 3), (2, 2), (1, 1), 12, [(2, 2), (2, 2), (2, 2)]),
        ((1, 30, 1), (1, 2), (1, 1), 2, [(1, 2), (1, 2), (1, 2)]),
        ((64, 64, 3), (4, 4), (2, 2), 24, [(2, 2), (2, 2), (2, 2)]),
        ((224, 224, 3), (16, 16), (8, 8), 96, [(2, 2), (2, 2), (2, 2)]),
    ],
)
def test_airbench_follows_the_size(shape, patch, stride, n_components, pools):
    plan = plan_airbench(shape, 10)
    assert (plan.patch, plan.stride, plan.n_components) == (patch, stride, n_components)
    assert [group.pool for group in plan.groups] == pools


def test_whitening_filters_give_uncorrelated_responses_of_unit_variance():
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn((40, 3, 12, 12), generator=generator)
    images = noise + noise.roll(1, dims=3) + noise.roll(1, dims=1)
    plan = plan_airbench((12, 12, 3), 2)
    filters = whitening_filters(images, plan)
    assert filters.shape == (24, 3, 2, 2)
    torch.testing.assert_close(filters[12:], -filters[:12])
    responses = torch.nn.functional.conv2d(images, filters[:12]).transpose(0, 1).flatten(1)
    covariance = responses @ responses.T / responses.shape[1]
    torch.testing.assert_close(covariance, torch.eye(12), atol=0.02, rtol=0)


def test_whitening_survives_constant_images():
    plan = plan_airbench((6, 6, 1), 2)
    assert torch.isfinite(whitening_filters(torch.zeros(3, 1, 6, 6), plan)).all()


@pytest.mark.parametrize("architecture", ["small", "airbench", "resnet20"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (9, 40, 3), (70, 33, 1)])
def test_optimizers_train_every_weight_once(architecture, shape):
    network = plan_network(architecture, shape, 3, widths=(4, 6)).build(0)
    defaults = training_defaults(architecture, "cuda")
    recipe = Recipe(1, 16, defaults.learning_rate, defaults.weight_decay, 0.1, (0, 0), (0, 0), horizontal_flip=False)
    groups = [group for optimizer in network.make_optimizers(recipe) for group in optimizer.param_groups]
    trained = [id(weight) for group in groups for weight in group["params"]]
    assert len(trained) == len(set(trained))
    assert set(trained) == {id(weight) for weight in network.parameters() if weight.requires_grad}


def test_airbench_has_the_rates_of_the_reference_at_its_batch():
    network = plan_airbench((32, 32, 3), 10, (8, 8)).build(0)
    recipe = Recipe(1, 2000, 0.24, 2e-6, 0.2, (0, 0), (0, 0), horizontal_flip=False)
    muon, sgd = network.make_optimizers(recipe)
    assert muon.param_groups[0]["lr"] == 0.24
    shifts, head = sgd.param_groups
    # The reference sums the losses where we average, and decays by 2e-6 times the batch over the rate.
    assert (shifts["lr"], head["lr"]) == pytest.approx((0.053 * 2000, 0.67 * 2000))
    assert head["weight_decay"] == pytest.approx(2e-6 / 0.67)


def test_airbench_takes_large_batches_on_a_gpu_only():
    settings = dict.fromkeys(
        ("max_iter", "batch_size", "learning_rate_init", "weight_decay", "label_smoothing", "padding")
    )
    for device, batch_size, n_epochs in (("cuda", 2000, 8), ("cpu", 256, 8)):
        defaults = training_defaults("airbench", device)
        recipe = choose_recipe(50_000, (32, 32, 3), defaults, horizontal_flip=True, **settings)
        assert (recipe.batch_size, recipe.n_epochs) == (batch_size, n_epochs)


def test_best_preset_on_a_gpu_has_the_schedule_and_the_augmentation_of_the_reference():
    preset = choose_preset("best", None, "cuda")
    settings = dict.fromkeys(
        ("max_iter", "batch_size", "learning_rate_init", "weight_decay", "label_smoothing", "padding")
    )
    recipe = choose_recipe(
        50_000,
        (32, 32, 3),
        training_defaults("airbench", "cuda"),
        effort=preset.effort,
        augments_strongly=preset.augments_strongly,
        horizontal_flip=True,
        **settings,
    )
    assert (recipe.n_epochs, recipe.padding, recipe.cutout) == (45, (4, 4), (12, 12))


def test_dirac_filters_pass_their_input_on():
    network = plan_airbench((8, 8, 1), 2, (16, 16)).build(0)
    x = torch.randn((2, 8, 5, 5), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network.groups[0][0].conv(x)[:, :8], x)


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [({"avx512_bf16": True}, "bfloat16"), ({"amx_bf16": True}, "bfloat16"), ({"avx512_f": True}, "float32")],
)
def test_auto_precision_follows_the_processor(monkeypatch, capabilities, precision):
    monkeypatch.setattr(precision_module.torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert choose_precision("auto", "cpu") == precision
    assert choose_precision("float32", "cpu") == "float32"


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("workspace", [None, ":16:8"])
def test_cuda_settings_are_put_back(monkeypatch, deterministic, workspace):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    if workspace:
        monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", workspace)

    def settings():
        cudnn = torch.backends.cudnn
        deterministic = torch.are_deterministic_algorithms_enabled()
        return cudnn.benchmark, cudnn.deterministic, deterministic, os.environ.get("CUBLAS_WORKSPACE_CONFIG")

    before = settings()
    with cuda_settings(deterministic):
        assert settings() == (
            not deterministic,
            deterministic,
            deterministic,
            ":4096:8" if deterministic else workspace,
        )
    assert settings() == before
