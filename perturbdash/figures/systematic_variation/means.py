"""Means of the three forms of the cosine, as lines with their numbers."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from perturbdash.figures.numbers import with_error
from perturbdash.figures.systematic_variation.cosines import DASHES, Cosines
from perturbdash.figures.tables import float32
from perturbdash.figures.theme import Mode, note, tokens

NORMAL_95 = 1.959964
BAR, LOWEST = -0.09, -0.78
FIRST_ROW, ROW = 1.14, 0.2
WIDTHS = {"cosine": 2.0, "cosine_leave_one_out": 1.2, "cosine_split_control": 1.6}


def draw_means(figure: go.Figure, cosines: Cosines, *, mode: Mode, yaxis: str) -> None:
    """Draw the mean of each form as a line that ends at its number, and the 95 % interval of the published one.

    Numbers stand left of their lines where these lie right of zero, else right of them; the line nearest to the
    middle ends lowest, so that none crosses another's number.
    """
    ink = tokens(mode).ink
    left = cosines.published.mean > 0
    forms = sorted(cosines.forms, key=lambda form: form.mean if left else -form.mean)
    for row, form in enumerate(forms):
        top = FIRST_ROW + ROW * row
        line = {"color": ink, "width": WIDTHS[form.name], "dash": DASHES[form.name]}
        ends = {"x0": form.mean, "x1": form.mean, "y0": LOWEST, "y1": top + 0.06}
        figure.add_shape(type="line", xref="x", yref=yaxis, line=line, **ends)
        side = {"xanchor": "right" if left else "left", "xshift": -4 if left else 4}
        font = {"size": 11.5}
        note(
            figure, form.words, x=form.mean, y=top, xref="x", yref=yaxis, yanchor="middle", font=font, **side
        )
    mean, error = cosines.published.mean, cosines.published.error
    if not math.isnan(error):
        half = NORMAL_95 * error
        figure.add_scatter(
            x=float32([max(mean - half, -1), min(mean + half, 1)]),
            y=float32([BAR, BAR]),
            yaxis=yaxis,
            mode="lines",
            line={"color": ink, "width": 5},
            hovertext=f"mean {with_error(mean, error)}, 95 % interval of the mean",
            hoverinfo="text",
        )
