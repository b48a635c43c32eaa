"""Make sift.npz, OpenCV's answers that the tests of keypoint SIFT compare with: `python tests/golden/make_sift.py`.

Written with OpenCV 4.14.0. The file holds two pictures, the keypoints that `cv2.SIFT_create().detect` finds in each (x,
y, size, angle, response, packed octave) and the descriptors that `compute` gives them, as 8-bit integers.
"""

from pathlib import Path

import cv2
import numpy as np
import skimage.data

PATH = Path(__file__).with_name("sift.npz")


def make_pictures():
    """Return two grey pictures of uint8: a piece of a photograph, and spots of many sizes."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:110, :130]
    spots = np.full((110, 130), 100.0)
    for row, column, size, height in rng.uniform([0, 0, 1, -90], [110, 130, 9, 90], (60, 4)):
        spots += height * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * size**2))
    return {"photo": skimage.data.camera()[100:220, 180:300], "spots": spots.clip(0, 255).astype(np.uint8)}


def main():
    arrays = make_pictures()
    sift = cv2.SIFT_create()
    for name, picture in list(arrays.items()):
        keypoints, descriptors = sift.compute(picture, sift.detect(picture))
        arrays[f"keypoints: {name}"] = np.array(
            [(*k.pt, k.size, k.angle, k.response, k.octave) for k in keypoints], dtype=np.float32
        )
        arrays[f"descriptors: {name}"] = descriptors.astype(np.uint8)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
