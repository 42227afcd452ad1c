"""The demo tells the story that the pages tell with it."""

from __future__ import annotations

from pathlib import Path

import pytest

import perturbdash as pdash
from perturbdash.vocabulary import HEADLINE, POOLED

DATA = Path(__file__).resolve().parents[2] / "data"
MODELS = ("skilled", "collapsed", "wrong_scale")


@pytest.fixture(scope="module")
def demo() -> pdash.Result:
    return pdash.evaluate(DATA / "demo.h5ad", {name: DATA / f"{name}.csv" for name in MODELS}, store=False)


def test_all_headline_metrics_can_tell(demo: pdash.Result) -> None:
    for context in (POOLED, *demo.contexts):
        assert {demo.gates[(context, metric)] for metric in HEADLINE} == {"informative"}


def test_the_skilled_beats_and_the_others_do_not(demo: pdash.Result) -> None:
    verdict = demo.verdict[demo.verdict["headline"] & (demo.verdict["context"] == POOLED)]
    beats = (verdict["outcome"] == "beats").groupby(verdict["model"]).sum()
    assert beats.to_dict() == {"skilled": 4, "collapsed": 0, "wrong_scale": 0}
    assert not demo.judges_a_fit


def test_each_model_is_warned_of_what_is_wrong_with_it(demo: pdash.Result) -> None:
    found = demo.warnings.groupby("model")["warning"].agg(set).to_dict()
    assert "skilled" not in found
    assert found["collapsed"] == {"collapse"}
    assert {"space", "scale"} <= found["wrong_scale"]
    assert "collapse" not in found["wrong_scale"]


def test_the_demo_has_every_baseline(demo: pdash.Result) -> None:
    assert set(demo.all_cells.names("baseline")) == {
        "mean",
        "control",
        "matching_mean",
        "additive",
        "linear",
        "transfer_mean",
    }
