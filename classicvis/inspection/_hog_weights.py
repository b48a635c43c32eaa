"""`hog_weight_template`: what a linear classifier behind HOG looks for, cell by cell."""

from typing import NamedTuple

import numpy as np

from classicvis.inspection._classifier import encode_target, last_step
from classicvis.inspection._hog_pipeline import find_linear_function, split_at_hog

N_TEXTURES = 4  # values of a cell of ``variant="uoctti"`` that have no orientation


class HOGScale(NamedTuple):
    """The weights of the features of one HOGTransformer.

    Attributes
    ----------
    name : str
        The step's name in the pipeline, or in the FeatureUnion.
    weights : ndarray of the shape of an image's features, float64
        For blocks ``(block rows, block columns, cell rows, cell columns, orientations)``; for ``variant="uoctti"``
        ``(cell rows, cell columns, 3 * orientations + 4)``.
    positive, negative : ndarray of shape (cell rows, cell columns, orientations), float64
        Sums of the weights above 0, and of those below 0 with their sign turned, over the places that a cell has in
        blocks; for ``"uoctti"``, over both directions and none, without texture.
    angles : ndarray of shape (orientations,), float64
        Directions of the gradients that the orientations stand for, in radians from a column to the next, towards the
        next row; edges run at right angles to them.
    pixels_per_cell : tuple of (int, int)
        Rows and columns of a cell.
    image_size : tuple of (int, int)
        Rows and columns of the images, with what they are padded by.
    """

    name: str
    weights: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    angles: np.ndarray
    pixels_per_cell: tuple[int, int]
    image_size: tuple[int, int]


class HOGTemplate(NamedTuple):
    """The weights of a class.

    Attributes
    ----------
    target : label
        The class.
    scales : list of HOGScale
        One for each HOGTransformer, in the order of the features.
    intercept : float
        The decision for the class is the sum of weights times features over all scales, and this.
    """

    target: object
    scales: list[HOGScale]
    intercept: float


def hog_weight_template(pipeline, target):
    """Return the weights that a linear classifier gives to the features of HOG, for one class.

    The weights are those of the features as HOG puts them out: scaling, selection and projection between HOG and the
    classifier are multiplied in, whatever does them, as long as the whole is linear.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted: a :class:`~classicvis.HOGTransformer`, or several in a FeatureUnion, then transformers that are linear,
        if any, then a linear classifier, as :func:`~classicvis.make_hog_svm` makes it. What stands before HOG, such as
        an :class:`~classicvis.ImageReader`, does not matter. A calibrated classifier counts as the one inside, a
        search as its best pipeline.
    target : label
        The class. Of two, the first has the negative weights of the second.

    Returns
    -------
    template : HOGTemplate
        Weights in the shape of the features, and folded back to cells, with parts above and below 0 apart.

    Raises
    ------
    ValueError
        There is no such class; the pipeline has no HOG; or what comes after HOG is not linear, as an RBF kernel.

    See Also
    --------
    hog_glyphs : Turns the parts into lines.
    HOGWeightsDisplay : Draws them.

    Notes
    -----
    A cell lies in several blocks, and has a weight in each; the parts are sums over these, so that cells in the middle,
    which lie in more blocks, have larger ones. They say what counts in the decision.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_svm
    >>> from classicvis.inspection import hog_weight_template
    >>> sample = load_fashion_sample()
    >>> pipeline = make_hog_svm(random_state=0).fit(sample.X_train[:500], sample.y_train[:500])
    >>> template = hog_weight_template(pipeline, target=1)  # trousers
    >>> [(scale.name, scale.positive.shape) for scale in template.scales]
    [('fine', (7, 7, 9)), ('coarse', (4, 4, 9))]
    """
    return hog_weight_templates(pipeline, [target])[0]


def hog_weight_templates(pipeline, targets=None):
    """Do what `hog_weight_template` does, for several classes at once.

    Parameters
    ----------
    pipeline : Pipeline
        As in `hog_weight_template`.
    targets : list of label, default=None
        The classes; None means all.

    Returns
    -------
    templates : list of HOGTemplate
        One for each class.

    Raises
    ------
    ValueError
        As in `hog_weight_template`.
    """
    parts, decision_function, classes = split_at_hog(pipeline)
    codes = range(len(classes)) if targets is None else encode_target(classes, targets, len(targets))
    linear = find_linear_function(decision_function, sum(part.n_features for part in parts))
    if linear is None:
        raise ValueError(
            f"The steps after HOG, up to {type(last_step(pipeline)).__name__}, are not linear in its features, so "
            "that these have no weights: take a linear classifier, or occlusion_map, which explains every classifier."
        )
    ends = np.cumsum([part.n_features for part in parts])[:-1]
    by_part = np.split(linear.weights, ends)
    return [
        HOGTemplate(
            classes[code],
            [_fold(part, weights[:, code]) for part, weights in zip(parts, by_part, strict=True)],
            float(linear.intercepts[code]),
        )
        for code in codes
    ]


def _fold(part, weights):
    """Bring the weights of one HOGTransformer into the shape of its features, and back to cells."""
    hog = part.transformer
    weights = weights.reshape(hog.feature_shape_)
    bins = np.arange(hog.orientations)
    if hog.variant == "uoctti":
        fold, centres = _sum_directions, bins  # a direction is in the middle of its bin
    else:
        fold, centres = _sum_over_blocks, bins + 0.5
    return HOGScale(
        part.name,
        weights,
        fold(np.maximum(weights, 0)),
        fold(np.maximum(-weights, 0)),
        centres * np.pi / hog.orientations,
        hog.pixels_per_cell_,
        hog.padded_shape_,
    )


def _sum_over_blocks(weights):
    """Sum weights of shape (block rows, block columns, cell rows, cell columns, orientations) for each cell."""
    n_block_rows, n_block_columns, n_rows, n_columns, orientations = weights.shape
    cells = np.zeros((n_block_rows + n_rows - 1, n_block_columns + n_columns - 1, orientations))
    for row in range(n_rows):
        for column in range(n_columns):
            cells[row : row + n_block_rows, column : column + n_block_columns] += weights[:, :, row, column]
    return cells


def _sum_directions(weights):
    """Sum weights of shape (cell rows, cell columns, 3 * orientations + 4) for each undirected orientation."""
    orientations = (weights.shape[2] - N_TEXTURES) // 3
    return weights[..., : 3 * orientations].reshape(*weights.shape[:2], 3, orientations).sum(axis=2)
