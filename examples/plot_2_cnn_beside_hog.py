"""
A CNN compared with HOG
=======================

When is a convolutional network worth its training time? For classes that differ in outline, HOG and an SVM are about as
accurate, and train in a moment. The network gains most where outlines are alike.
"""

# %%
# Two classifiers, one interface
# ------------------------------
#
# Six epochs are enough here. By default the network trains about three times as many epochs on 6,000 images.

from time import perf_counter

from classicvis import CNNClassifier, load_fashion_sample, make_hog_svm

sample = load_fashion_sample()
models = {"HOG + SVM": make_hog_svm(random_state=0), "CNN": CNNClassifier(max_iter=6, random_state=0)}
for name, model in models.items():
    start = perf_counter()
    model.fit(sample.X_train, sample.y_train)
    seconds = perf_counter() - start
    print(f"{name}: {model.score(sample.X_test, sample.y_test):.1%} accuracy after {seconds:.1f} s of training")

# %%
# Class by class
# --------------
#
# Trousers and bags have unmistakable outlines. A shirt has the outline of a T-shirt, a pullover or a coat; only collar,
# buttons and cloth differ.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import recall_score

recalls = {
    name: recall_score(sample.y_test, model.predict(sample.X_test), average=None) for name, model in models.items()
}
order = np.argsort(recalls["HOG + SVM"])
positions = np.arange(len(order))
figure, axes = plt.subplots(layout="constrained")
for offset, (name, recall) in zip((0.2, -0.2), recalls.items(), strict=True):
    axes.barh(positions + offset, recall[order], height=0.4, label=name)
axes.set_yticks(positions, sample.class_names[order])
axes.set(xlabel="recall: share of the class's test images that are recognised", xlim=(0, 1))
figure.legend(loc="outside upper center", ncols=2)
plt.show()

# %%
# Each class has a hundred test images, so a difference of a few images can be chance. :func:`classicvis.compare` tests
# whether the difference over all classes is significant.
