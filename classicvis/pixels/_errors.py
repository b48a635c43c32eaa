"""The error for an image that cannot be read, without the name of the image."""


class UnreadableImage(Exception):
    """The reason why one image cannot be read; callers put the name of the image in front of it."""
