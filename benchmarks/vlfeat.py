"""VLFeat through its C library, for benchmarks and golden files: Debian's `libvlfeat1` has it."""

import ctypes
import ctypes.util

import numpy as np

N_VALUES = 128
UOCTTI = 1  # of VLFeat's enumeration of the variants of HOG
FLOAT, FISHER_IMPROVED, VLAD_NORMALISE_WORDS = 1, 3, 1


class _Keypoint(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in ("x", "y", "scale", "norm")]


class _Filter(ctypes.Structure):
    """The struct of dsift.h of VLFeat 0.9.21."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("width", "height", "step_x", "step_y")),
        *((name, ctypes.c_int) for name in ("min_x", "min_y", "max_x", "max_y")),
        *((name, ctypes.c_int) for name in ("bins_t", "bins_x", "bins_y", "bin_size_x", "bin_size_y")),
        ("use_flat_window", ctypes.c_int),
        ("window_size", ctypes.c_double),
        ("n_frames", ctypes.c_int),
        ("descriptor_size", ctypes.c_int),
        ("frames", ctypes.POINTER(_Keypoint)),
        ("descriptors", ctypes.POINTER(ctypes.c_float)),
    ]


def is_installed():
    """Say whether VLFeat's library is there."""
    return ctypes.util.find_library("vl") is not None


def load_library():
    """Return VLFeat's library with the types of what is called here."""
    name = ctypes.util.find_library("vl")
    if name is None:
        raise OSError("VLFeat is not installed: on Debian, `apt-get install libvlfeat1`.")
    library = ctypes.CDLL(name)
    library.vl_dsift_new_basic.restype = ctypes.POINTER(_Filter)
    library.vl_dsift_new_basic.argtypes = [ctypes.c_int] * 4
    library.vl_dsift_process.argtypes = [ctypes.POINTER(_Filter), ctypes.c_void_p]
    library.vl_dsift_process.restype = None
    library.vl_dsift_delete.argtypes = [ctypes.POINTER(_Filter)]
    library.vl_dsift_delete.restype = None
    library._vl_dsift_update_buffers.argtypes = [ctypes.POINTER(_Filter)]
    library.vl_imsmooth_f.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p] + [ctypes.c_size_t] * 3
    library.vl_imsmooth_f.argtypes += [ctypes.c_double] * 2
    library.vl_imsmooth_f.restype = None
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    library.vl_hog_new.restype, library.vl_hog_new.argtypes = pointer, [ctypes.c_int, size, ctypes.c_int]
    library.vl_hog_put_image.restype = library.vl_hog_extract.restype = library.vl_hog_delete.restype = None
    library.vl_hog_put_image.argtypes = [pointer, pointer, size, size, size, size]
    library.vl_hog_extract.argtypes, library.vl_hog_delete.argtypes = [pointer, pointer], [pointer]
    for name in ("vl_hog_get_width", "vl_hog_get_height", "vl_hog_get_dimension"):
        getattr(library, name).restype, getattr(library, name).argtypes = size, [pointer]
    kind = ctypes.c_int
    library.vl_fisher_encode.argtypes = [pointer, kind, pointer, size, size, pointer, pointer, pointer, size, kind]
    library.vl_vlad_encode.argtypes = [pointer, kind, pointer, size, size, pointer, size, pointer, kind]
    library.vl_vlad_encode.restype = None
    return library


