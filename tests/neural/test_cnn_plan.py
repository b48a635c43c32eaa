"""Networks and recipes, as data: sized from the images and their number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicvis.neural.architectures._architectures import plan_network
from classicvis.neural.architectures._training_defaults import TrainingDefaults
from classicvis.neural.training._recipe import choose_recipe

SIZES = st.integers(1, 5000)
DEFAULTS = TrainingDefaults(learning_rate=0.1, weight_decay=5e-4, label_smoothing=0.1)
OPEN = {
    "max_iter": None,
    "batch_size": None,
    "learning_rate_init": None,
    "weight_decay": None,
    "label_smoothing": None,
    "padding": None,
    "horizontal_flip": False,
}


def map_sizes(plan):
    """Return rows and columns of the map of each stage."""
    size = [math.ceil(n / stride) for n, stride in zip(plan.image_shape[:2], plan.stem_stride, strict=True)]
    size = [n // factor for n, factor in zip(size, plan.stem_pool, strict=True)]
    sizes = []
    for stage in plan.stages:
        size = [n // factor for n, factor in zip(size, stage.pool, strict=True)]
        sizes.append(tuple(size))
    return sizes


@given(SIZES, SIZES, st.sampled_from([1, 3]), st.none() | st.lists(st.integers(1, 64), min_size=2, max_size=7))
def test_plan_shrinks_every_axis_and_leaves_some_of_it(n_rows, n_cols, n_channels, widths):
    plan = plan_network("small", (n_rows, n_cols, n_channels), 10, widths=widths)
    sizes = map_sizes(plan)
    for axis, before in enumerate((n_rows, n_cols)):
        lengths = [size[axis] for size in sizes]
        assert min(before, 9) <= lengths[0] <= 20
        assert lengths[-1] >= min(before, 3)
        assert lengths == sorted(lengths, reverse=True)
    assert plan.widths == tuple(widths or plan.widths)
    assert len(sizes) == len(plan.widths) - 1


@pytest.mark.parametrize(
    ("shape", "widths", "sizes"),
    [
        ((1, 1, 1), (32, 32, 64), [(1, 1), (1, 1)]),
        ((8, 8, 1), (32, 32, 64), [(8, 8), (4, 4)]),
        ((28, 28, 1), (32, 32, 64), [(14, 14), (7, 7)]),
        ((32, 32, 3), (32, 32, 64), [(16, 16), (8, 8)]),
        ((64, 64, 3), (32, 32, 64, 128), [(16, 16), (8, 8), (4, 4)]),
        ((224, 224, 3), (32, 32, 64, 128), [(14, 14), (7, 7), (3, 3)]),
        ((1, 30, 1), (32, 32, 64), [(1, 15), (1, 7)]),
        ((16, 128, 1), (32, 32, 64, 128), [(16, 16), (8, 8), (4, 4)]),
    ],
)
def test_plan_follows_the_size(shape, widths, sizes):
    plan = plan_network("small", shape, 10)
    assert plan.widths == widths
    assert map_sizes(plan) == sizes


@given(st.integers(2, 10**7), SIZES, SIZES)
def test_recipe_is_sane_for_any_amount_of_data(n_images, n_rows, n_cols):
    recipe = choose_recipe(n_images, (n_rows, n_cols, 3), DEFAULTS, **OPEN)
    assert min(2, n_images) <= recipe.batch_size <= 128
    assert recipe.n_epochs >= 1
    n_steps = recipe.n_epochs * max(n_images // recipe.batch_size, 1)
    assert n_steps >= 300
    assert recipe.padding[0] < n_rows
    assert recipe.padding[1] < n_cols


def test_recipe_works_in_proportion_to_the_root_of_the_data():
    epochs = [choose_recipe(n, (28, 28, 1), DEFAULTS, **OPEN).n_epochs for n in (1500, 6000, 24000)]
    assert epochs == [60, 30, 15]


def test_recipe_keeps_what_is_given():
    given_ = OPEN | {"max_iter": 3, "batch_size": 64, "padding": 2, "horizontal_flip": True}
    recipe = choose_recipe(1000, (28, 2, 1), DEFAULTS, **given_)
    assert (recipe.n_epochs, recipe.batch_size, recipe.horizontal_flip) == (3, 64, True)
    assert recipe.padding == (2, 1)
    assert choose_recipe(10, (28, 28, 1), DEFAULTS, **given_).batch_size == 10
