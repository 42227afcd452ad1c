"""Cosine of each perturbation's shift to the average effect, under both references, below the published means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.cloud import faded, kept_by_a_box
from perturbdash.figures.density import outline
from perturbdash.figures.systematic_variation.cosines import Cosines, alt_of, cosines_of
from perturbdash.figures.systematic_variation.ladder import LADDER_ROW, Rung, draw_ladder, rungs_of
from perturbdash.figures.systematic_variation.means import BAR, LOWEST, draw_means
from perturbdash.figures.tables import across_contexts, float32, is_combination, safe, spread_evenly
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens, zero_line
from perturbdash.vocabulary import Reference

POINTS_ONLY_BELOW = 15
DENSITY_ONLY_ABOVE = 500
REFERENCE_WORDS: dict[Reference, str] = {
    "control": "<b>Δcontrol</b>, reference: control mean",
    "centroid": "<b>Δcentroid</b>, reference: perturbed centroid",
}
TOP, BASE = 1.9, 0.0
BAND, GAP, AXIS = 178, 12, 62
"""Pixels of a violin, between panels, and below them."""


def cosine_violins(
    systematic_variation: pd.DataFrame,
    published: pd.DataFrame | None = None,
    *,
    mode: Mode = "light",
    context: str | None = None,
    selected: Sequence[str] = (),
    name: str = "this data set",
) -> go.Figure:
    """Draw the cosine of each shift to the average effect, Δcontrol and Δcentroid, below the published means.

    Lines are means: as published, leave one out (dashed), and with the controls split (dotted). Above 500
    perturbations the density stands alone, with the selected ones as points.

    Source of the published form: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Parameters
    ----------
    systematic_variation
        Columns context, perturbation, reference, cosine, cosine_leave_one_out, cosine_split_control, shift_norm.
    published
        Columns dataset, n, cosine; by default the ten published data sets. An empty table leaves them out.
    context
        One context; the others then stand on the ladder too. By default all that are in the table, as one.
    selected
        Perturbations that keep their strength while the others fade.
    name
        What this data set is called on the ladder, where it has one context.
    """
    if published is None:
        from perturbdash.published import systematic_variation as published_means

        published = published_means()
    table = across_contexts(systematic_variation, context)
    control, centroid = cosines_of(table, "control"), cosines_of(table, "centroid")
    if not control.values.size and not centroid.values.size:
        return nothing(mode, "No cosine is defined: it needs two perturbations or more.", height=300)
    rungs = rungs_of(systematic_variation, published, context, name) if len(published) else []
    figure = _axes(alt_of(control, centroid), len(rungs), mode)
    _draw_ladder(figure, rungs, mode)
    for cosines, yaxis in ((control, "y2"), (centroid, "y")):
        _draw_violin(figure, cosines, mode=mode, yaxis=yaxis, selected=selected)
    return figure


def _axes(alt: str, n_rungs: int, mode: Mode) -> go.Figure:
    """Return the canvas: from the top the ladder, Δcontrol, Δcentroid, on one x axis."""
    ladder = n_rungs * LADDER_ROW + GAP if n_rungs else 0
    total = 2 * BAND + GAP + ladder
    figure = canvas(mode, alt=alt, height=total + AXIS)
    first, second = BAND / total, (BAND + GAP) / total
    domains = ((0.0, first), (second, second + first), (min(1.0, second + first + GAP / total), 1.0))
    for axis, domain in zip(("yaxis", "yaxis2", "yaxis3"), domains, strict=True):
        settings = {"domain": domain, "visible": False, "range": [LOWEST - 0.08, TOP], "fixedrange": True}
        figure.update_layout({axis: settings})
    figure.update_layout(
        xaxis={"range": [-1.03, 1.03], "anchor": "y", "tickvals": [-1, -0.5, 0, 0.5, 1], "fixedrange": True}
        | zero_line(tokens(mode).axis),
        xaxis_title_text="cosine of a perturbation’s shift to the average effect e",
    )
    return figure


def _draw_ladder(figure: go.Figure, rungs: list[Rung], mode: Mode) -> None:
    if rungs:
        figure.update_layout(yaxis3={"range": [-0.7, len(rungs) - 0.3]})
        draw_ladder(figure, rungs, mode=mode, yaxis="y3")


def _draw_violin(
    figure: go.Figure, cosines: Cosines, *, mode: Mode, yaxis: str, selected: Sequence[str]
) -> None:
    """Draw density, points and the means of one reference."""
    colour = tokens(mode).reference(cosines.reference)
    words = REFERENCE_WORDS[cosines.reference]
    if cosines.n_zero:
        words += f" · {cosines.n_zero} without any shift count as 0"
    font = {"size": 12, "color": colour}
    note(figure, words, x=-1, y=TOP, xref="x", yref=yaxis, xanchor="left", yanchor="top", font=font)
    n = cosines.values.size
    if not n:
        note(figure, "undefined", x=0, y=0.3, xref="x", yref=yaxis, font={"color": tokens(mode).muted})
        return
    if n >= POINTS_ONLY_BELOW:
        _draw_density(figure, cosines.values, colour=colour, yaxis=yaxis)
    shown = np.ones(n, dtype=bool) if n <= DENSITY_ONLY_ABOVE else np.isin(cosines.names, list(selected))
    if shown.any():
        _draw_points(figure, cosines, shown, colour=colour, yaxis=yaxis, selected=selected)
    draw_means(figure, cosines, mode=mode, yaxis=yaxis)


def _draw_density(figure: go.Figure, values: np.ndarray, *, colour: str, yaxis: str) -> None:
    x, height = outline(values)
    figure.add_scatter(
        x=float32([x[0], *x, x[-1]]),
        y=float32([BASE, *height, BASE]),
        yaxis=yaxis,
        mode="lines",
        fill="toself",
        fillcolor=rgba(colour, 0.16),
        line={"color": colour, "width": 1.2},
        hoverinfo="skip",
    )


def _draw_points(
    figure: go.Figure,
    cosines: Cosines,
    shown: np.ndarray,
    *,
    colour: str,
    yaxis: str,
    selected: Sequence[str],
) -> None:
    lane = (BAR - 0.12 + LOWEST) / 2
    reach = (BAR - 0.12 - LOWEST) / 2
    names = [name for name, is_shown in zip(cosines.names, shown, strict=True) if is_shown]
    marker = {
        "size": 7,
        "color": colour,
        "symbol": np.where(is_combination(names), "cross", "circle").tolist(),
        "opacity": faded(names, selected, opacity=0.85),
    }
    figure.add_scatter(
        x=float32(cosines.values[shown]),
        y=float32(lane + reach * spread_evenly(len(names))),
        yaxis=yaxis,
        mode="markers",
        marker=marker,
        customdata=names,
        hovertext=[safe(name) for name in names],
        hovertemplate=f"%{{hovertext}}<br>cosine %{{x:.2f}}, Δ{cosines.reference}<extra></extra>",
        **kept_by_a_box(marker),
    )
