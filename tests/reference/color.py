"""Colour coordinates and their histograms, slowly and plainly: the twin that the fast kernel is compared with.

Written beside the definitions of HSV (A. R. Smith, 1978), CIE L*a*b* (1976) with sRGB (IEC 61966-2-1), and the
opponent colours of van de Sande, Gevers and Snoek (TPAMI 2010, equation 4). Each coordinate comes with its range.
"""

import colorsys
import math

RANGES = {
    "rgb": ((0, 1), (0, 1), (0, 1)),
    "hsv": ((0, 1), (0, 1), (0, 1)),
    "lab": ((0, 100), (-110, 110), (-110, 110)),
    "opponent": (
        (-1 / math.sqrt(2), 1 / math.sqrt(2)),
        (-2 / math.sqrt(6), 2 / math.sqrt(6)),
        (0, math.sqrt(3)),
    ),
}


def lab(red, green, blue):
    linear = [((v + 0.055) / 1.055) ** 2.4 if v > 0.04045 else v / 12.92 for v in (red, green, blue)]
    matrix = (0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227)
    xyz = [sum(m * v for m, v in zip(row, linear, strict=True)) for row in matrix]
    xyz = xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def opponent(red, green, blue):
    return (
        (red - green) / math.sqrt(2),
        (red + green - 2 * blue) / math.sqrt(6),
        (red + green + blue) / math.sqrt(3),
    )


def coordinates(space, red, green, blue):
    """Return the coordinates of a colour, whose red, green and blue lie in 0 to 1."""
    if space == "rgb":
        return red, green, blue
    return {"hsv": colorsys.rgb_to_hsv, "lab": lab, "opponent": opponent}[space](red, green, blue)


def positions(space, red, green, blue):
    """Return where the coordinates lie in their ranges, 0 to 1."""
    values = coordinates(space, red, green, blue)
    return [(v - low) / (high - low) for v, (low, high) in zip(values, RANGES[space], strict=True)]
