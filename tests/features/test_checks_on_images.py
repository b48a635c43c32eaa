"""scikit-learn's checks over texture, colour and patches, on images of shape (n, 1, f) and (n, 1, f, 1)."""

import numpy as np
import pytest
from scipy.sparse import issparse
from test_common_estimators import IMAGES_HAVE_SHAPES, SETTINGS, run_checks

from classicvis import ColorHistogramTransformer, GaborTransformer, KMeansPatchTransformer, LBPTransformer


class OnImages:
    """Takes the rows of scikit-learn's checks, and gives them on as images of one row and, perhaps, one channel."""

    tail = ()

    def fit(self, X, y=None):
        return super().fit(self._as_images(X), y)

    def transform(self, X):
        return super().transform(self._as_images(X))

    def _as_images(self, X):
        if issparse(X):
            return X
        rows = np.asarray(X)
        is_table = rows.ndim == 2 and rows.size > 0 and rows.dtype.kind in "biuf"
        return rows.reshape(len(rows), 1, -1, *self.tail) if is_table else X


class LBPOnGrey(OnImages, LBPTransformer):
    pass


class LBPOnOneChannel(LBPOnGrey):
    tail = (1,)


class ColorsOnGrey(OnImages, ColorHistogramTransformer):
    pass


class ColorsOnOneChannel(ColorsOnGrey):
    tail = (1,)


class GaborOnGrey(OnImages, GaborTransformer):
    pass


class GaborOnOneChannel(GaborOnGrey):
    tail = (1,)


class PatchesOnGrey(OnImages, KMeansPatchTransformer):
    pass


class PatchesOnOneChannel(PatchesOnGrey):
    tail = (1,)


@pytest.mark.parametrize(
    "estimator",
    [
        LBPOnGrey,
        LBPOnOneChannel,
        ColorsOnGrey,
        ColorsOnOneChannel,
        GaborOnGrey,
        GaborOnOneChannel,
        PatchesOnGrey,
        PatchesOnOneChannel,
    ],
)
def test_transformer_passes_the_checks_on_images(estimator):
    settings = next((SETTINGS[base] for base in estimator.__mro__ if base in SETTINGS), {})
    assert len(run_checks(estimator(**settings), IMAGES_HAVE_SHAPES)) > 35
