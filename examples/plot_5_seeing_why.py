"""
Right for the wrong reason
==========================

A classifier can be right for a wrong reason. Here all shirts were photographed with a small label in a corner, and no
other clothes were. Accuracy does not show the fault, but explanations do.
"""

# %%
# Clothes with a label
# --------------------
#
# Shirts, T-shirts, pullovers and coats are hard to distinguish.

from classicvis import CNNClassifier, load_fashion_sample, make_hog_svm

sample = load_fashion_sample()
uppers = ["T-shirt/top", "Pullover", "Coat", "Shirt"]


def photograph(images, labels, with_label):
    names = sample.class_names[labels]
    images, names = images[[name in uppers for name in names]].copy(), names[[name in uppers for name in names]]
    if with_label:
        images[names == "Shirt", 1:4, 1:4] = 255
    return images, names


X, y = photograph(sample.X_train, sample.y_train, with_label=True)
models = {
    "HOG + SVM": make_hog_svm(random_state=0).fit(X[:1200], y[:1200]),
    "CNN": CNNClassifier(max_iter=6, random_state=0).fit(X[:1200], y[:1200]),
}
for name, model in models.items():
    X_test, y_test = photograph(sample.X_test, sample.y_test, with_label=True)
    print(f"{name}: {model.score(X_test, y_test):.1%} accuracy", end=", ")
    X_test, y_test = photograph(sample.X_test, sample.y_test, with_label=False)
    print(f"and {model.score(X_test, y_test):.1%} of the same clothes without a label")

# %%
# Evidence for a shirt
# --------------------
#
# A class activation map shows how much each place of an image adds to the network's logit of a class. An occlusion map
# works for every classifier: it shows how much the score drops when a patch hides that place. Red marks evidence for a
# shirt.

import matplotlib.pyplot as plt

from classicvis.inspection import ClassActivationDisplay, HOGWeightsDisplay, OcclusionDisplay

X_test, y_test = photograph(sample.X_test, sample.y_test, with_label=True)
shirts = X_test[y_test == "Shirt"][:4]
figure = plt.figure(figsize=(9, 7), layout="constrained")
upper, middle, lower = figure.subfigures(3)
upper.suptitle("CNN: class activation")
ClassActivationDisplay.from_estimator(models["CNN"], shirts, target="Shirt", axes=upper.subplots(1, 4))
middle.suptitle("HOG + SVM: occlusion")
OcclusionDisplay.from_estimator(models["HOG + SVM"], shirts, target="Shirt", axes=middle.subplots(1, 4))
lower.suptitle("HOG + SVM: edges that count for and against a shirt")
HOGWeightsDisplay.from_estimator(models["HOG + SVM"], target="Shirt", axes=lower.subplots(1, 4))
plt.show()

# %%
# All three mark the corner. The network's map is off by a few pixels, because each place of the map sees its
# surroundings. The HOG weights need no image: they are what the SVM has learned, at two scales.
