"""Fisher vectors and learned patches side by side: what classical features reach at their best."""

from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.encoding import FisherVector
from classicvis.features import KMeansPatchTransformer
from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._sift import BIN_SIZES, N_PCA_COMPONENTS, PYRAMID, STEP, make_sift
from classicvis.pipelines._steps import make_linear_svm, reader_steps


def make_best_classical(
    *,
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

    Edges are what Fisher vectors of SIFT descriptors see, colours and fine texture what the patches add.

    Parameters
    ----------
    size : int or tuple of (int, int), default=None
        Rows and columns that images are brought to by an :class:`~classicvis.ImageReader` in front; the pipeline
        then takes paths, PIL images and images of varying size. None takes arrays of one size. Time and memory grow
        with the number of pixels.
    color : {'rgb', 'gray'}, default='rgb'
        What the reader makes of images; only with `size`. Patches are of all colours, SIFT sees grey.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        How the reader brings images to `size`; only with `size`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    step : int, default=2
        Pixels from one SIFT descriptor to the next, as in :func:`make_fisher_svm`.
    bin_size : int or sequence of int, default=(3, 4, 6)
        Pixels of a descriptor's cells, as in :func:`make_fisher_svm`.
    n_components : int, default=16
        Components of the mixture behind the Fisher vectors.
    n_atoms : int, default=800
        Atoms of the dictionary of patches; more are better, and take as much longer.
    patch_weight : float, default=1.5
        Length of the features of patches, where those of SIFT have length 1.
    mirror : bool, default=False
        Give an image and its mirror image the same features, in twice the time: worth a point or more where left and
        right mean the same, as in photographs, but not for letters, digits or road signs.
    C : float, default=1.0
        Inverse strength of the regularisation.
    probability : bool, default=False
        Calibrate the decision, so that there is `predict_proba`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading and features.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``features`` (of ``sift`` and ``patches``) and ``svm``, not fitted.

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
    reader = reader_steps(size, color, aspect, n_jobs)
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
    return Pipeline([*reader, ("features", features), ("svm", make_linear_svm(C, probability, random_state, n_jobs))])
