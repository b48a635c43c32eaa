"""The formats of image files, one a file: how each is recognised, checked and decoded."""

from classicvis.images.formats._bmp import BMP
from classicvis.images.formats._format import ImageFormat, require_few_pixels
from classicvis.images.formats._gif import GIF
from classicvis.images.formats._jpeg import JPEG
from classicvis.images.formats._netpbm import NETPBM
from classicvis.images.formats._png import PNG
from classicvis.images.formats._tiff import TIFF
from classicvis.images.formats._webp import WEBP

FORMATS = (JPEG, PNG, WEBP, BMP, TIFF, GIF, NETPBM)
