"""`hog_weight_template`: the weights of a linear classifier for the features of HOG, by cell and orientation."""

from typing import NamedTuple

import numpy as np

from classicvis.inspection._classifier import encode_target, last_step
from classicvis.inspection._hog_pipeline import find_linear_function, split_at_hog

N_TEXTURES = 4  # values without orientation in a cell of ``variant="uoctti"``: the norms of its four blocks


class HOGScale(NamedTuple):
    """The weights of the features of one HOGTransformer.

    Attributes
    ----------
    name : str
        Name of the step in the pipeline or FeatureUnion.
    weights : ndarray of the shape of an image's features, float64
        ``(block rows, block columns, cell rows, cell columns, orientations)``, or for ``variant="uoctti"``
        ``(cell rows, cell columns, 3 * orientations + 4)``.
    positive, negative : ndarray of shape (cell rows, cell columns, orientations), float64
        Sums of the weights above 0, and of the absolute weights below 0, over all blocks that contain the cell. For
        ``"uoctti"``, sums over the two directed and the undirected features of an orientation.
    angles : ndarray of shape (orientations,), float64
        Directions of the gradients of each orientation, in radians from the axis of columns towards the axis of rows.
        Edges are perpendicular to them.
    pixels_per_cell : tuple of (int, int)
        Rows and columns of a cell.
    image_size : tuple of (int, int)
        Rows and columns of the images after padding.
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
        ``decision_function(x) = sum_scales(weights · x) + intercept``.
    """

    target: object
    scales: list[HOGScale]
    intercept: float


def hog_weight_template(pipeline, target):
    """Return the weights of HOG's features in the decision function of a linear classifier, for one class.

    With HOG features ``x``, the decision function of the class is::

        decision_function(x) = sum_scales(weights · x) + intercept

    The weights include every linear step between HOG and the classifier, such as scaling, selection or projection.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted: a :class:`~classicvis.HOGTransformer`, or several in a FeatureUnion; optional linear transformers; and a
        linear classifier, as :func:`~classicvis.make_hog_svm` returns. Steps before HOG, such as an
        :class:`~classicvis.ImageReader`, are ignored. A calibrated classifier is replaced by the classifier in it, a
        search by its best pipeline.
    target : label
        The class. The first of two classes has the negative weights of the second.

    Returns
    -------
    template : HOGTemplate
        Weights in the shape of the features, and their positive and negative sums for each cell.

    Raises
    ------
    ValueError
        `target` is not a class, the pipeline has no HOG, or the steps after HOG are not linear, such as an RBF kernel.

    See Also
    --------
    hog_glyphs : Converts the sums to lines.
    HOGWeightsDisplay : Draws the lines.

    Notes
    -----
    A cell has one weight in each block that contains it. Cells in the middle of an image lie in more blocks, so their
    sums are larger.

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
    """Return the template of each of several classes, or of all classes for None, as `hog_weight_template` does."""
    parts, decision_function, classes = split_at_hog(pipeline)
    codes = range(len(classes)) if targets is None else encode_target(classes, targets, len(targets))
    linear = find_linear_function(decision_function, sum(part.n_features for part in parts))
    if linear is None:
        raise ValueError(
            f"The steps after HOG, up to {type(last_step(pipeline)).__name__}, are not linear in its features, but "
            "must be: use a linear classifier, or use occlusion_map, which explains every classifier."
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
    """Reshape the weights of one HOGTransformer to its features, and sum them for each cell."""
    hog = part.transformer
    weights = weights.reshape(hog.feature_shape_)
    bins = np.arange(hog.orientations)
    if hog.variant == "uoctti":
        fold, centres = _sum_directions, bins  # orientation 0 is the angle 0
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
    """Sum weights, of shape (block rows, block columns, cell rows, cell columns, orientations), over the blocks."""
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
