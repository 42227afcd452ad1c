"""Single parts: figures as JSON, the table of perturbations, what was left out."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash import figures
from perturbdash.report import perturbations as parts
from perturbdash.report.drawing import differences, drawing, script_safe
from perturbdash.report.left_out import left_out, undefined_counts
from tests.unit.figures import tables
from tests.unit.report.made import GENES, cells, names, predictions, scope_of, scored, words


def test_light_with_the_differences_is_the_figure_as_drawn_in_the_dark() -> None:
    table = tables.systematic_variation()
    found = str(drawing(lambda mode: figures.cosine_violins(table, mode=mode)))
    spec = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', found, re.DOTALL)[0])
    dark = json.loads(figures.cosine_violins(table, mode="dark").to_json(engine="json"))
    assert spec["dark"]
    for path, value in spec.pop("dark"):
        *way, last = path
        inner = spec
        for key in way:
            inner = inner[key]
        assert inner[last] != value
        inner[last] = value
    dark["layout"].pop("template")
    assert spec == {"data": dark["data"], "layout": dark["layout"]}


def test_differences_of_other_lengths_are_taken_whole() -> None:
    assert list(differences({"a": [1, 2]}, {"a": [1]})) == [(("a",), [1])]


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "a&b", "\u2028"])
def test_json_cannot_end_its_script(text: str) -> None:
    found = script_safe({text: text})
    assert not set("<>&\u2028\u2029") & set(found)
    assert json.loads(found) == {text: text}


def test_the_table_holds_the_values_of_the_result() -> None:
    result = scored()
    rows, store, only_headline = parts.table_of(result)
    assert not only_headline
    table = result.metrics[result.metrics["truth"] == "all_cells"]
    for metric, name in (("nir", "good"), ("wmse", "flat"), ("lfc_nmae", "good")):
        own = table[(table["metric"] == metric) & (table["prediction"] == name)].set_index("perturbation")
        found = dict(zip(rows["perturbation"], store.columns[f"{metric}/{name}"].values, strict=True))
        assert len(own) == 11
        for label, value in found.items():
            if label not in own.index:
                assert parts.WHY[int(str(value))] == parts.NOT_TESTED
            elif math.isnan(own.loc[label, "value"]):
                assert parts.WHY[int(str(value))] == own.loc[label, "reason"]
            else:
                assert value == pytest.approx(own.loc[label, "value"], rel=1e-3)


def test_drf_is_the_mean_of_both_truths() -> None:
    result = scored()
    rows, store, _ = parts.table_of(result)
    table = result.calibration
    own = table[(table["metric"] == "nir") & (table["positive_control"] == "interpolated_duplicate")]
    expected = own.groupby("perturbation")["drf"].mean()
    found = dict(zip(rows["perturbation"], store.columns["drf/nir"].values, strict=True))
    assert set(found) == set(expected.index)
    for label, value in found.items():
        assert value == pytest.approx(expected[label], rel=1e-3, abs=1e-9)


def test_too_many_values_leave_the_headline_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_VALUES", 14 * 4 * 8)
    _, store, only_headline = parts.table_of(scored())
    assert only_headline
    assert {key.partition("/")[0] for key in store.columns if "/" in key} == {
        "drf",
        "wmse",
        "pearson_delta_centroid",
        "nir",
        "direction_match_degs",
    }
    assert "headline metrics only" in words(parts.perturbations(scope_of(scored())))


def test_what_a_prediction_lacks_and_what_has_no_value_is_counted() -> None:
    data = cells(names())
    made = predictions(data, ("good", "thin"))
    made["good"] = made["good"].iloc[:11]
    extra = made["thin"].iloc[[0]].rename(index={"G00": "G39"})
    made["thin"] = pd.concat([made["thin"].iloc[1:11], extra]).drop(columns="G30")
    few = np.flatnonzero(data.obs["perturbation"] == "G13")[3:]
    data = data[np.setdiff1d(np.arange(data.n_obs), few)].copy()
    result = perturbdash.evaluate(data, made, store=False, n_resamples=100, genes="shared", space="log1p")
    scope = scope_of(result)
    text = words(left_out(scope))
    assert "1 perturbation with fewer than 4 cells takes no part in the calibration: G13" in text
    assert "1 gene of 40 that some prediction lacks" in text
    assert "1 test perturbation not predicted: G00" in text
    assert "1 perturbation not in the data: G39" in text
    assert "1 gene not predicted: G30" in text
    table = result.metrics[(result.metrics["truth"] == "all_cells") & (result.metrics["reason"] != "")]
    expected = table.groupby(["reason", "metric", "prediction"]).size()
    found = {(*key, name): n for key, counts in undefined_counts(scope) for name, n in counts.items()}
    kept = expected[
        expected.index.get_level_values("prediction").isin(result.all_cells.names("baseline", "model"))
    ]
    assert found == kept.to_dict()
    assert found["missing", "nir", "thin"] == 1


def test_nothing_left_out_is_said_too() -> None:
    text = words(left_out(scope_of(scored())))
    assert "Nothing was left out of the data or of the predictions" in text
    assert "good : It names no context and counts for every one of them." in text
    assert set(GENES[:14]) == set(scored().dataset.perturbations)
