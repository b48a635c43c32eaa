"""Data sets: the bundled sample, folders of images, and hash-checked downloads."""

from classicvis.datasets._backbones import BACKBONES, fetch_backbone
from classicvis.datasets._fashion_sample import load_fashion_sample
from classicvis.datasets._fetch import fetch_cifar10, fetch_fashion_mnist, fetch_mnist, find_data_home
from classicvis.datasets._folder import ImageFolder, list_images, load_image_folder

__all__ = [
    "ImageFolder",
    "fetch_backbone",
    "fetch_cifar10",
    "fetch_fashion_mnist",
    "fetch_mnist",
    "list_images",
    "load_fashion_sample",
    "load_image_folder",
]
