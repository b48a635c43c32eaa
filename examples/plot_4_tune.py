"""
Tuning by successive halving
============================

A few images are enough to see that most settings are poor. `tune` tries all settings on few images, and only the best
on more. A grid search spends as much time on the worst as on the best.
"""

# %%
# Search
# ------
#
# Nine pairs of cell sizes, each with five values of C, are 45 settings. HOG is computed once for all five values of C.

from classicvis import load_fashion_sample, make_hog_svm, tune

sample = load_fashion_sample()
grid = {
    "hog__fine__pixels_per_cell": [1 / 14, 1 / 7, 1 / 4],
    "hog__coarse__pixels_per_cell": [1 / 4, 1 / 3, 1 / 2],
    "svm__C": [0.0001, 0.001, 0.01, 0.1, 1.0],
}
tuning = tune(
    make_hog_svm(random_state=0), sample.X_train[:2000], sample.y_train[:2000], param_grid=grid, random_state=0
)
print(tuning.best_params_)

# %%
# Accuracy of the settings in each round
# --------------------------------------

import matplotlib.pyplot as plt
import numpy as np

table = tuning.to_frame()
figure, axes = plt.subplots(layout="constrained")
for n_images, tried in table.groupby("n_resources"):
    shares = np.linspace(0, 1, len(tried))
    axes.plot(shares, tried["mean_test_score"], "o-", label=f"{len(tried)} settings on {n_images} images")
axes.set(xlabel="settings, from the best to the worst of those tried", ylabel="accuracy in validation", xticks=[])
axes.legend()
plt.show()

# %%
# `tune` has fitted the best settings to all 2,000 images. Their accuracy on the test images:

print(f"{tuning.best_estimator_.score(sample.X_test, sample.y_test):.1%}")
