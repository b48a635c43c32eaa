"""What the tests of the encoders share."""

import pytest
from reference.descriptors import SMALL
from sklearn.base import clone


@pytest.fixture(params=SMALL)
def encoder(request):
    """Each encoder in turn, small and not fitted."""
    return clone(SMALL[request.param])
