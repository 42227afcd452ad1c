"""Is the average predicted whatever the perturbation? Cosines of shifts to the average effect."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.theme import Mode, nothing
from perturbdash.figures.warnings.scales import cosine_scale
from perturbdash.figures.warnings.strips import Row, observed_style, short, strips, style_for


def cosines_to_the_average(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the cosine of each predicted and each observed shift to the average effect, in equal steps of the angle.

    Parameters
    ----------
    points
        Columns perturbation, observed, predicted.
    limits
        Columns panel, value, words.
    """
    if points.empty or points[["observed", "predicted"]].notna().sum().min() == 0:
        return nothing(mode, "No cosine to the average effect is defined, so nothing is drawn.", height=160)
    names = [str(name) for name in points["perturbation"]]
    rows = [
        Row(model, points["predicted"].to_numpy(dtype=float), names, style_for(model, style)),
        Row("observed", points["observed"].to_numpy(dtype=float), names, observed_style()),
    ]
    alt = (
        f"Cosine to the average effect of {len(points)} perturbations: predicted median "
        f"{short(float(points['predicted'].median()))}, observed {short(float(points['observed'].median()))}."
    )
    scale = cosine_scale("cosine of a shift to the average effect e<br>(equal steps of the angle)")
    return strips(rows, limits, scale, mode=mode, alt=alt)
