"""`ImageReader`, the first step of a pipeline: image files, PIL images or arrays become one uint8 array."""

import warnings
from contextlib import closing
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from classicvis._sklearn_compat import Interval, StrOptions, fit_context
from classicvis.images._check import MAX_PIXELS
from classicvis.images._errors import ImageReadError
from classicvis.images._rows import ReadingSettings, prepare_row, read_rows
from classicvis.pixels import forget, list_items, read_images, record

MOST_ROWS_NAMED = 10  # in a warning


class ImageReader(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Read images from files, PIL images or arrays into one uint8 array.

    The transformer is stateless: it can be used without `fit`, and `fit` opens no file. A file goes through
    these steps, in this order. Its first bytes tell its format: JPEG, PNG, WebP, BMP, TIFF, the first frame of GIF,
    PBM, PGM, PPM, JPEG 2000, and AVIF where Pillow can read it. Its size is read from the header and compared with
    `max_pixels`. It is decoded in colour, turned upright by its EXIF orientation, and brought to 8 bits, to
    `color`, and to `size`.

    Parameters
    ----------
    size : int, tuple of (rows, columns) or None, default=None
        Size of the output; an int is a square. None keeps each image's own size.
    color : {"rgb", "gray"}, default="rgb"
        ``"gray"`` weighs the channels by ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, to the nearest integer.
        ``"rgb"`` repeats grey images in three channels.
    aspect : {"stretch", "pad", "crop"}, default="stretch"
        How to treat images of other proportions than `size`. ``"stretch"`` loses the proportions,
        ``"pad"`` fits the whole image inside and fills two sides, ``"crop"`` covers the size and cuts off two
        sides alike.
    pad_value : int, default=0
        Value of the filling for ``aspect="pad"``, 0 (black) to 255 (white).
    value_range : "dtype" or tuple of (low, high), default="dtype"
        Which values of arrays and PIL images are black and white; values outside raise. ``"dtype"``: 0 and 1
        for floats, 0 and 65535 for uint16, 0 and 255 for all other integers. bool is black and white in any
        case. Does not apply to files, whose depth is known.
    image_shape : tuple of (rows, columns) or (rows, columns, channels), default=None
        Shape of the images in flat rows, an X of shape (n, f). None takes √f × √f, or 1 × f for f up to 30.
    max_pixels : int, default=64_000_000
        Largest number of rows times columns of an image that is opened; larger ones are refused before they
        are decoded.
    on_error : {"raise", "warn"}, default="raise"
        What to do about a file that cannot be read. ``"raise"`` raises at the first one; ``"warn"`` puts a
        black image in its place, so that rows and labels still match, and gives one warning that lists the
        rows; it needs a `size`. `check_images` lists all bad files before a long run.
    n_jobs : int, default=None
        Number of threads, as joblib has it: None is 1 unless in a `joblib.parallel_config`, -1 all cores. The
        result does not depend on it.
    verbose : bool, default=False
        Whether to show a progress bar (on a terminal).

    Attributes
    ----------
    n_features_in_ : int
        Number of values in an image seen in `fit`; only where X was one array of numbers.
    sample_shape_ : tuple of int
        Shape of an image seen in `fit`; only where X was one array of numbers.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen in `fit`; only where X was a data frame of numbers with string column names.

    See Also
    --------
    check_images : Lists all the files that cannot be read.

    Notes
    -----
    *Depth.* 16-bit files and arrays become v / 257, to the nearest integer, so that 257 v comes back as v.
    Floats in [0, 1] become 255 v, to the nearest integer. TIFF files with floats or other integers follow the
    rules of ``value_range="dtype"``.

    *Colour.* Alpha channels are dropped, not blended: a transparent pixel keeps the colour that is stored.
    Palettes are looked up. CMYK becomes R = (255 - C) (255 - K) / 255 and so on; in JPEG files the values are
    taken to be inverted, as Adobe's and all that follow them are. Colour profiles and gamma are not applied.

    *Orientation.* All eight EXIF orientations of JPEG, PNG, WebP, AVIF and TIFF files and of PIL images are
    applied. An EXIF block that cannot be read counts as none.

    *Resizing.* Each axis that shrinks is averaged over areas, after which each axis that grows is
    interpolated linearly.

    *Damage.* Truncated files raise: the first frame of a GIF file and the pixels of a TIFF file must lie in the file,
    and all other files must be complete up to their end. PNG files must agree with their checksums. Bytes after the
    end are ignored. The other formats have no checksums: flipped bits inside of them may show as wrong pixels and,
    from the decoder, a line on standard error.

    *Threads.* Decoding releases the GIL and is serial inside OpenCV; only enlarging to about 512 pixels and
    more uses OpenCV's own thread pool, of which a process has one. Its size is left alone;
    `cv2.setNumThreads` changes it.

    *Names.* The output has more than two dimensions, so it has no columns to name: `get_feature_names_out` passes the
    names on that it gets, and `set_output` has no effect.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.images import ImageReader
    >>> checkerboard = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> ImageReader(color="gray").transform([checkerboard])
    array([[[  0, 255],
            [255,   0]]], dtype=uint8)

    Files are given by their paths:

    >>> import os, tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "red.png")
    ...     Image.new("RGB", (640, 480), "red").save(path)
    ...     images = ImageReader(size=(24, 32)).transform([path])
    >>> images.shape
    (1, 24, 32, 3)
    >>> images[0, 0, 0]
    array([255,   0,   0], dtype=uint8)
    """

    _parameter_constraints: dict = {
        "size": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "color": [StrOptions({"rgb", "gray"})],
        "aspect": [StrOptions({"stretch", "pad", "crop"})],
        "pad_value": [Interval(Integral, 0, 255, closed="both")],
        "value_range": [StrOptions({"dtype"}), tuple, list],
        "image_shape": [tuple, list, None],
        "max_pixels": [Interval(Integral, 1, None, closed="left")],
        "on_error": [StrOptions({"raise", "warn"})],
        "n_jobs": [Integral, None],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        size=None,
        *,
        color="rgb",
        aspect="stretch",
        pad_value=0,
        value_range="dtype",
        image_shape=None,
        max_pixels=MAX_PIXELS,
        on_error="raise",
        n_jobs=None,
        verbose=False,
    ):
        self.size = size
        self.color = color
        self.aspect = aspect
        self.pad_value = pad_value
        self.value_range = value_range
        self.image_shape = image_shape
        self.max_pixels = max_pixels
        self.on_error = on_error
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters, and the shape of X where it is an array of numbers; open no file.

        Parameters
        ----------
        X : list, tuple, 1-D array, Series or one-column DataFrame of files, or images
            As in `transform`.
        y : None
            Ignored.

        Returns
        -------
        self : ImageReader
            The same object.
        """
        self._check_settings()
        forget(self)
        if list_items(X) is None:
            record(self, self._read_array(X))
        return self

    def transform(self, X):
        """Read images.

        Parameters
        ----------
        X : list, tuple, 1-D array, Series or one-column DataFrame of files, or images
            A file is a path (`str` or `os.PathLike`), the file's content (`bytes`, `bytearray`) or an open binary
            file, such as `io.BytesIO`, which is read from its beginning. Images are PIL images or arrays in a list,
            a tuple or a 1-D object array, and may vary in size; or one array of numbers, of shape (n, rows,
            columns), (n, rows, columns, channels) or flat rows (n, f).

        Returns
        -------
        images : ndarray of shape (n, rows, columns) or (n, rows, columns, 3), uint8
            Grey or RGB, as `color` says. Where `size` is None and the images vary in size: a 1-D object array
            of images.

        Raises
        ------
        ImageReadError
            A file cannot be read, and `on_error` is ``"raise"``; the message names the file and the row.
        ValueError
            X cannot be taken for images, or an image has values outside the range.
        """
        self._validate_params()
        settings = self._check_settings()
        rows = list_items(X)
        if rows is None:
            is_flat = getattr(X, "ndim", 2) == 2  # a polars frame has no ndim
            rows = self._read_array(X, like=self if is_flat and hasattr(self, "n_features_in_") else None).pixels
            shape = rows.shape[1:3] if settings.size is None else settings.size
        else:
            shape = settings.size
        with closing(read_rows(rows, settings, self.n_jobs, prepare_row)) as results:
            if self.verbose:
                from tqdm import tqdm

                results = tqdm(results, total=len(rows), desc="Reading images", unit="image", disable=None)
            if shape is None:
                return _stack(list(map(_raise_error, results)))
            images = np.empty((len(rows), *shape, *([3] if self.color == "rgb" else [])), np.uint8)
            self._fill(images, results)
            return images

    def get_feature_names_out(self, input_features=None):
        """Return the names that came in, so that the steps after it in a Pipeline can name their features.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            The names of the columns.

        Returns
        -------
        input_features : array-like of str or None
            The same object: images have no columns to name.
        """
        return input_features

    def set_output(self, *, transform=None):
        """Do nothing, so that `set_output` of a Pipeline can be used: images stay arrays.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored.

        Returns
        -------
        self : ImageReader
            The same object.
        """
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _check_settings(self):
        """Check what the table of parameters cannot say, and put the parameters in one form."""
        size = (self.size, self.size) if isinstance(self.size, Integral) else self.size
        if size is not None:
            if len(size) != 2 or not all(isinstance(side, Integral) and side > 0 for side in size):
                raise ValueError(f"size is {self.size!r}, but must be None, an int or (rows, columns), all positive.")
            size = tuple(map(int, size))
        elif self.on_error == "warn":
            raise ValueError('on_error="warn" puts black images in the place of bad files: set size to say how large.')
        value_range = self.value_range
        if value_range != "dtype":
            is_pair = len(value_range) == 2 and all(isinstance(value, Real) for value in value_range)
            if not is_pair or not value_range[0] < value_range[1] or not np.isfinite(value_range).all():
                raise ValueError(
                    f'value_range is {value_range!r}, but must be "dtype" or (low, high), finite, low < high.'
                )
            value_range = tuple(value_range)
        return ReadingSettings(size, self.color, self.aspect, self.pad_value, value_range, self.max_pixels)

    def _read_array(self, X, like=None):
        return read_images(X, image_shape=self.image_shape, value_range=self.value_range, like=like)

    def _fill(self, images, results):
        """Write one result after the other into the output."""
        errors = []
        for image, result in zip(images, results, strict=True):
            if self.on_error == "warn" and isinstance(result, ImageReadError):
                errors.append(result)
                image[:] = 0
            else:
                image[:] = _raise_error(result)
        if errors:
            self._warn_of(errors, len(images))

    def _warn_of(self, errors, n_images):
        named = "; ".join(map(_name_row, errors[:MOST_ROWS_NAMED]))
        more = f"; and {len(errors) - MOST_ROWS_NAMED} more" if len(errors) > MOST_ROWS_NAMED else ""
        warnings.warn(
            f"{len(errors)} of {n_images} files could not be read and became black images: {named}{more}.",
            UserWarning,
            stacklevel=4,
        )


def _name_row(error):
    name = "" if error.path is None else f", {error.path!r},"
    return f"row {error.row}{name} {error.reason}"


def _raise_error(result):
    if isinstance(result, ValueError):
        raise result
    return result


def _stack(images):
    """Stack images of one shape, freeing each as it is copied; put others into an object array."""
    n_images = len(images)
    if len({image.shape for image in images}) == 1:
        stacked = np.empty((n_images, *images[0].shape), np.uint8)
    else:
        stacked = np.empty(n_images, dtype=object)
    for row in reversed(range(n_images)):
        stacked[row] = images.pop()
    return stacked
