"""Does it know these very cells? Squared distances to one half of them, divided by that of the other half."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.theme import Mode, nothing
from perturbdash.figures.warnings.scales import root_scale
from perturbdash.figures.warnings.strips import Row, short, strips, style_for


def leakage_ratios(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the ratio of each perturbation with the lines at 0.5 and 0.7.

    Parameters
    ----------
    points
        Columns perturbation, ratio.
    limits
        Columns panel, value, words.
    """
    if points.empty or points["ratio"].notna().sum() == 0:
        return nothing(mode, "No perturbation has two halves to compare, so nothing is drawn.", height=160)
    names = [str(name) for name in points["perturbation"]]
    row = Row(model, points["ratio"].to_numpy(dtype=float), names, style_for(model, style))
    alt = (
        f"Ratio of squared distances of {len(points)} perturbations, median "
        f"{short(float(points['ratio'].median()))}; below 0.5 a model knows these very cells."
    )
    scale = root_scale(
        "‖predicted − first half‖² / ‖second half − first half‖²<br>(genes that are not DEGs, root axis)"
    )
    return strips([row], limits, scale, mode=mode, alt=alt)
