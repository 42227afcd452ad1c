"""At which rank each prediction finds its own truth, by every rank variant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.judgement.nearest_view import candidates
from perturbdash.judgement.retrieval_words import HALF, REPEAT, VARIANTS
from perturbdash.judgement.scoring import calibrated_rows
from perturbdash.judgement.splits import calibration_plan
from perturbdash.judgement.verdict import BASELINE_DEFINED_ON
from perturbdash.vocabulary import ALL_CELLS, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.scores import Scores

Flags = NDArray[np.bool_]
RANK_COLUMNS = ("prediction", "kind", "truth", "perturbation", "value", "rank", "n_candidates")
SUMMARY_COLUMNS = (
    "prediction",
    "kind",
    "truth",
    "n",
    "first",
    "first_share",
    "median",
    "mean",
    "n_candidates",
)


@dataclass(frozen=True)
class RankView:
    """The rank of each prediction's own truth among the candidates of one context.

    Parameters
    ----------
    metric
        The rank variant.
    ranks
        prediction, kind, truth (``all_cells``; of the repeat ``first_half``, ``second_half``), perturbation, value
        (of the metric), rank (1: nearest; ties as the metric counts them), n_candidates. Defined ones only.
    summary
        prediction, kind, truth (``all_cells`` or ``half``), n (perturbations), first (how many find their own truth
        first; of the repeat the mean over its two truths), first_share, median, mean (of the metric), n_candidates.
    n_tested
        Perturbations that models are judged on.
    n_candidates
        Observed profiles among which a prediction looks for its own.
    only_test
        The candidates are the test perturbations, not all of the context.
    """

    metric: str
    ranks: pd.DataFrame
    summary: pd.DataFrame
    n_tested: int
    n_candidates: int
    only_test: bool

    @property
    def half_words(self) -> str:
        """Which half is the truth of the repeat."""
        halves = self.ranks.loc[self.ranks["truth"] != ALL_CELLS, "truth"].nunique()
        return "the first half as truth" if halves == 1 else "each half once as truth"

    @property
    def best_baseline(self) -> str | None:
        """The baseline with the highest mean among those with a value for 80 % of the test perturbations."""
        own = self.summary[
            (self.summary["kind"] == "baseline") & (self.summary["n"] >= BASELINE_DEFINED_ON * self.n_tested)
        ]
        return None if own.empty else str(own["prediction"].iloc[int(own["mean"].argmax())])

    def of(self, prediction: str) -> pd.Series | None:
        """Return the row of the summary of one prediction, ``None`` where it has no rank."""
        own = self.summary[self.summary["prediction"] == prediction]
        return None if own.empty else own.iloc[0]


def rank_view(result: Result, context: str, metric: str = "nir") -> RankView:
    """Return the ranks behind the values of one rank variant, of models, baselines and a repeat.

    Values are those of the table ``metrics``. The truth of models and baselines is all cells; that of the repeat is
    one half of the cells, each half once, on the same perturbations and among those with two halves.

    Parameters
    ----------
    metric
        One of ``VARIANTS``.
    """
    plan = result.plans[context]
    labels = result.stats[context].perturbations
    tested = {label for label, is_tested in zip(labels, plan.test, strict=True) if is_tested}
    chosen = int(candidates(result, context).sum())
    frames = [
        _ranks(
            result.all_cells,
            context,
            metric,
            name,
            n_candidates=_among(result, context, metric, name, chosen),
        )
        for name in result.all_cells.names("baseline", "model")
    ]
    n_half = _half_candidates(result, context, metric)
    for scores in result.halves:
        if REPEAT in scores.value:
            repeat = _ranks(scores, context, metric, REPEAT, n_candidates=n_half)
            frames.append(repeat[repeat["perturbation"].isin(tested)] if tested else repeat)
    there = [frame for frame in frames if len(frame)]
    ranks = pd.concat(there, ignore_index=True) if there else pd.DataFrame(columns=list(RANK_COLUMNS))
    return RankView(
        metric, ranks, _summary(ranks), len(tested), chosen, only_test=result.settings.candidates == "test"
    )


def all_variants(result: Result, context: str) -> pd.DataFrame:
    """Return mean, interval and counts of every rank variant, for baselines, models and both repeats.

    Returns
    -------
    pandas.DataFrame
        Rows of the table ``metric_summary``: against all cells, and of the positive controls against each half.
    """
    table = result.metric_summary
    own = table[(table["context"] == context) & table["metric"].isin(VARIANTS)]
    judged = (own["truth"] == ALL_CELLS) & own["kind"].isin(("baseline", "model"))
    repeated = (own["truth"] != ALL_CELLS) & own["prediction"].isin(POSITIVE_CONTROLS)
    return own[judged | repeated].reset_index(drop=True)


def _ranks(scores: Scores, context: str, metric: str, name: str, *, n_candidates: int) -> pd.DataFrame:
    """Return the defined ranks of one prediction against one truth."""
    place, m = scores.contexts.index(context), scores.metrics.index(metric)
    rows = np.flatnonzero(scores.scope_of[name][:, place])
    values = scores.value[name][m, rows, place]
    rows, values = rows[~np.isnan(values)], values[~np.isnan(values)]
    return pd.DataFrame(
        {
            "prediction": name,
            "kind": scores.kinds[name],
            "truth": scores.truth,
            "perturbation": np.array(scores.labels, dtype=object)[rows],
            "value": values,
            "rank": np.round(2 * (1 - values) * (n_candidates - 1)) / 2 + 1,
            "n_candidates": n_candidates,
        },
        columns=list(RANK_COLUMNS),
    )


def _among(result: Result, context: str, metric: str, name: str, chosen: int) -> int:
    """Return how many profiles are ranked: observed ones, or in the other direction those that are predicted."""
    if metric != "truth_rank":
        return chosen
    profiles = result.cases[context].models.get(name)
    if profiles is not None:
        return int(np.isfinite(profiles).all(1).sum())
    prediction = result.baselines[context].get(name)
    return 0 if prediction is None else int((prediction.index >= 0).sum())


def _half_candidates(result: Result, context: str, metric: str) -> int:
    """Return how many a repeat is ranked among: all with two halves, or those of them that are tested."""
    rows, stats = calibrated_rows(result.stats[context]), result.stats[context]
    if metric != "truth_rank" and result.settings.candidates != "test":
        return len(rows)
    return int(calibration_plan([stats.perturbations[i] for i in rows], result.folds).test.sum())


def _summary(ranks: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, own in ranks.groupby("prediction", sort=False):
        by_perturbation = (
            own.assign(first=own["rank"] == 1).groupby("perturbation")[["first", "value"]].mean()
        )
        rows.append(
            {
                "prediction": name,
                "kind": own["kind"].iloc[0],
                "truth": ALL_CELLS if own["truth"].iloc[0] == ALL_CELLS else HALF,
                "n": len(by_perturbation),
                "first": float(by_perturbation["first"].sum()),
                "first_share": float(by_perturbation["first"].mean()),
                "median": float(own["rank"].median()),
                "mean": float(by_perturbation["value"].mean()),
                "n_candidates": int(own["n_candidates"].iloc[0]),
            }
        )
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))
