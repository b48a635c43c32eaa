"""Colours of pixels in other spaces, and the bins that they fall into.

The spaces are those of scikit-image (`rgb2hsv`, `rgb2lab` with white D65) and, for the opponent colours, of van de
Sande, Gevers and Snoek (TPAMI 2010, equation 4). All coordinates are brought to 0 to 1, the ends of their ranges.
"""

import numpy as np

from classicvis.kernels._jit import inlined_helper, kernel

SPACE_CODES = {"rgb": 0, "hsv": 1, "lab": 2, "opponent": 3}
RGB, HSV, LAB, OPPONENT = range(4)
WHITE_X, WHITE_Z = 0.95047, 1.08883  # D65
LARGEST_AB = 110.0  # no RGB colour has a* or b* beyond ±110
N_BYTES = 256
ROUNDING = 1e-9  # share of a bin below its lower edge that counts as on it: fractions of 255 are often meant to be


@kernel
def fill_color_bins(images, black, white, space, bins, factors, offsets, out):
    """Fill planes of `out` with sums of the bins, b, that a pixel's three coordinates fall into: factors @ b + offsets.

    Parameters
    ----------
    images : array of shape (n, h, w, c)
        RGB or grey images of any real dtype.
    black, white : float
        The values that become 0 and 1; beyond them values are cut off.
    space : int
        One of `SPACE_CODES`.
    bins : int array of shape (3,)
        Number of bins of each coordinate.
    factors : int array of shape (n_planes, 3)
        What the bins are multiplied with.
    offsets : int array of shape (n_planes,)
        What is added.
    out : int32 array of shape (n_planes, n, h, w)
        The result.
    """
    n_images, n_rows, n_columns, n_channels = images.shape
    linear = np.empty(N_BYTES if space == LAB and images.itemsize == 1 else 0)  # powers take long, and bytes are few
    for i in range(linear.size):
        linear[i] = linear_from_srgb(share(i, black, white))
    for i in range(n_images):
        for row in range(n_rows):
            for column in range(n_columns):
                pixel = images[i, row, column]
                a, b, c = pixel[0], pixel[0], pixel[0]
                if n_channels == 3:
                    b, c = pixel[1], pixel[2]
                red, green, blue = share(a, black, white), share(b, black, white), share(c, black, white)
                if space == RGB:
                    x, y, z = red, green, blue
                elif space == HSV:
                    x, y, z = hsv_from_rgb(red, green, blue)
                elif linear.size > 0:
                    x, y, z = lab_from_linear(linear[int(a)], linear[int(b)], linear[int(c)])
                elif space == LAB:
                    x, y, z = lab_from_linear(linear_from_srgb(red), linear_from_srgb(green), linear_from_srgb(blue))
                else:
                    x, y, z = (red - green + 1) / 2, (red + green - 2 * blue + 2) / 4, (red + green + blue) / 3
                first, second, third = bin_of(x, bins[0]), bin_of(y, bins[1]), bin_of(z, bins[2])
                for plane in range(len(offsets)):
                    label = factors[plane, 0] * first + factors[plane, 1] * second + factors[plane, 2] * third
                    out[plane, i, row, column] = label + offsets[plane]


@inlined_helper
def share(value, black, white):
    """Return where a value lies between black, 0, and white, 1."""
    return min(max((value - black) / (white - black), 0.0), 1.0)


@inlined_helper
def bin_of(coordinate, n_bins):
    """Return the bin of a coordinate; the last one holds 1."""
    return min(max(int(np.floor(coordinate * n_bins + ROUNDING)), 0), n_bins - 1)


@inlined_helper
def hsv_from_rgb(red, green, blue):
    """Return hue, saturation and value."""
    value = max(red, green, blue)
    spread = value - min(red, green, blue)
    if spread == 0:
        return 0.0, 0.0, value
    if blue == value:
        hue = 4 + (red - green) / spread
    elif green == value:
        hue = 2 + (blue - red) / spread
    else:
        hue = (green - blue) / spread
    return (hue / 6) % 1, spread / value, value


@inlined_helper
def lab_from_linear(red, green, blue):
    """Return L*, a* and b* of sRGB colours whose gamma has been undone."""
    x = lightness_of((0.412453 * red + 0.357580 * green + 0.180423 * blue) / WHITE_X)
    y = lightness_of(0.212671 * red + 0.715160 * green + 0.072169 * blue)
    z = lightness_of((0.019334 * red + 0.119193 * green + 0.950227 * blue) / WHITE_Z)
    a, b = 500 * (x - y), 200 * (y - z)
    return (116 * y - 16) / 100, (a / LARGEST_AB + 1) / 2, (b / LARGEST_AB + 1) / 2


@inlined_helper
def linear_from_srgb(value):
    """Undo the gamma of sRGB."""
    return ((value + 0.055) / 1.055) ** 2.4 if value > 0.04045 else value / 12.92


@inlined_helper
def lightness_of(value):
    """Return the function f of CIE 1976."""
    return np.cbrt(value) if value > 0.008856 else 7.787 * value + 16 / 116
