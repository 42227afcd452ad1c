"""Real data sets on which much cannot be said: it is said, and nothing breaks."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import pytest

import perturbdash as pdash
from perturbdash.statistics.systematic import summary
from perturbdash.vocabulary import HEADLINE

LINES = ("A172", "T98G", "U87MG")


@pytest.fixture(scope="module")
def mcfaline(shared: Path) -> ad.AnnData:
    cells = ad.read_h5ad(shared / "data" / "perturbench_devel.h5ad")
    return cells[cells.obs["dataset"].astype(str).str.contains("(?i)mcfaline")].copy()


def test_nine_perturbations_are_too_few(mcfaline: ad.AnnData) -> None:
    result = pdash.evaluate(mcfaline, context_key="cell_type", store=False)
    assert {c.upper() for c in result.contexts} == set(LINES)
    assert set(result.calibration_summary["gate"]) == {"too_few"}
    assert (result.calibration_summary["n"] <= 9).all()


def test_with_a_lower_minimum_no_headline_metric_is_informative(mcfaline: ad.AnnData) -> None:
    result = pdash.evaluate(mcfaline, context_key="cell_type", min_perturbations=5, store=False)
    gates = {gate for (_, metric), gate in result.gates.items() if metric in HEADLINE}
    assert "informative" not in gates
    assert gates & {"weak", "uninformative"}


def test_shared_effect_of_the_lines_is_noise_in_the_control_mean(mcfaline: ad.AnnData) -> None:
    result = pdash.evaluate(mcfaline, context_key="cell_type", store=False)
    table = summary(result.systematic_variation)
    control = table[table["reference"] == "control"]
    assert (control["cosine"] > 0.6).all()
    assert (control["cosine_split_control"].abs() < 0.2).all()
    noise = result.warnings[result.warnings["warning"] == "no_effect"]
    assert noise["sentence"].str.contains("noise in the control mean").sum() == 3


def test_one_perturbation_says_what_cannot_be_computed(shared: Path) -> None:
    result = pdash.evaluate(shared / "data" / "kang2018_muscat_1267g.h5ad", store=False)
    assert len(result.contexts) == 5
    assert set(result.calibration_summary["gate"]) == {"too_few"}
    assert result.systematic_variation["cosine"].isna().all()
    metrics = result.metrics
    retrieval = metrics[metrics["metric"] == "nir"]
    assert retrieval["value"].isna().all()
    assert (retrieval["reason"] != "").all()
    assert len(result.degs) > 0


def test_two_studies_in_one_file_are_calibrated_by_context(shared: Path) -> None:
    result = pdash.evaluate(shared / "data" / "perturbench_devel.h5ad", store=False)
    lines = [context for context in result.contexts if context.upper() in LINES]
    assert len(lines) == 3
    table = result.calibration_summary
    assert set(table.loc[table["context"].isin(lines), "gate"]) == {"too_few"}
    (norman,) = set(result.contexts) - set(lines)
    assert {result.gates[(norman, metric)] for metric in HEADLINE} == {"informative"}
