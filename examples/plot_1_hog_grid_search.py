"""
HOG and an SVM in a grid search
===============================

The size of HOG's cells matters more than the SVM's `C`. Both are parameters of one pipeline, so scikit-learn's
`GridSearchCV` can search them together.
"""

# %%
# A pipeline of two steps
# -----------------------
#
# `HOGTransformer` turns images into rows of features, and a linear SVM learns from them. The data are a thousand images
# of clothes, of 28 × 28 pixels.

from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from classicvis import HOGTransformer, load_fashion_sample

sample = load_fashion_sample()
X, y = sample.X_train[:1000], sample.y_train[:1000]
pipeline = make_pipeline(HOGTransformer(cells_per_block=(2, 2)), LinearSVC())

# %%
# Search
# ------
#
# Cells of 14 pixels divide an image into 4 parts, cells of 2 pixels into 196. Large cells lose the outline. With small
# cells, a slight shift moves an edge into a neighbouring cell.

from sklearn.model_selection import GridSearchCV

sides = [2, 4, 7, 14]
search = GridSearchCV(
    pipeline,
    {
        "hogtransformer__pixels_per_cell": [(side, side) for side in sides],
        "linearsvc__C": [0.001, 0.01, 0.1, 1],
    },
    cv=3,
)
search.fit(X, y)
print(search.best_params_)

# %%
# Accuracy by cell size and C
# ---------------------------

import matplotlib.pyplot as plt
import pandas as pd

results = pd.DataFrame(search.cv_results_)
figure, axes = plt.subplots(layout="constrained")
for side in sides:
    of_side = results[results["param_hogtransformer__pixels_per_cell"] == (side, side)]
    axes.semilogx(
        of_side["param_linearsvc__C"].astype(float),
        of_side["mean_test_score"],
        marker="o",
        label=f"{side} × {side} pixels",
    )
axes.set(xlabel="C of the SVM", ylabel="accuracy in cross-validation")
axes.legend(title="cells")
plt.show()

# %%
# The search has fitted the best pipeline to all thousand images. Its accuracy on the test images:

print(f"{search.score(sample.X_test, sample.y_test):.1%}")
