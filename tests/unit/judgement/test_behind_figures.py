"""What each picture behind a warning is drawn from, on predictions that really have the warning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import perturbdash as pdash
from perturbdash.figures import warnings as draw
from perturbdash.judgement.behind_figures import NO_METRIC, cases, proof
from perturbdash.judgement.findings import without_targets
from perturbdash.judgement.proof import Proof
from perturbdash.judgement.result import Result
from tests.pages.warned import BLANK, GENES, TEST, TRAIN, WARNED, cells, few_controls, predictions, warned


def found(warning: str) -> Proof:
    own = proof(warned(), warning, context="all", model=WARNED[warning])
    assert own is not None
    return own


def finding(warning: str, model: str | None = None) -> pd.Series:
    table = warned().warnings
    rows = table[(table["warning"] == warning) & (table["model"] == (model or WARNED[warning]))]
    assert len(rows), f"nobody has {warning}"
    return rows.iloc[0]


def limit(own: Proof, panel: str) -> float:
    return float(own.limits.set_index("panel").loc[panel, "value"])


def means() -> pd.DataFrame:
    data = cells()
    return (
        pd.DataFrame(data.X, columns=GENES)
        .groupby(data.obs["perturbation"].to_numpy())
        .mean()
        .drop(columns=BLANK)
    )


def shifts(model: str) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and observed Δcontrol of the test perturbations that a model predicts, over the scored genes."""
    own = predictions()[model].drop(columns=BLANK, errors="ignore")
    names = [name for name in TEST if name in own.index]
    average = means()
    return (own.loc[names] - average.loc["control"]).to_numpy(), (
        average.loc[names] - average.loc["control"]
    ).to_numpy()


def cosines(rows: np.ndarray) -> np.ndarray:
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return (units @ units.T)[np.triu_indices(len(rows), 1)]


def test_collapse_counts_pairs_and_shows_both_thresholds() -> None:
    own, (predicted, observed) = found("collapse"), shifts("same")
    for kind, rows in (("predicted", predicted), ("observed", observed)):
        counted = own.points[own.points["kind"] == kind]
        expected, _ = np.histogram(cosines(rows), bins=[*counted["low"], 1.0])
        assert counted["pairs"].tolist() == expected.tolist()
        assert counted["pairs"].sum() == len(rows) * (len(rows) - 1) / 2
    values = own.values.set_index("kind")
    assert values.loc["predicted", "mean_cosine"] == pytest.approx(cosines(predicted).mean())
    assert values.loc["predicted", "variance_ratio"] == pytest.approx(finding("collapse")["value"])
    assert values.loc["predicted", "variance_ratio"] == pytest.approx(
        predicted.var(0, ddof=1).sum() / observed.var(0, ddof=1).sum()
    )
    assert limit(own, "cosine") == pytest.approx(cosines(observed).mean() + 0.3)
    assert values.loc["predicted", "mean_cosine"] > limit(own, "cosine")
    assert limit(own, "variance") == finding("collapse")["threshold"]


def test_cosines_to_the_average_are_those_of_the_warning() -> None:
    own, (predicted, observed) = found("is_the_mean"), shifts("same")
    average = means()
    effect = (average.loc[TRAIN].mean() - average.loc["control"]).to_numpy()
    by_name = own.points.set_index("perturbation").loc[TEST]
    for kind, rows in (("predicted", predicted), ("observed", observed)):
        expected = rows @ effect / np.linalg.norm(rows, axis=1) / np.linalg.norm(effect)
        np.testing.assert_allclose(by_name[kind], expected)
    assert by_name["predicted"].median() == pytest.approx(finding("is_the_mean")["value"])
    assert (limit(own, "predicted"), limit(own, "observed")) == (0.99, 0.95)


