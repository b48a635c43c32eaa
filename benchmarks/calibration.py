"""How far the probabilities of ready-made pipelines are from how often they are right.

    python benchmarks/calibration.py [--markdown] [--images N] [--seeds N]

Pipelines learn from the images of the bundled sample, and predict its 1,000 test images. The error is the expected
calibration error in 15 bins; a forest has probabilities without being calibrated, an SVM has none. Figures are means
over the seeds of the pipelines, with standard deviations of the error.
"""

import argparse

import numpy as np
import sklearn
from turns import print_table

import classicvis
from classicvis.benchmark import expected_calibration_error

METHODS = {
    "hog-svm": (classicvis.make_hog_svm, {}, ("sigmoid", "temperature")),
    "hog-rbf": (classicvis.make_hog_svm, {"kernel": "rbf"}, ("sigmoid", "temperature")),
    "hog-forest": (classicvis.make_hog_forest, {}, (False, "sigmoid", "temperature")),
    "hog-boosting": (classicvis.make_hog_forest, {"kind": "boosting"}, (False, "sigmoid", "temperature")),
}
HEADINGS = ("method", "probability", "error %", "±", "accuracy %")


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--images", type=int, default=6000, help="training images (default: 6000, all)")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds are averaged over (default: 3)")
    options = parser.parse_args(arguments)
    sample = classicvis.load_fashion_sample()
    X, y = sample.X_train[: options.images], sample.y_train[: options.images]
    print(f"scikit-learn {sklearn.__version__}, {len(X)} images, {options.seeds} seeds\n")
    rows = []
    for name, (make, settings, ways) in METHODS.items():
        for probability in ways:
            errors, accuracies = [], []
            for seed in range(options.seeds):
                pipeline = make(probability=probability, random_state=seed, **settings).fit(X, y)
                errors.append(expected_calibration_error(sample.y_test, pipeline.predict_proba(sample.X_test)))
                accuracies.append(pipeline.score(sample.X_test, sample.y_test))
            figures = 100 * np.mean(errors), 100 * np.std(errors), 100 * np.mean(accuracies)
            rows.append((name, str(probability), *(f"{figure:.1f}" for figure in figures)))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
