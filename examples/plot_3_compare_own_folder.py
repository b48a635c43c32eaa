"""
Comparing methods on a folder of images
=======================================

With one folder of images a class, `classicvis.compare` tells which method is right most often and what it costs. The
simplest one that is good enough is the one to ship.
"""

# %%
# A folder of images
# ------------------
#
# Yours is there already; here the images in the package are written as PNG files, one folder a class:
# ``clothes/Bag/0001.png`` and so on.

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
# Before a long run
# -----------------
#
# Paths, labels and class names come in a stable order, and every file that cannot be read is named at once.

from classicvis import check_images, load_image_folder

photos = load_image_folder(root)
print(len(photos.paths), "images of", ", ".join(photos.class_names))
print("Bad files:", check_images(photos.paths))

# %%
# Compare
# -------
#
# Any scikit-learn classifier may take part that begins with an `ImageReader`. Each is fitted in a fresh
# process on four fifths of the images and tested on the others. The CNN would be a fourth line, ``"CNN":
# "cnn"``.

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from classicvis import ImageReader, compare, make_hog_forest, make_hog_svm


def flatten(images):
    """One row of numbers in [0, 1] for each image."""
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
# The report has this plot, the confusion matrices and the most confident errors as pictures, in one file:

comparison.to_html(root.parent / "report.html")

# %%
# ``classicvis compare clothes`` does all of this on the command line.

workplace.cleanup()