def test_sizes_are_norms_and_slopes() -> None:
    own, (predicted, observed) = found("scale"), shifts("tripled")
    by_name = own.points.set_index("perturbation").loc[TEST]
    np.testing.assert_allclose(by_name["predicted_norm"], np.linalg.norm(predicted, axis=1))
    np.testing.assert_allclose(by_name["observed_norm"], np.linalg.norm(observed, axis=1))
    slopes = [np.polyfit(x, y, 1)[0] for x, y in zip(observed, predicted, strict=True)]
    np.testing.assert_allclose(by_name["slope"], slopes)
    medians = by_name[["slope", "ratio"]].median()
    assert np.isclose(medians, finding("scale")["value"]).any()
    assert list(own.limits["value"]) == [0.5, 1.0, 2.0]
    assert own.points["ratio"].iloc[0] == pytest.approx(
        by_name.loc[by_name["ratio"].map(np.log).abs().idxmax(), "ratio"]
    )


def test_space_counts_every_value_and_totals() -> None:
    own = found("space")
    predicted = predictions()["shifted"].drop(columns=BLANK)
    shares = own.points[own.points["kind"] == "predicted"]
    assert shares["share"].sum() == pytest.approx(1)
    below = shares.loc[shares["high"] <= 0, "share"].sum()
    assert below == pytest.approx((predicted < 0).to_numpy().mean(), abs=0.02)
    lowest = float(shares.loc[shares["share"] > 0, "low"].min())
    assert lowest == pytest.approx(finding("space")["value"], rel=0.1)
    totals = own.values.set_index("perturbation").loc[TEST, "predicted"]
    np.testing.assert_allclose(totals, np.expm1(predicted).sum(1))


def test_drift_lines_are_the_distances_of_the_card() -> None:
    own = found("control_drift")
    given = finding("control_drift")
    root = np.sqrt(len(GENES) - 1)
    assert limit(own, "predicted") * root == pytest.approx(given["value"])
    assert limit(own, "halves") * root == pytest.approx(given["threshold"])
    expected = predictions()["partial"].loc["control"] - means().loc["control"]
    np.testing.assert_allclose(
        own.points.set_index("gene").loc[expected.index, "difference"], expected, atol=1e-12
    )
    assert own.points["between_halves"].pow(2).mean() ** 0.5 == pytest.approx(limit(own, "halves"))


def test_leakage_has_its_two_lines() -> None:
    own = found("leakage")
    assert own.points["ratio"].median() == pytest.approx(finding("leakage")["value"])
    assert own.limits["value"].tolist() == pytest.approx([0.5, 0.7])


def test_missing_squares_say_what_is_missing() -> None:
    points = found("missing").points
    missing = points[points["state"] == "missing"]
    assert missing.groupby("strip")["name"].agg(list).to_dict() == {
        "genes": [BLANK],
        "test perturbations": TEST[:3],
    }
    assert len(points) == len(TEST) + len(GENES)


def test_training_squares_say_what_was_seen() -> None:
    own = found("train_predictions")
    counts = own.points["state"].value_counts()
    assert counts["training, predicted"] == finding("train_predictions")["value"] == 4
    assert counts["training"] == len(TRAIN) - 4
    assert set(own.points.loc[own.points["state"] == "training, predicted", "name"]) == set(TRAIN[:4])
    assert counts["missing"] == 3


def test_identical_profiles_are_counted() -> None:
    own = found("identical")
    assert own.points["perturbations"].tolist() == [4] + [1] * 11
    assert own.points["names"].iloc[0] == ", ".join([TEST[5], *TEST[6:9]])
    assert (own.points["perturbations"] - 1).sum() == finding("identical")["value"]


def test_a_win_through_targets_is_gone_without_them() -> None:
    own = found("target_gene_only")
    by_genes = own.points.set_index(["metric", "genes"])["outcome"]
    turned = [m for m in own.points["metric"].unique() if by_genes[m, "without targets"] != "beats"]
    assert turned
    assert (by_genes.xs("all genes", level="genes") == "beats").all()
    expected = without_targets(warned()).set_index(["model", "metric"])["difference"]
    dropped = own.points[own.points["genes"] == "without targets"].set_index("metric")["difference"]
    for metric in turned:
        assert dropped[metric] == expected["targeted", metric]
    assert limit(own, "p") == finding("target_gene_only")["threshold"] == 0.05
    own_gene = own.values.sort_values("lost", ascending=False).iloc[0]
    assert own_gene["targets"] == own_gene["perturbation"]


