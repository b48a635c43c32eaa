"""What is wrong with one image, without its name."""


class UnreadableImage(Exception):
    """The reason why one image cannot be read, to be read after its name."""
