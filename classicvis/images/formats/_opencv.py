"""Decoding by OpenCV."""

import cv2
import numpy as np

from classicvis.images._errors import damaged

AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION


def decode_by_opencv(data, header=None, flags=AS_STORED):
    """Decode to grey, or to RGB without alpha; the header is not needed."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise damaged(f"OpenCV says {error.err or str(error)!r}") from error
    if image is None:
        raise damaged("OpenCV cannot decode it")
    if image.ndim == 2:
        return image
    if image.dtype == np.uint8 and image.shape[2] == 3:
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return np.ascontiguousarray(image[..., 2::-1])
