"""Pictures that tests of features look at: photographs, noise, constants, ramps, edges, patterns, shapes."""

import numpy as np
import skimage.data


def photo(n_rows, n_columns):
    """Return a piece of a grey photograph, uint8."""
    return skimage.data.camera()[60 : 60 + n_rows, 170 : 170 + n_columns]


def colour_photo(n_rows, n_columns):
    """Return a piece of a colour photograph, uint8 RGB."""
    return skimage.data.astronaut()[20 : 20 + n_rows, 150 : 150 + n_columns]


def noise(n_rows, n_columns, n_channels=None, seed=0):
    """Return uint8 noise, in which every gradient occurs."""
    shape = (n_rows, n_columns) if n_channels is None else (n_rows, n_columns, n_channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def smooth(n_rows, n_columns, n_channels=None, seed=0):
    """Return a float64 picture in [0, 1] made of a few waves, smooth as a photograph out of focus."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:n_rows, :n_columns] / max(n_rows, n_columns)
    planes = []
    for _ in range(n_channels or 1):
        waves = rng.uniform([-9, -9, 0], [9, 9, 2 * np.pi], (6, 3))
        planes.append(sum(np.sin(a * rows + b * columns + phase) for a, b, phase in waves) / 12 + 0.5)
    return planes[0] if n_channels is None else np.stack(planes, axis=-1)


def constant(n_rows, n_columns):
    return np.full((n_rows, n_columns), 77, dtype=np.uint8)


def ramp_right(n_rows, n_columns):
    """Return brightness that rises to the right: every angle is 0°."""
    return np.tile(np.arange(n_columns, dtype=np.uint8), (n_rows, 1))


def ramp_down(n_rows, n_columns):
    """Return brightness that rises downwards: every angle inside is 90°."""
    return np.tile(np.arange(n_rows, dtype=np.uint8)[:, np.newaxis], (1, n_columns))


def ramp_left(n_rows, n_columns):
    """Return brightness that falls to the right: every angle is 180°, that is 0°."""
    return ramp_right(n_rows, n_columns)[:, ::-1]


def ramp_up(n_rows, n_columns):
    """Return brightness that falls downwards."""
    return ramp_down(n_rows, n_columns)[::-1]


def diagonal_ramp(n_rows, n_columns):
    """Return brightness that rises to the lower right: every angle inside is 45°."""
    return np.add.outer(np.arange(n_rows), np.arange(n_columns)).astype(np.uint8)


def falling_diagonal_ramp(n_rows, n_columns):
    """Return brightness that rises to the lower left: every angle inside is 135°."""
    return diagonal_ramp(n_rows, n_columns)[:, ::-1]


def edge(n_rows, n_columns):
    """Return one upright edge, black and white."""
    return np.where(np.arange(n_columns) < n_columns // 2, 0, 255).astype(np.uint8) * np.ones(
        (n_rows, 1), dtype=np.uint8
    )


def checkerboard(n_rows, n_columns, size=3):
    """Return squares of black and white."""
    squares = np.add.outer(np.arange(n_rows) // size, np.arange(n_columns) // size) % 2
    return (255 * squares).astype(np.uint8)


def disk(n_rows, n_columns):
    """Return a bright disk in the middle whose border is a few pixels wide."""
    rows, columns = np.ogrid[:n_rows, :n_columns]
    distances = np.hypot(rows - n_rows / 2, columns - n_columns / 2)
    return (100 / (1 + np.exp(distances - min(n_rows, n_columns) / 3))).astype(np.uint8)


GREY = {
    "photo": photo,
    "noise": noise,
    "constant": constant,
    "ramp right": ramp_right,
    "ramp down": ramp_down,
    "ramp left": ramp_left,
    "ramp up": ramp_up,
    "diagonal ramp": diagonal_ramp,
    "falling diagonal ramp": falling_diagonal_ramp,
    "edge": edge,
    "checkerboard": checkerboard,
    "disk": disk,
}


def as_dtype(picture, dtype):
    """Return a uint8 picture in another dtype: bool where brighter than half, floats as multiples of 1/256.

    These floats and their differences are exact, so that all ties between bins stay ties.
    """
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return picture > 127
    if dtype == np.uint16:
        return picture.astype(np.uint16) * 257
    if dtype.kind == "f":
        return (picture / 256).astype(dtype)
    return picture.astype(dtype)


def batch(n_images, n_rows, n_columns, n_channels=None, dtype="uint8", seed=0):
    """Return images of which half are noise and half are smooth."""
    images = []
    for i in range(n_images):
        if i % 2 == 0:
            images.append(noise(n_rows, n_columns, n_channels, seed + i))
        else:
            images.append((255 * smooth(n_rows, n_columns, n_channels, seed + i)).astype(np.uint8))
    return as_dtype(np.stack(images), dtype)
