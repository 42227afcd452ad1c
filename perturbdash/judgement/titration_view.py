"""Tables for one look at the titration of one metric."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.judgement.sentences_calibration_depth import need_words
from perturbdash.judgement.titration_curve import FAR

if TYPE_CHECKING:
    from perturbdash.judgement.titration import Titration
    from perturbdash.vocabulary import PositiveControl

POINTS = 80
LEAST_BEYOND = 4.0
"""Times the data to which the curve is drawn at least."""


@dataclass(frozen=True, eq=False)
class TitrationView:
    """The levels of one metric, the curve through them, and what is needed.

    Parameters
    ----------
    levels
        One row a level: share, cells, cells_median, drf_mean, drf_low, drf_high, n, gate, fitted (whether the curve
        uses it).
    curve
        Columns cells, drf, low, high, beyond (whether it lies beyond the data); no row where there is no curve.
    target, gate
        Rows of `Titration.needed_for` of this metric.
    needs
        One row a metric, in the order of the table: metric, cells_now, drf_now, status and words for the gate
        (gate_words) and for the target (target_words), end.
    """

    levels: pd.DataFrame
    curve: pd.DataFrame
    target: Mapping[Hashable, Any]
    gate: Mapping[Hashable, Any]
    needs: pd.DataFrame


def titration_view(
    titration: Titration, *, context: str, metric: str, positive_control: PositiveControl, target: float
) -> TitrationView:
    """Return what a page shows of a titration.

    Parameters
    ----------
    context
        A context, or ``"pooled"``.
    target
        The DRF that is asked for.
    """
    key = (context, metric, positive_control)
    table = titration.table
    levels = table[
        (table["context"] == context)
        & (table["metric"] == metric)
        & (table["positive_control"] == positive_control)
    ]
    curve = titration.curves[key]
    used = () if isinstance(curve, str) else curve.cells
    levels = levels.assign(fitted=levels["cells"].isin(used)).reset_index(drop=True)
    asked, gated = (
        titration.needed_for(what, context=context, positive_control=positive_control)
        for what in (target, "gate")
    )
    row = asked[asked["metric"] == metric].iloc[0].to_dict()
    return TitrationView(
        levels=levels,
        curve=_curve(titration, key, row),
        target=row,
        gate=gated[gated["metric"] == metric].iloc[0].to_dict(),
        needs=pd.DataFrame(
            {
                "metric": asked["metric"],
                "cells_now": asked["cells_now"],
                "drf_now": asked["drf_now"],
                "gate_words": [need_words(need) for need in gated.to_dict("records")],
                "target_words": [need_words(need) for need in asked.to_dict("records")],
                "target_cells": asked["cells"],
                "end": asked["end"],
                "reason": asked["reason"],
            }
        ),
    )


def _curve(titration: Titration, key: tuple[str, str, str], target: Mapping[Hashable, Any]) -> pd.DataFrame:
    curve = titration.curves[key]
    if isinstance(curve, str):
        return pd.DataFrame({name: np.empty(0) for name in ("cells", "drf", "low", "high")} | {"beyond": []})
    ends = [float(target[name]) for name in ("cells", "cells_high")]
    reach = max([LEAST_BEYOND * curve.most, *(1.3 * end for end in ends if np.isfinite(end))])
    reach = min(reach, FAR * curve.most)
    cells = np.unique(np.append(np.geomspace(curve.cells[0], reach, POINTS), curve.most))
    drf, low, high = curve.at(cells)
    columns = {"cells": cells, "drf": drf, "low": low, "high": high}
    return pd.DataFrame(columns | {"beyond": cells > curve.most})
