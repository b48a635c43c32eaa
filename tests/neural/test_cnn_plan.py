"""Networks and recipes, as data: sized from the images and their number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicvis.neural._plan import plan_network
from classicvis.neural._recipe import choose_recipe

SIZES = st.integers(1, 5000)
OPEN = {
    "max_iter": None,
    "batch_size": None,
    "learning_rate_init": 0.1,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "padding": None,
    "horizontal_flip": False,
}


def final_map(plan):
    """Return rows and columns before the global pooling."""
    size = [math.ceil(n / stride) for n, stride in zip(plan.image_shape[:2], plan.stem_stride, strict=True)]
    for pool in [plan.stem_pool, *(stage.pool for stage in plan.stages)]:
        size = [n // factor for n, factor in zip(size, pool, strict=True)]
    return size


@given(SIZES, SIZES, st.sampled_from([1, 3]), st.none() | st.lists(st.integers(1, 64), min_size=2, max_size=7))
def test_plan_halves_every_axis_until_it_is_short(n_rows, n_cols, n_channels, widths):
    plan = plan_network((n_rows, n_cols, n_channels), 10, widths)
    for before, after in zip((n_rows, n_cols), final_map(plan), strict=True):
        assert min(before, 4) <= after <= 10
    if widths is not None:
        assert plan.widths == tuple(widths)


@given(SIZES, SIZES)
def test_plan_bounds_the_size_of_the_first_stage(n_rows, n_cols):
    plan = plan_network((n_rows, n_cols, 3), 10)
    for n, stride, pool in zip((n_rows, n_cols), plan.stem_stride, plan.stem_pool, strict=True):
        assert n / (stride * pool) <= 80
    assert len(plan.stages) <= 4


@pytest.mark.parametrize(
    ("shape", "widths"),
    [
        ((1, 1, 1), (32, 32, 64)),
        ((8, 8, 1), (32, 32, 64)),
        ((28, 28, 1), (32, 32, 64)),
        ((32, 32, 3), (32, 32, 64)),
        ((64, 64, 3), (32, 32, 64, 128)),
        ((224, 224, 3), (32, 32, 64, 128, 256)),
        ((1, 30, 1), (32, 32, 64)),
    ],
)
def test_plan_default_widths_follow_the_size(shape, widths):
    assert plan_network(shape, 10).widths == widths


@given(st.integers(2, 10**7), SIZES, SIZES)
def test_recipe_is_sane_for_any_amount_of_data(n_images, n_rows, n_cols):
    recipe = choose_recipe(n_images, (n_rows, n_cols, 3), **OPEN)
    assert min(2, n_images) <= recipe.batch_size <= 128
    assert recipe.n_epochs >= 1
    n_steps = recipe.n_epochs * max(n_images // recipe.batch_size, 1)
    assert n_steps >= 300
    assert recipe.padding[0] < n_rows
    assert recipe.padding[1] < n_cols


def test_recipe_works_in_proportion_to_the_root_of_the_data():
    epochs = [choose_recipe(n, (28, 28, 1), **OPEN).n_epochs for n in (1500, 6000, 24000)]
    assert epochs == [40, 20, 10]


def test_recipe_keeps_what_is_given():
    given_ = OPEN | {"max_iter": 3, "batch_size": 64, "padding": 2, "horizontal_flip": True}
    recipe = choose_recipe(1000, (28, 2, 1), **given_)
    assert (recipe.n_epochs, recipe.batch_size, recipe.horizontal_flip) == (3, 64, True)
    assert recipe.padding == (2, 1)
    assert choose_recipe(10, (28, 28, 1), **given_).batch_size == 10
