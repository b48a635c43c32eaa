import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from classicvis.benchmark._report import render_report

VOID = {"meta", "img", "br", "link", "input", "hr", "use", "path"}
NASTY = "<script>alert('x')</script> & \"quotes\""


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags nest."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def values(self, attribute):
        return [value for _, name, value in self.attributes if name == attribute]


@pytest.fixture
def page(make_comparison):
    return Page(render_report(make_comparison(failed=["broken"]), "A title"))


def test_report_refers_to_nothing_outside(make_comparison):
    html = render_report(make_comparison(n_classes=30, failed=["broken"]), "A title")
    assert not re.search(r"https?:|url\(\s*['\"]?(?!#)|@import|<script|<link|<iframe|<object", html)
    for _, name, value in Page(html).attributes:
        if name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert value.startswith(("data:image/", "#")), value


def test_report_names_methods_classes_settings_and_versions(page):
    for text in (
        "A title",
        "method a",
        "method b",
        "method c",
        "class 0",
        "class 2",
        "a split",
        "a processor",
    ):
        assert text in page.text


def test_report_states_the_verdict_and_the_best(make_comparison, page):
    assert make_comparison().verdict() in page.text
    assert "Most accurate: method b" in page.text.replace(" ,", ",")


def test_report_shows_figures(page):
    for text in ("95.0", "(83.5–98.6)", "2.50", "123", "400", "4.56"):
        assert text in page.text


def test_report_shows_what_failed(page):
    assert "failed. ValueError: no way" in page.text
    assert "Traceback: here" in page.text


def test_report_shows_pictures_with_words_for_them(page):
    images = [{} for _ in ()]
    sources, words = page.values("src"), page.values("alt")
    assert len(sources) == len(words) == 10 + 2 + 11 + len(images)
    assert all(base64.b64decode(source.partition(",")[2]) for source in sources)
    assert "image 9: class 0, predicted as class 1" in words


def test_report_tells_how_sure_a_method_was(make_comparison):
    comparison = make_comparison(n_wrong=(5,))
    assert re.search(r"class 2 54\.1 % is class 1", Page(render_report(comparison, "t")).text)
    comparison = make_comparison(n_wrong=(5,), change=lambda run: replace(run, score_kind="decision value"))
    assert "The number is the margin" in Page(render_report(comparison, "t")).text
    comparison = make_comparison(n_wrong=(5,), change=lambda run: replace(run, scores=None))
    assert "Some of the wrong ones" in Page(render_report(comparison, "t")).text


def test_report_without_a_picture_says_so(make_comparison):
    assert "no picture" in Page(render_report(make_comparison(pictures={}), "t")).text


def test_report_escapes_what_it_is_given(make_comparison):
    comparison = make_comparison(
        n_wrong=(3, 4),
        names=[NASTY, "other"],
        class_names=[NASTY, "b", "c"],
        test_names=[f"{NASTY}/{i}.jpg" for i in range(40)],
        notes=[NASTY],
        settings={"images": NASTY, "split": NASTY, "images in a call of predict": NASTY, "date": NASTY},
        environment={NASTY: NASTY},
        failed=[f"{NASTY} 2"],
        change=lambda run: replace(run, warnings=[NASTY], estimator=NASTY),
    )
    html = render_report(comparison, NASTY)
    page = Page(html)
    assert "script" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert html.count("<script") == 0
    assert page.text.count("<script>") > 20


@pytest.mark.parametrize(("n_classes", "has_table"), [(2, True), (20, True), (21, False), (1000, False)])
def test_report_shows_large_confusion_matrices_as_pictures(make_comparison, n_classes, has_table):
    page = Page(render_report(make_comparison(n_classes=n_classes, n_images=2000, n_wrong=(50,)), "t"))
    assert ("confusion" in page.values("class")) == has_table
    assert ("heat" in page.values("class")) != has_table
    assert "taken for" in page.text


def test_report_of_a_perfect_method(make_comparison):
    assert "It has every test image right." in Page(render_report(make_comparison(n_wrong=(0,)), "t")).text


def test_report_where_all_failed(make_comparison):
    page = Page(render_report(make_comparison(n_wrong=(), failed=["broken"]), "t"))
    assert "broken failed. ValueError: no way" in page.text
    assert "svg" not in page.tags


def test_report_after_cross_validation_says_what_is_approximate(make_comparison):
    page = Page(render_report(make_comparison(is_cross_validated=True), "t"))
    assert "Intervals and tests are approximate" in page.text


def test_report_shows_scorers(make_comparison):
    values = {"neg_log_loss": [-0.25], "odd": [None]}
    comparison = make_comparison(n_wrong=(1, 2), change=lambda run: replace(run, scorer_values=values))
    page = Page(render_report(comparison, "t"))
    assert "neg_log_loss" in page.text
    assert "-0.25" in page.text


def test_report_plot_takes_the_colour_of_the_text(make_comparison):
    html = render_report(make_comparison(), "t")
    assert "currentColor" in html
    assert "#123456" not in html


def test_report_of_a_class_without_test_images(make_comparison):
    y_pred = np.ones(40, dtype=np.intp)
    comparison = make_comparison(
        n_classes=3,
        n_wrong=(0,),
        y_true=np.zeros(40, dtype=np.intp),
        change=lambda run: replace(run, y_pred=y_pred),
    )
    assert "40 ×" in Page(render_report(comparison, "t")).text


def test_to_html_writes_the_report(make_comparison, tmp_path):
    make_comparison().to_html(tmp_path / "report.html", title="Mine")
    assert "<h1>Mine</h1>" in (tmp_path / "report.html").read_text(encoding="utf-8")
