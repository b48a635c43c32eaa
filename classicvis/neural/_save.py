"""Writing a trained network to an ONNX file."""

from sklearn.utils.validation import check_is_fitted

from classicvis._files import write_whole


def save_onnx(network, path):
    """Write a network to an ONNX file; the file is written whole or not at all.

    Parameters
    ----------
    network : CNNClassifier, ONNXTransformer or ONNXClassifier
        A fitted one.
    path : str or os.PathLike
        The file; one of that name is replaced. Its folder must exist.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        It is not fitted.
    OSError
        The file cannot be written.

    See Also
    --------
    classicvis.ONNXClassifier : Predicts with the file, without torch.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_digits
    >>> from classicvis import CNNClassifier, ONNXClassifier
    >>> from classicvis.neural import save_onnx
    >>> X, y = load_digits(return_X_y=True)
    >>> network = CNNClassifier(widths=(8, 8), max_iter=1, n_threads=1, random_state=0).fit(X[:500], y[:500])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "digits.onnx")
    ...     save_onnx(network, path)
    ...     predicted = ONNXClassifier(path).predict(X[500:])
    >>> bool((predicted == network.predict(X[500:])).all())
    True
    """
    check_is_fitted(network)
    write_whole(path, network.onnx_model_)
