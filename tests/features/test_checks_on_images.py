"""scikit-learn's checks of the transformers of images, on images of shape (n, 1, f) and (n, 1, f, 1)."""

import pytest
from sklearn_checks import IMAGES_HAVE_SHAPES, SETTINGS, OnGrey, OnOneChannel, run_checks

from classicvis import (
    ColorHistogramTransformer,
    GaborTransformer,
    HOGTransformer,
    KMeansPatchTransformer,
    LBPTransformer,
    SIFTTransformer,
)


class ColorsOnGrey(OnGrey, ColorHistogramTransformer):
    pass


class ColorsOnOneChannel(OnOneChannel, ColorHistogramTransformer):
    pass


class GaborOnGrey(OnGrey, GaborTransformer):
    pass


class GaborOnOneChannel(OnOneChannel, GaborTransformer):
    pass


class HOGOnGrey(OnGrey, HOGTransformer):
    pass


class HOGOnOneChannel(OnOneChannel, HOGTransformer):
    pass


class PatchesOnGrey(OnGrey, KMeansPatchTransformer):
    pass


class PatchesOnOneChannel(OnOneChannel, KMeansPatchTransformer):
    pass


class LBPOnGrey(OnGrey, LBPTransformer):
    pass


class LBPOnOneChannel(OnOneChannel, LBPTransformer):
    pass


class SIFTOnGrey(OnGrey, SIFTTransformer):
    pass


class SIFTOnOneChannel(OnOneChannel, SIFTTransformer):
    pass


@pytest.mark.parametrize(
    "estimator",
    [
        ColorsOnGrey,
        ColorsOnOneChannel,
        GaborOnGrey,
        GaborOnOneChannel,
        HOGOnGrey,
        HOGOnOneChannel,
        PatchesOnGrey,
        PatchesOnOneChannel,
        LBPOnGrey,
        LBPOnOneChannel,
        SIFTOnGrey,
        SIFTOnOneChannel,
    ],
)
def test_transformer_passes_the_checks_on_images(estimator):
    settings = next((SETTINGS[base] for base in estimator.__mro__ if base in SETTINGS), {})
    assert len(run_checks(estimator(**settings), IMAGES_HAVE_SHAPES)) > 35


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("estimator", [HOGOnGrey, HOGOnOneChannel])
def test_variants_of_hog_pass_the_checks_on_images(estimator, variant):
    assert len(run_checks(estimator(variant=variant), IMAGES_HAVE_SHAPES)) > 35
