"""Fisher vectors and learned patches side by side: what classical features reach at their best."""

from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.encoding import FisherVector
from classicvis.features import KMeansPatchTransformer
from classicvis.pipelines._parameters import describe_parameters
from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._sift import BIN_SIZES, N_PCA_COMPONENTS, PYRAMID, STEP, make_sift
from classicvis.pipelines._steps import make_linear_svm, reader_steps


@describe_parameters()
def make_best_classical(
    *,
    reader=None,
    size=None,
    color="rgb",
    aspect="stretch",
    image_shape=None,
    step=STEP,
    bin_size=BIN_SIZES,
    n_components=16,
    n_atoms=800,
    patch_weight=1.5,
    mirror=False,
    C=1.0,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of Fisher vectors and learned patches side by side, and a linear support vector machine.

    Fisher vectors of SIFT descriptors describe edges; patches add colours and fine texture. Time and memory grow with
    the number of pixels.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(color)s
    %(aspect)s
    %(image_shape)s
    %(step)s
    %(bin_size)s
    n_components : int, default=16
        Components of the mixture for the Fisher vectors.
    n_atoms : int, default=800
        Atoms of the dictionary of patches; more are better, and take as much longer.
    patch_weight : float, default=1.5
        Length of the features of patches, where those of SIFT have length 1.
    %(mirror)s
    C : float, default=1.0
        Inverse strength of the regularisation.
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``features`` (``sift`` and ``patches``) and ``svm``, not fitted.

    Raises
    ------
    ValueError
        There is no such `probability`, or `reader` and `size` are both given.

    See Also
    --------
    make_fisher_svm : Fisher vectors alone.
    make_patches_svm : Learned patches alone.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_best_classical
    >>> sample = load_fashion_sample()
    >>> pipeline = make_best_classical(step=4, n_components=4, n_atoms=32, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.75)
    True
    """
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    encoder = FisherVector(n_components, n_pca_components=N_PCA_COMPONENTS, pyramid=PYRAMID, random_state=random_state)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    patches = KMeansPatchTransformer(
        n_atoms,
        dictionary="omp1",
        encoder="soft_threshold",
        threshold=0.25,
        mirror=mirror,
        image_shape=image_shape,
        random_state=random_state,
        n_jobs=n_jobs,
    )
    scaled = Pipeline([("codes", patches), ("scaler", FeatureScaler(copy=False))])
    features = FeatureUnion([("sift", sift), ("patches", scaled)], transformer_weights={"patches": patch_weight})
    return Pipeline([*reading, ("features", features), ("svm", make_linear_svm(C, probability, random_state, n_jobs))])