class DenseSIFT:
    """`vl_dsift` for images of one shape, as often as wanted.

    Parameters
    ----------
    shape : tuple of (int, int)
        Rows and columns of the images.
    step, bin_size : int
        Pixels between descriptors, and pixels of a bin.
    window : {"flat", "gaussian"}
        Its window.
    offset : int, default=0
        Row and column where the grid begins.
    """

    def __init__(self, shape, step, bin_size, window, offset=0):
        self._library = load_library()
        self._filter = self._library.vl_dsift_new_basic(shape[1], shape[0], step, bin_size)
        self._filter.contents.use_flat_window = window == "flat"
        self._filter.contents.min_x = self._filter.contents.min_y = offset
        self._library._vl_dsift_update_buffers(self._filter)

    def process(self, image):
        """Compute the descriptors of a float32 image and leave them where they are, as C programs do."""
        self._library.vl_dsift_process(self._filter, image.ctypes.data)

    def __call__(self, image):
        """Return copies of the positions (row, column), the descriptors, and VLFeat's norms."""
        self.process(np.ascontiguousarray(image, np.float32))
        found = self._filter.contents
        frames = [(frame.y, frame.x, frame.norm) for frame in found.frames[: found.n_frames]]
        frames = np.array(frames).reshape(-1, 3)
        descriptors = np.ctypeslib.as_array(found.descriptors, (found.n_frames, N_VALUES)).copy()
        return frames[:, :2], descriptors, frames[:, 2]

    def __del__(self):
        """Free what VLFeat allocated, if it could be loaded."""
        if hasattr(self, "_filter"):
            self._library.vl_dsift_delete(self._filter)


class UocttiHOG:
    """`vl_hog` as Felzenszwalb has it, for as many images as wanted.

    Parameters
    ----------
    orientations, cell_side : int
        Undirected orientations, and pixels of the side of a cell.
    """

    def __init__(self, orientations, cell_side):
        self._library = load_library()
        self._hog = self._library.vl_hog_new(UOCTTI, orientations, 0)
        self._cell_side = cell_side

    def __call__(self, image):
        """Return the planes of an image, of shape (3 · orientations + 4, cell rows, cell columns)."""
        planes = image[np.newaxis] if image.ndim == 2 else np.moveaxis(image, -1, 0)
        planes = np.ascontiguousarray(planes, np.float32)
        library, hog = self._library, self._hog
        library.vl_hog_put_image(hog, planes.ctypes.data, *image.shape[1::-1], len(planes), self._cell_side)
        shape = library.vl_hog_get_dimension(hog), library.vl_hog_get_height(hog), library.vl_hog_get_width(hog)
        out = np.empty(shape, np.float32)
        library.vl_hog_extract(hog, out.ctypes.data)
        return out

    def __del__(self):
        """Free what VLFeat allocated, if it could be loaded."""
        if hasattr(self, "_hog"):
            self._library.vl_hog_delete(self._hog)


def smooth(image, sigma):
    """Return an image smoothed by `vl_imsmooth`, float32."""
    image = np.ascontiguousarray(image, np.float32)
    smoothed = np.empty_like(image)
    n_rows, n_columns = image.shape
    library = load_library()
    library.vl_imsmooth_f(
        smoothed.ctypes.data, n_columns, image.ctypes.data, n_columns, n_rows, n_columns, sigma, sigma
    )
    return smoothed


def encode_fisher(library, weights, means, covariances, descriptors, flags=FISHER_IMPROVED):
    """Return the Fisher vector of descriptors; all arrays are float32."""
    encoding = np.empty(2 * means.size, np.float32)
    n_components, n_dims = means.shape
    library.vl_fisher_encode(
        encoding.ctypes.data, FLOAT, means.ctypes.data, n_dims, n_components, covariances.ctypes.data,
        weights.ctypes.data, descriptors.ctypes.data, len(descriptors), flags,
    )  # fmt: skip
    return encoding


def vlad_encoder(library, words, descriptors, flags=VLAD_NORMALISE_WORDS):
    """Return a function that computes the VLAD of descriptors; the nearest words are found before."""
    nearest = ((descriptors[:, np.newaxis].astype(np.float64) - words) ** 2).sum(axis=2).argmin(axis=1)
    assignments = np.eye(len(words), dtype=np.float32)[nearest]
    encoding = np.empty(words.size, np.float32)
    n_words, n_dims = words.shape

    def encode():
        library.vl_vlad_encode(
            encoding.ctypes.data, FLOAT, words.ctypes.data, n_dims, n_words, descriptors.ctypes.data,
            len(descriptors), assignments.ctypes.data, flags,
        )  # fmt: skip
        return encoding

    return encode
