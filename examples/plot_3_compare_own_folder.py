"""
Comparing methods on a folder of images
=======================================

Given a folder with one subfolder for each class, `classicvis.compare` reports how accurate each method is and what it
costs. Ship the simplest one that is good enough.
"""

# %%
# A folder of images
# ------------------
#
# You have a folder already. This example writes the images of the package as PNG files: ``clothes/Bag/0001.png`` and so
# on.

import tempfile
from pathlib import Path

from PIL import Image

from classicvis import load_fashion_sample

sample = load_fashion_sample()
workplace = tempfile.TemporaryDirectory()
root = Path(workplace.name) / "clothes"
for i, (image, label) in enumerate(zip(sample.X_train[:1000], sample.y_train[:1000], strict=True)):
    folder = root / sample.class_names[label].replace("/", " or ")
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / f"{i:04}.png")

# %%
# Check the files
# ---------------
#
# `load_image_folder` returns paths, labels and class names in a stable order. `check_images` lists every file that
# cannot be read.

from classicvis import check_images, load_image_folder

photos = load_image_folder(root)
print(len(photos.paths), "images of", ", ".join(photos.class_names))
print("Bad files:", check_images(photos.paths))

# %%
# Compare
# -------
#
# A method is any scikit-learn classifier that starts with an `ImageReader`. Each method is fitted in a fresh process on
# four fifths of the images, and tested on the others. To compare a CNN as well, add ``"CNN": "cnn"``.

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from classicvis import ImageReader, compare, make_hog_forest, make_hog_svm


def flatten(images):
    """Return one row of numbers in [0, 1] for each image."""
    return images.reshape(len(images), -1) / 255.0


methods = {
    "HOG + SVM": make_hog_svm(size=28, color="gray"),
    "HOG + forest": make_hog_forest(size=28, color="gray", random_state=0),
    "pixels": make_pipeline(
        ImageReader(28, color="gray"), FunctionTransformer(flatten), LogisticRegression(max_iter=200)
    ),
}
comparison = compare(
    methods, photos.paths, photos.labels, class_names=photos.class_names, random_state=0, verbose=False
)
print(comparison)

# %%
# Accuracy against latency
# ------------------------
#
# The bars are 95 % intervals.

import matplotlib.pyplot as plt

comparison.plot()
plt.show()

# %%
# The report is one file with this plot, the confusion matrices and pictures of the most confident errors:

comparison.to_html(root.parent / "report.html")

# %%
# On the command line, ``classicvis compare clothes`` compares the default methods and writes the report.

workplace.cleanup()
