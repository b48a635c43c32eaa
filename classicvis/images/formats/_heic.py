"""HEIC files, which are not read: their codec is patented, and no library that this package needs has it."""

from classicvis.pixels import UnreadableImage


def refuse_heic(data, max_pixels):
    """Say what the file is, and how it can be read."""
    raise UnreadableImage(
        "is a HEIC image, which is not read from files: save it as JPEG; or install pillow-heif, call "
        "pillow_heif.register_heif_opener() and give PIL images, PIL.Image.open(path)"
    )
