"""Which metric of another tool is which of ours, how far their values are apart, and why by definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

Values = Mapping[str, pd.Series]
SAME = "same definition"
SINGLE = "same definition; its means of control cells and sums of squares are float32"
PROFILES = "same definition; its profiles are float32"
PANEL = "its lists and DEGs are against the other perturbed cells, ours against control"
DEGS = f"{SINGLE}; it refuses a data set where one perturbation has no DEG, ours leaves that one undefined"
WILCOXON = "its DEGs come from the rank-sum test, ours from the t-test"
OWN_OUT = "its reference leaves the perturbation out of its own mean, ours is one for all"


@dataclass(frozen=True)
class Pair:
    """A metric of another tool and ours.

    Parameters
    ----------
    theirs, ours
        Names.
    why
        Why values differ, by definition.
    convert
        What makes their value comparable, given the number of perturbations.
    """

    theirs: str
    ours: str
    why: str = SINGLE
    convert: Callable[[pd.Series, int], pd.Series] = lambda values, _: values


def _other_way(values: pd.Series, _: int) -> pd.Series:
    return 1 - values


def _of_the_others(values: pd.Series, n: int) -> pd.Series:
    """Return 1 − k/(n − 1) from 1 − k/n."""
    return 1 - (1 - values) * n / (n - 1)


CENTROIDS = (
    Pair("pearson", "pearson_expression"),
    Pair("mse", "mse"),
    Pair("l2_heg_k=1000", "l2_heg1000"),
    Pair("pearson_ctrl", "pearson_delta_control"),
    Pair("pearson_ctrl_heg_k=1000", "pearson_delta_control_heg1000"),
    Pair("r2_ctrl", "r2_delta_control"),
    Pair("nir", "nir", SAME),
    Pair("rank", "truth_rank", f"{SAME}, turned round (1 − its value)", _other_way),
    Pair("pearson_pert", "pearson_delta_centroid", OWN_OUT),
    Pair("r2_pert", "r2_delta_centroid", OWN_OUT),
)
SCPERTEVAL = (
    *CENTROIDS,
    Pair("wmse_exp2", "wmse"),
    Pair("weighted_pearson_ctrl_exp2", "weighted_pearson_delta_control"),
    Pair("weighted_r2_ctrl_exp2", "weighted_r2_delta_control"),
    Pair("pearson_ctrl_degs_padj=0.05", "pearson_delta_control_degs", DEGS),
    Pair("r2_ctrl_degs_padj=0.05", "r2_delta_control_degs", DEGS),
    Pair("pearson_ctrl_top_k=20", "pearson_delta_control_top20", PANEL),
    Pair("de_auprc", "deg_auprc", f"{PANEL}; it scores by |t| of predicted cells, ours by |Δcontrol|"),
    Pair("de_auroc", "deg_auroc", f"{PANEL}; it scores by |t| of predicted cells, ours by |Δcontrol|"),
    Pair("de_overlap_k=50", "overlap_at_50", f"{PANEL}; it takes the top 50 by |t|, ours DEGs by |Δcontrol|"),
)
CONTROL = tuple(
    replace(pair, why="predictions that are all the same: it breaks ties by noise, ours counts one half")
    if pair.ours == "truth_rank"
    else pair
    for pair in CENTROIDS
    if not pair.theirs.startswith("pearson_ctrl")  # undefined on both sides: control does not move
)
RANKS = "1 − k/N made 1 − k/(N − 1); it leaves out the own target gene, ours those of all perturbations"
CELL_EVAL = (
    Pair("mse", "mse", PROFILES),
    Pair("mae", "mae", PROFILES),
    Pair("pearson_delta", "pearson_delta_control", PROFILES),
    Pair("discrimination_score_l1", "pds_l1", RANKS, _of_the_others),
    Pair("discrimination_score_l2", "pds_l2", RANKS, _of_the_others),
    Pair("discrimination_score_cosine", "pds_cosine", RANKS, _of_the_others),
    Pair("de_direction_match", "direction_match_degs", WILCOXON),
    Pair("overlap_at_50", "overlap_at_50", f"{WILCOXON}; it takes predicted DEGs only, and 0 for none"),
    Pair("pr_auc", "deg_auprc", f"{WILCOXON}; it scores by the predicted p, ours by |Δcontrol|"),
    Pair("roc_auc", "deg_auroc", f"{WILCOXON}; it scores by the predicted p, ours by |Δcontrol|"),
)


@dataclass(frozen=True)
class Apart:
    """How far two tools are apart in one metric."""

    pair: Pair
    compared: int
    of: int
    largest: float
    median: float

    def row(self, tool: str, what: str) -> list[str]:
        """Return the row of the table."""
        values = f"{self.compared} of {self.of}"
        largest, median = (f"{x:.1e}" if self.compared else "–" for x in (self.largest, self.median))
        return [tool, what, self.pair.theirs, self.pair.ours, values, largest, median, self.pair.why]


def apart(pair: Pair, theirs: pd.Series, ours: pd.Series) -> Apart:
    """Compare values by perturbation, where both define one.

    Parameters
    ----------
    theirs, ours
        Values by perturbation.
    """
    both = pd.concat([pair.convert(theirs, len(ours)), ours], axis=1, join="outer")
    gap = (both.iloc[:, 0] - both.iloc[:, 1]).abs().dropna()
    empty = gap.empty
    return Apart(pair, len(gap), len(both), np.nan if empty else gap.max(), np.nan if empty else gap.median())


def rows(tool: str, what: str, pairs: Sequence[Pair], theirs: Values, ours: Values) -> list[list[str]]:
    """Return the rows of the pairs; a metric of which the other tool gave no value has none to compare."""
    nothing = pd.Series(dtype=float)
    return [apart(pair, theirs.get(pair.theirs, nothing), ours[pair.ours]).row(tool, what) for pair in pairs]


def ours_by_metric(path: Path, prediction: str, truth: str) -> Values:
    """Return values by perturbation of each metric, from the table ``metrics`` in a file."""
    table = pd.read_parquet(path)
    chosen = table[(table["prediction"] == prediction) & (table["truth"] == truth)]
    return {str(name): found.set_index("perturbation")["value"] for name, found in chosen.groupby("metric")}


def of_scperteval(folder: Path) -> dict[str, Values]:
    """Return values of predicted cells, of the technical duplicate and of control, from what its run wrote."""
    scores, controls = pd.read_csv(folder / "scores.csv"), pd.read_csv(folder / "controls.csv")
    return {
        "predicted cells": _by(scores, "raw_prediction"),
        "technical duplicate": _by(controls, "raw_positive"),
        "control": _by(controls, "raw_negative"),
    }


def of_cell_eval(folder: Path) -> Values:
    """Return values of predicted cells from the table that ``cell-eval run`` wrote."""
    table = pd.read_csv(folder / "results.csv").set_index("perturbation")
    return {str(name): table[name] for name in table.columns}


def tests_apart(theirs: Path, ours: Path) -> list[list[str]]:
    """Return rows of the table for t, p and adjusted p against both references."""
    found_rows = []
    with np.load(theirs) as a, np.load(ours) as b:
        for reference in ("control", "rest"):
            for key, why in (("t", "same definition; it keeps t in float32"), ("p", SAME), ("p_adj", SAME)):
                name = f"{key}_{reference}"
                pair = Pair(f"{key}, against {reference}", f"{key}_{reference}", why)
                gap = np.abs(a[name] - b[name]).ravel()
                gap = gap[np.isfinite(gap)]
                found = Apart(pair, gap.size, a[name].size, float(gap.max()), float(np.median(gap)))
                found_rows.append(found.row("scanpy", "tests"))
    return found_rows


def _by(table: pd.DataFrame, column: str) -> Values:
    return {str(name): found.set_index("perturbation")[column] for name, found in table.groupby("protocol")}
