"""
HOG and an SVM in a grid search
===============================

The size of HOG's cells matters more than the SVM's `C`. Both are parameters of one pipeline, so that scikit-learn's
`GridSearchCV` finds them together, as it would with any other steps.
"""

# %%
# A pipeline of two steps
# -----------------------
#
# `HOGTransformer` turns images into rows of numbers, and a linear SVM learns from them. A thousand images of
# clothes, of 28 × 28 pixels, will do.

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
# Cells of 14 pixels cut an image into four parts, cells of 2 pixels into 196. The fewer there are, the less
# of the outline is left; the more there are, the less does it take for an edge to end up in a neighbouring
# cell.

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
# What matters
# ------------

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
# The search has fitted the best pipeline to all the images that it was given. On images that it has not seen:

print(f"{search.score(sample.X_test, sample.y_test):.1%} of the test images are right.")
