"""Metrics that are not waited for: what a result says without them, and that it becomes the whole one."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.errors import Cancelled
from perturbdash.judgement import putting_off
from perturbdash.judgement.result import TABLES
from perturbdash.metrics.outcome import PUT_OFF
from perturbdash.metrics.registry import METRICS
from tests.unit.judgement.test_evaluate import centroid_table, make_cells

SLOW = tuple(name for name, spec in METRICS.items() if spec.cost == "all_pairs_l1")


@pytest.fixture(scope="module")
def cells():
    return make_cells(contexts=("A", "B"))


def evaluate(cells, *, wait: bool, **settings) -> pdash.Result:
    models = {"m": centroid_table(cells), "few": centroid_table(cells).iloc[:12]}
    return pdash.evaluate(cells, models, store=False, n_resamples=300, wait=wait, **settings)


@pytest.fixture(scope="module")
def whole(cells) -> pdash.Result:
    return evaluate(cells, wait=True)


@pytest.fixture(scope="module")
def without(cells) -> pdash.Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(putting_off, "PAIR_GENES_WAITED_FOR", 0)
        return evaluate(cells, wait=False)


def test_the_slow_ones_are_put_off_where_there_are_very_many_pairs_and_nobody_waits(cells, whole, without):
    assert SLOW
    assert without.put_off == SLOW
    assert whole.put_off == ()
    assert evaluate(cells, wait=False).put_off == ()


def test_the_number_that_is_waited_for_counts_pairs_and_genes(without, monkeypatch):
    stats = list(without.stats.values())
    pair_genes = sum(len(one.perturbations) ** 2 * len(one.genes) for one in stats)
    monkeypatch.setattr(putting_off, "PAIR_GENES_WAITED_FOR", pair_genes)
    assert putting_off.put_off_metrics(stats) == ()
    monkeypatch.setattr(putting_off, "PAIR_GENES_WAITED_FOR", pair_genes - 1)
    assert putting_off.put_off_metrics(stats) == SLOW


def test_what_is_put_off_has_rows_without_a_value_and_with_the_reason(whole, without):
    keys = ["context", "prediction", "perturbation", "metric", "truth"]
    slow = without.metrics[without.metrics["metric"].isin(SLOW)]
    expected = whole.metrics[whole.metrics["metric"].isin(SLOW)]
    pd.testing.assert_frame_equal(slow[keys], expected[keys])
    assert slow["value"].isna().all()
    assert (slow["reason"] == PUT_OFF).all()
    rest = without.metrics[~without.metrics["metric"].isin(SLOW)]
    assert PUT_OFF not in set(rest["reason"])
    summary = without.metric_summary[without.metric_summary["metric"].isin(SLOW)]
    assert (summary["n_defined"] == 0).all()
    assert (summary["n_undefined"] > 0).all()


def test_nothing_is_judged_by_what_is_put_off(without):
    verdict = without.verdict[without.verdict["metric"].isin(SLOW)]
    assert len(verdict)
    assert (verdict["outcome"] == "undefined").all()
    assert (verdict["reason"] == PUT_OFF).all()
    gates = without.calibration_summary.set_index("metric").loc[list(SLOW), "gate"]
    assert "informative" not in set(gates)


def test_completing_gives_what_waiting_would_have_given(whole, without):
    later = without.completed()
    assert later.put_off == ()
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(later, name), getattr(whole, name), obj=name)
    assert later.completed() is later
    assert without.put_off == SLOW


def test_completing_reports_progress_and_can_be_stopped(without):
    shares: list[float] = []

    def stop(share: float, text: str) -> None:
        shares.append(share)
        if share > 0.5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        without.completed(progress=stop)
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert without.put_off == SLOW


def test_the_record_names_what_is_not_computed(without, whole, tmp_path: Path):
    without.save(tmp_path)
    written = json.loads((tmp_path / "run.json").read_text())
    assert written["metrics_not_computed"] == list(SLOW)
    assert whole.run["metrics_not_computed"] == []


def test_a_headline_metric_that_is_put_off_is_not_counted(cells, monkeypatch):
    monkeypatch.setattr(putting_off, "PAIR_GENES_WAITED_FOR", 0)
    result = evaluate(cells, wait=False, headline=("wmse", *SLOW))
    own = result.verdict[result.verdict["metric"].isin(SLOW)]
    assert own["p_holm"].isna().all()
    assert set(own["outcome"]) == {"undefined"}
