import json
import os
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from classicvis.benchmark._metrics import mcnemar_exact, wilson_interval


def test_comparison_ranks_by_accuracy(make_comparison):
    comparison = make_comparison()
    assert comparison.ranking == ["method b", "method a", "method c"]
    assert comparison.best == "method b"
    assert list(comparison.metrics) == comparison.ranking


def test_comparison_keeps_the_given_order_of_ties(make_comparison):
    assert make_comparison(n_wrong=(3, 3, 3)).ranking == ["method a", "method b", "method c"]


def test_comparison_frame(make_comparison):
    frame = make_comparison(failed=["broken"]).to_frame()
    assert frame.index.tolist() == ["method b", "method a", "method c", "broken"]
    assert frame.index.name == "method"
    best = frame.loc["method b"]
    assert best["accuracy"] == 38 / 40
    assert (best["accuracy_low"], best["accuracy_high"]) == wilson_interval(38, 40)
    assert np.isnan(best["p_value_to_best"])
    assert best["fit_seconds"] == 2.5
    assert best["images_per_second"] == pytest.approx(400)
    assert best["latency_median_ms"] == pytest.approx(3)
    assert 3 < best["latency_p95_ms"] < 30
    assert best["model_bytes"] == 4_560_000
    assert best["fit_peak_bytes"] == 123_000_000
    assert frame["error"].isna().tolist() == [True, True, True, False]
    assert frame.loc["broken", "error"] == "ValueError: no way"
    assert np.isnan(frame.loc["broken", "accuracy"])


def test_comparison_frame_where_all_failed(make_comparison):
    comparison = make_comparison(n_wrong=(), failed=["broken", "also broken"])
    frame = comparison.to_frame()
    assert frame["accuracy"].isna().all()
    assert frame["error"].tolist() == ["ValueError: no way"] * 2
    assert comparison.best is None
    assert comparison.errors == dict.fromkeys(["broken", "also broken"], "ValueError: no way")


def test_comparison_frame_has_the_scorers(make_comparison):
    values = {
        "method a": {"accuracy": [0.5, 0.7], "odd": [0.1, None]},
        "method b": {"accuracy": [0.3, 0.3], "odd": [0.1, 0.2]},
    }
    comparison = make_comparison(n_wrong=(1, 2), change=lambda run: replace(run, scorer_values=values[run.name]))
    frame = comparison.to_frame()
    assert frame["score_accuracy"].tolist() == pytest.approx([0.6, 0.3])
    assert np.isnan(frame.loc["method a", "score_odd"])
    assert frame.loc["method a", "accuracy"] == 39 / 40, "a scorer does not take the place of a figure"


def test_comparison_tests_the_best_against_each(make_comparison):
    comparison = make_comparison()
    first, second = (comparison.runs[name].y_pred == comparison.y_true for name in ("method b", "method c"))
    expected = mcnemar_exact(first, second)
    assert comparison.test_difference("method b", "method c") == expected
    assert comparison.to_frame().loc["method c", "p_value_to_best"] == expected.p_value


def test_comparison_confusion_matrix(make_comparison):
    comparison = make_comparison(n_classes=4, n_wrong=(6,))
    confusion = comparison.confusion_matrix("method a")
    assert confusion.shape == (4, 4)
    assert confusion.sum() == 40
    assert np.trace(confusion) == 34
    assert confusion[0, 1] == 2


def test_verdict_beyond_chance(make_comparison):
    verdict = make_comparison(n_wrong=(10, 2)).verdict()
    assert verdict.startswith("method b is better than method a beyond chance: method b alone is right on 8 of")
    assert "and method a alone on 0 (McNemar's exact test, p = 0.0078)." in verdict
    assert "approximate" not in verdict


def test_verdict_within_chance(make_comparison):
    verdict = make_comparison(n_wrong=(10, 8)).verdict()
    assert verdict.startswith("method b and method a cannot be told apart on these images")


