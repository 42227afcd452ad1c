"""Tables for one look at the dynamic range of one metric, perturbation by perturbation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.calibration import negative_control_of
from perturbdash.judgement.scores import mean_of_defined
from perturbdash.judgement.table_views import covariates
from perturbdash.metrics.outcome import REASONS
from perturbdash.vocabulary import POOLED, PositiveControl

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.scores import Flags, Floats

COVARIATES = ("n_degs", "n_cells", "shift_norm")
MEANS = ("drf", "negative", "positive", "n_degs", "shift_norm")


@dataclass(frozen=True)
class DrfView:
    """The dynamic range fraction of one metric for each perturbation that is calibrated.

    Parameters
    ----------
    conditions
        One row a context and perturbation: context, metric, positive_control, perturbation, drf, negative and
        positive (values of the two controls; all three means over the truths that define them), no_range, reason
        (why there is no value), n_degs, n_cells, shift_norm (log1p).
    n_too_small
        Conditions that have too few cells to be halved, so that they take no part.
    n_always_train
        Other conditions that take no part, since they are never tested.
    """

    conditions: pd.DataFrame
    n_too_small: int
    n_always_train: int

    @property
    def perturbations(self) -> pd.DataFrame:
        """One row a perturbation: means over contexts, the sum of cells, and how many contexts have a value."""
        grouped = self.conditions.groupby("perturbation", sort=False)
        table = grouped[list(MEANS)].mean()
        table["n_cells"] = grouped["n_cells"].sum()
        table["lowest"] = grouped["drf"].min()
        table["contexts"] = grouped["drf"].count()
        table["no_range"] = grouped["no_range"].any()
        table["reason"] = grouped["reason"].agg(_listed)
        return table.sort_values("drf", kind="stable", na_position="last").reset_index()


def drf_view(result: Result, *, metric: str, positive_control: PositiveControl, context: str) -> DrfView:
    """Return the dynamic range fraction of one metric by perturbation, beside what may explain it.

    Parameters
    ----------
    context
        A context, or ``"pooled"`` for all of them.
    """
    scores = result.halves[0]
    contexts = [c for c in scores.contexts if context in (c, POOLED)]
    frames = [_of_context(result, metric, positive_control, scores.contexts.index(c)) for c in contexts]
    known = covariates(result)
    known = known[known["context"].isin(contexts)]
    tested = pd.concat(frames, ignore_index=True)
    conditions = tested.merge(known, on=["context", "perturbation"], how="left")
    here = result.conditions["context"].isin(contexts)
    n_too_small = int((here & ~result.conditions["halved"]).sum())
    return DrfView(conditions, n_too_small, len(known) - len(tested) - n_too_small)


def _of_context(result: Result, metric: str, positive_control: PositiveControl, index: int) -> pd.DataFrame:
    scores = result.halves[0]
    rows = np.flatnonzero(scores.scope[:, index])
    place = scores.metrics.index(metric)
    ranges = [range_ for range_ in result.ranges if range_.positive_control == positive_control]

    def mean(arrays: list[Floats]) -> Floats:
        return mean_of_defined([array[place, rows, index] for array in arrays])

    def any_of(arrays: list[Flags]) -> Flags:
        found: Flags = np.any([array[place, rows, index] for array in arrays], axis=0)
        return found

    drf = mean([range_.drf for range_ in ranges])
    return pd.DataFrame(
        {
            "context": scores.contexts[index],
            "metric": metric,
            "positive_control": positive_control,
            "perturbation": np.array(scores.labels, dtype=object)[rows],
            "negative": mean([range_.negative for range_ in ranges]),
            "positive": mean([range_.positive for range_ in ranges]),
            "drf": drf,
            "no_range": any_of([range_.no_range for range_ in ranges]) & ~np.isnan(drf),
            "reason": np.where(
                np.isnan(drf), _reasons(result, metric, positive_control, (place, rows, index)), ""
            ),
        }
    )


def _reasons(
    result: Result, metric: str, positive_control: str, where: tuple[int, np.ndarray, int]
) -> np.ndarray:
    """Return why a control has no value, of the first truth and control that lack one."""
    place, rows, index = where
    published = result.settings.calibration == "published"
    codes = np.zeros(len(rows), dtype=int)
    for scores in result.halves:
        for name in (positive_control, negative_control_of(metric, published=published)):
            codes = np.where(codes == 0, scores.reason[name][place, rows, index], codes)
    return np.array(REASONS, dtype=object)[codes]


def _listed(reasons: pd.Series) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))