@pytest.fixture(scope="module")
def noise() -> Result:
    return pdash.evaluate(few_controls(), store=False, n_resamples=200)


def test_no_effect_sets_both_cosines_beside_each_other(noise: Result) -> None:
    rows = noise.warnings[noise.warnings["warning"] == "no_effect"]
    gap = rows[rows["threshold"] < 1].iloc[0]
    own = proof(noise, "no_effect", context="all")
    assert own is not None
    difference = own.points["cosine"].mean() - own.points["cosine_split_control"].mean()
    assert difference == pytest.approx(gap["value"])
    assert difference > limit(own, "gap") == gap["threshold"]
    steps = own.points["cosine"] - own.points["cosine_split_control"]
    assert steps.is_monotonic_decreasing


def test_no_metric_shows_every_gate(noise: Result) -> None:
    own = proof(noise, NO_METRIC, context="all")
    assert own is not None
    assert len(own.points) == noise.calibration_summary["metric"].nunique()
    assert not (own.points["gate"] == "informative").any()


def test_what_a_card_stands_for(noise: Result) -> None:
    rows = cases(warned(), "scale", models=("same", "tripled", "targeted"))
    assert list(rows["model"]) == ["same", "tripled", "targeted"]
    assert list(rows["near"] if "near" in rows else rows["sentence"].str.startswith("Close")) == [
        False,
        False,
        True,
    ]
    for untold in (False, True):
        own = cases(noise, "no_effect", models=(), untold=untold)
        assert len(own) == 1
        assert (own["threshold"].iloc[0] >= 1) == untold


def test_what_is_not_there_has_no_picture() -> None:
    assert proof(warned(), "control_drift", context="all", model="honest") is None
    assert proof(warned(), "collapse", context="elsewhere", model="same") is None
    assert proof(warned(), "collapse", context="all", model="nobody") is None


FIGURES = {
    "collapse": lambda own, m: draw.collapse(own.points, own.limits, own.values, model=m),
    "is_the_mean": lambda own, m: draw.cosines_to_the_average(own.points, own.limits, model=m),
    "scale": lambda own, m: draw.slopes(own.points, own.limits, model=m),
    "space": lambda own, m: draw.value_counts(own.points, own.limits, model=m),
    "control_drift": lambda own, m: draw.control_drift(own.points, own.limits, model=m),
    "leakage": lambda own, m: draw.leakage_ratios(own.points, own.limits, model=m),
    "target_gene_only": lambda own, m: draw.with_and_without_targets(own.points, own.limits, model=m),
    "train_predictions": lambda own, m: draw.presence(own.points, model=m),
    "missing": lambda own, m: draw.presence(own.points, model=m),
    "identical": lambda own, m: draw.shared_profiles(own.points, own.limits, model=m),
}


@pytest.mark.parametrize("warning", WARNED)
def test_every_warning_is_drawn_with_its_thresholds(warning: str) -> None:
    own = found(warning)
    figure = FIGURES[warning](own, WARNED[warning])
    assert isinstance(figure, go.Figure)
    assert figure.data
    words = " ".join(str(note.text) for note in figure.layout.annotations)
    panels = {"space": "values", "target_gene_only": "difference", "collapse": "cosine"}
    for row in own.limits.to_dict("records"):
        if row["panel"] == panels.get(warning, row["panel"]):
            assert row["words"] in words
    dashed = [shape for shape in figure.layout.shapes if shape.line.dash == "dash"]
    assert bool(dashed) == (warning not in ("missing", "train_predictions", "target_gene_only"))
