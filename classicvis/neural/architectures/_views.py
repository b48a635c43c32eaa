"""Several views of an image, whose logits are averaged for a prediction."""

from typing import NamedTuple

SHIFTS = ((0, 0, 0.5), (1, 1, 0.25), (-1, -1, 0.25))  # rows, columns and weight


class Views(NamedTuple):
    """Which views: the image alone, or also moved by a pixel along both axes, and each of them mirrored."""

    is_shifted: bool = False
    is_mirrored: bool = False

    def listed(self):
        """Return the views as tuples of rows, columns, whether mirrored, and weight; the weights sum to 1."""
        shifts = SHIFTS if self.is_shifted else ((0, 0, 1.0),)
        sides = (False, True) if self.is_mirrored else (False,)
        return [(rows, cols, side, weight / len(sides)) for rows, cols, weight in shifts for side in sides]


def average_views(network, x, views):
    """Return the weighted mean of the logits of some views.

    Parameters
    ----------
    network : callable
        Gives the logits, of shape (n, n_classes), of images.
    x : Tensor of shape (n, c, h, w)
        Images.
    views : Views
        Which views; what comes into sight of a moved image is a copy of its edge.

    Returns
    -------
    logits : Tensor of shape (n, n_classes)
        As if from one network.
    """
    if views == Views():
        return network(x)
    from torch.nn import functional as F

    n_rows, n_cols = x.shape[2:]
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    total = 0.0
    for rows, cols, is_mirrored, weight in views.listed():
        view = padded[:, :, 1 + rows : 1 + rows + n_rows, 1 + cols : 1 + cols + n_cols]
        logits = network(view.flip(3) if is_mirrored else view)
        total = total + weight * logits
    return total
