"""The benchmark of the linear support vector machine runs, and compares at equal objectives."""

import linear_svm_speed
import numpy as np


def test_table_has_a_row_for_each_problem(capsys):
    linear_svm_speed.main(["--problem", "wide", "tall", "--divide", "20"])
    table = capsys.readouterr().out
    assert "wide, 250 x 1,000" in table
    assert "tall, 3,000 x 81, 10 classes" in table


def test_ours_reaches_the_objective_of_theirs():
    X, y = linear_svm_speed.draw_samples(300, 30, 3)
    *_, goal, reached = linear_svm_speed.compare_on(X, y, 1.0, 1)
    assert reached <= goal * (1 + 1e-6)
    assert np.allclose(np.linalg.norm(X, axis=1), 1, atol=1e-5)
