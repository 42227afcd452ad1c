"""What a data set shows beside others, held to its own tables and to naive numpy."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash.judgement.result import Result
from perturbdash.judgement.standing import Standing, side_by_side, standing
from perturbdash.statistics.systematic import summary
from perturbdash.ui import demo


@cache
def result(models: tuple[str, ...] = (), context_key: str = "cell_line") -> Result:
    given = {name: demo.folder() / f"{name}.csv" for name in models}
    data = perturbdash.read(demo.folder() / "demo.h5ad", context_key=context_key)
    return perturbdash.evaluate(data, given, store=False, n_resamples=50)


@cache
def made(models: tuple[str, ...] = (), context_key: str = "cell_line") -> Standing:
    return standing(result(models, context_key))


def naive_average(found: Result, context: str) -> float:
    """Correlate the mean of the training centroids of each fold with each centroid, from the control mean."""
    stats = found.stats[context]
    profiles, control = stats.all_cells.mean.numpy(), stats.control.mean.numpy()[0]
    folds = np.array([found.folds[name] for name in stats.perturbations])
    values = []
    for own, fold in zip(profiles, folds, strict=True):
        mean = profiles[folds != fold].mean(0)
        values.append(np.corrcoef(mean - control, own - control)[0, 1])
    return float(np.mean(values))


def test_without_a_model_the_average_is_scored_in_folds_on_all_cells():
    rows = made().scores.set_index(["context", "reference"])
    for context in result().contexts:
        assert rows.loc[(context, "control"), "score"] == pytest.approx(
            naive_average(result(), context), rel=1e-9
        )
        assert np.isnan(rows.loc[(context, "centroid"), "score"])
    each = [rows.loc[(context, "control"), "score"] for context in result().contexts]
    assert rows.loc[("pooled", "control"), "score"] == pytest.approx(np.mean(each))


def test_with_models_the_scores_are_those_of_the_summary():
    found = result(("skilled",))
    table = found.metric_summary
    table = table[table["truth"] == "all_cells"].set_index(["context", "prediction", "metric"])
    rows = made(("skilled",)).scores
    assert set(rows["prediction"]) == {"mean", "skilled"}
    for row in rows.itertuples():
        own = table.loc[(row.context, row.prediction, f"pearson_delta_{row.reference}")]
        assert row.score == pytest.approx(own["mean"], nan_ok=True)
        assert row.n == own["n_defined"]


def test_facts_are_counted_from_the_data():
    facts = made().facts.set_index("context")
    found = result()
    means = summary(found.systematic_variation).set_index(["context", "reference"])
    for context, stats in found.stats.items():
        rest = found.tests[context].degs("rest").sum(1)
        assert facts.loc[context, "mean_degs"] == pytest.approx(rest.mean())
        assert facts.loc[context, "share_without_deg"] == pytest.approx((rest == 0).mean())
        assert facts.loc[context, "cosine"] == means.loc[(context, "control"), "cosine"]
        assert facts.loc[context, "n_cells"] == int(stats.all_cells.n.sum() + stats.control.n.sum())
    assert facts.loc["pooled", "n_cells"] == found.dataset.n_cells
    assert facts.loc["pooled", "n_perturbations"] == len(found.dataset.perturbations)
    gates = found.calibrated.gates
    told = sum(gates[("pooled", metric)] == "informative" for metric in found.settings.headline)
    assert facts.loc["pooled", "informative"] == told
    assert set(facts["n_headline"]) == {4}


def test_one_context_has_no_pooled_row():
    one = made((), "none")
    assert one.facts["context"].tolist() == ["all"]
    assert one.contexts == ("all",)
    assert set(one.scores["context"]) == {"all"}


def test_side_by_side_names_contexts_only_where_there_are_several():
    both = {"A": made(), "B": made((), "none")}
    each = side_by_side(both, pooled=False)
    assert each.facts["name"].tolist() == ["A · line_A", "A · line_B", "B"]
    assert each.facts["dataset"].tolist() == ["A", "A", "B"]
    together = side_by_side(both, pooled=True)
    assert together.facts["name"].tolist() == ["A", "B"]
    assert set(together.calibration["name"]) == {"A", "B"}
    one = side_by_side(both, pooled=False, only={"A": "line_B", "B": "nowhere"})
    assert one.facts["name"].tolist() == ["A · line_B", "B"]
    assert side_by_side({"A": made(("skilled",))}, pooled=True).models == ("skilled",)


def test_nothing_side_by_side_has_the_columns_and_no_rows():
    nothing = side_by_side({}, pooled=False)
    some = side_by_side({"A": made()}, pooled=False)
    for table in ("facts", "scores", "calibration"):
        empty, full = getattr(nothing, table), getattr(some, table)
        assert isinstance(empty, pd.DataFrame)
        assert empty.empty
        assert set(empty.columns) == set(full.columns)