def test_verdict_after_cross_validation_is_approximate(make_comparison):
    verdict = make_comparison(is_cross_validated=True).verdict()
    assert verdict.endswith("The test is approximate, since the models of different folds share training images.")


@pytest.mark.parametrize("options", [{"n_wrong": (1,)}, {"n_wrong": (), "failed": ["a", "b"]}])
def test_verdict_of_fewer_than_two(make_comparison, options):
    assert "nothing to compare" in make_comparison(**options).verdict()


def test_confident_errors_come_by_confidence(make_comparison):
    comparison = make_comparison(n_wrong=(5,))
    errors = comparison.confident_errors("method a", 3)
    assert [position for position, _ in errors] == [4, 3, 2]
    assert [confidence for _, confidence in errors] == sorted((c for _, c in errors), reverse=True)
    assert errors[0][1] == pytest.approx(np.linspace(0.5, 0.9, 40)[4], abs=1e-6)


def test_confident_errors_without_scores_come_in_order(make_comparison):
    comparison = make_comparison(n_wrong=(5,), change=lambda run: replace(run, scores=None))
    assert comparison.confident_errors("method a", 3) == [(0, None), (1, None), (2, None)]


def test_comparison_prints_as_a_table(make_comparison):
    text = repr(make_comparison(failed=["broken"]))
    lines = text.splitlines()
    assert lines[0].split()[:2] == ["method", "accuracy"]
    assert lines[3].startswith("method b      95.0")
    assert "83.5-98.6" in lines[3]
    assert lines[-1] == "broken failed. ValueError: no way"
    assert text.isascii()
    widths = {len(line) for line in lines[3:6]}
    assert len(widths) == 1


def test_comparison_of_failures_prints_them(make_comparison):
    assert repr(make_comparison(n_wrong=(), failed=["broken"])) == "broken failed. ValueError: no way"


def test_comparison_json_holds_the_raw_results(make_comparison, tmp_path):
    comparison = make_comparison(failed=["broken"], class_names=["naïve", "b", "c"])
    comparison.to_json(tmp_path / "results.json")
    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert content["class_names"][0] == "naïve"
    assert content["y_true"] == comparison.y_true.tolist()
    method = content["methods"]["method a"]
    assert method["y_pred"] == comparison.runs["method a"].y_pred.tolist()
    assert method["costs"]["pass_seconds"] == [0.2, 0.1, 0.1]
    assert method["figures"]["accuracy"] == 0.75
    assert content["methods"]["broken"]["error"] == "ValueError: no way"
    assert content["verdict"] == comparison.verdict()


def test_comparison_csv_reads_back(make_comparison, tmp_path):
    comparison = make_comparison(failed=["broken"])
    comparison.to_csv(tmp_path / "results.csv")
    frame = pd.read_csv(tmp_path / "results.csv", index_col="method")
    assert frame["accuracy"].dropna().tolist() == comparison.to_frame()["accuracy"].dropna().tolist()


def test_comparison_pickles(make_comparison):
    comparison = make_comparison()
    assert repr(pickle.loads(pickle.dumps(comparison))) == repr(comparison)


def test_comparison_does_not_change(make_comparison):
    comparison = make_comparison()
    with pytest.raises(FrozenInstanceError):
        comparison.notes = ["a note"]
    with pytest.raises(FrozenInstanceError):
        comparison.runs["method a"].scores = None


def test_names_that_are_not_utf_8_are_written_escaped(make_comparison, tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    broken = {"failed": ["broken"], "change": lambda run: replace(run, error=run.error and f"{name} is damaged")}
    comparison = make_comparison(n_images=3, n_wrong=(1,), test_names=[name] * 3, class_names=[name] * 3, **broken)
    comparison.to_html(tmp_path / "report.html")
    comparison.to_csv(tmp_path / "results.csv")
    comparison.to_json(tmp_path / "results.json")
    assert r"caf\udce9.png" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert r"caf\udce9.png" in (tmp_path / "results.csv").read_text(encoding="utf-8")
    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert content["test_names"] == [name] * 3, "JSON reads the escape back"
