"""Cosine of each perturbation's shift to the average effect, under both references, below the published means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.cloud import faded
from perturbdash.figures.density import outline
from perturbdash.figures.numbers import number, with_error
from perturbdash.figures.systematic_variation.ladder import draw_ladder
from perturbdash.figures.tables import across_contexts, float32, is_combination, safe, spread_evenly
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens, zero_line
from perturbdash.vocabulary import Reference

POINTS_ONLY_BELOW = 15
DENSITY_ONLY_ABOVE = 500
NORMAL_95 = 1.959964
REFERENCE_WORDS: dict[Reference, str] = {
    "control": "<b>Δcontrol</b>, reference: control mean",
    "centroid": "<b>Δcentroid</b>, reference: perturbed centroid",
}
TOP, BASE, BAR, LOWEST = 1.45, 0.0, -0.09, -0.78
HIGH, MIDDLE, LOW = 1.1, 1.12, 0.87
EDGE = 0.6
"""Above it the numbers stand left of their lines, in two rows: on a phone there is no room at the right."""


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines of one reference, those that are defined."""

    reference: Reference
    names: list[str]
    values: np.ndarray
    split_control: float
    n_zero: int

    @property
    def mean(self) -> float:
        """Mean over perturbations."""
        return float(self.values.mean()) if self.values.size else math.nan

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        n = self.values.size
        return float(self.values.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan


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

    Source of the published form: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Parameters
    ----------
    systematic_variation
        Columns context, perturbation, reference, cosine, cosine_split_control, shift_norm.
    published
        Columns dataset, n, cosine; by default the ten published data sets. An empty table leaves them out.
    context
        One context; by default all that are in the table.
    selected
        Perturbations that keep their strength while the others fade.
    """
    if published is None:
        from perturbdash.published import systematic_variation as published_means

        published = published_means()
    table = across_contexts(systematic_variation, context)
    control, centroid = _cosines(table, "control"), _cosines(table, "centroid")
    if not control.values.size and not centroid.values.size:
        return nothing(mode, "No cosine is defined: it needs two perturbations or more.", height=300)
    figure = canvas(mode, alt=_alt(control, centroid), height=560 if len(published) else 400)
    bands = (
        ((0.0, 0.32), (0.34, 0.66), (0.70, 1.0)) if len(published) else ((0.0, 0.48), (0.52, 1.0), (1.0, 1.0))
    )
    for axis, domain in zip(("yaxis", "yaxis2", "yaxis3"), bands, strict=True):
        settings = {"domain": domain, "visible": False, "range": [LOWEST - 0.08, TOP], "fixedrange": True}
        figure.update_layout({axis: settings})
    figure.update_layout(
        xaxis={"range": [-1.03, 1.03], "anchor": "y", "tickvals": [-1, -0.5, 0, 0.5, 1], "fixedrange": True}
        | zero_line(tokens(mode).axis),
        xaxis_title_text="cosine of a perturbation’s shift to the average effect e",
    )
    if len(published):
        rows = len(published) + 1
        figure.update_layout(yaxis3={"range": [-0.7, rows - 0.3]})
        draw_ladder(figure, published, (name, control.values.size, control.mean), mode=mode, yaxis="y3")
    _draw_violin(figure, control, mode=mode, yaxis="y2", selected=selected)
    _draw_violin(figure, centroid, mode=mode, yaxis="y", selected=selected)
    return figure


def _cosines(table: pd.DataFrame, reference: Reference) -> Cosines:
    rows = table[(table["reference"] == reference) & table["cosine"].notna()]
    split = rows["cosine_split_control"] if "cosine_split_control" in rows else pd.Series(dtype=float)
    return Cosines(
        reference,
        [str(name) for name in rows["perturbation"]],
        rows["cosine"].to_numpy(dtype=float),
        float(split.mean()) if reference == "control" and split.notna().any() else math.nan,
        int((rows["shift_norm"] == 0).sum()) if "shift_norm" in rows else 0,
    )


def _alt(control: Cosines, centroid: Cosines) -> str:
    split = (
        "" if math.isnan(control.split_control) else f", {number(control.split_control)} with controls split"
    )
    return (
        f"Cosine of the shift to the average effect, {control.values.size} perturbations: mean "
        f"{with_error(control.mean, control.error)} against the control mean{split}; "
        f"{with_error(centroid.mean, centroid.error)} against the perturbed centroid."
    )


def _draw_violin(
    figure: go.Figure, cosines: Cosines, *, mode: Mode, yaxis: str, selected: Sequence[str]
) -> None:
    """Draw density, points, mean and its 95 % interval of one reference."""
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
    if n <= DENSITY_ONLY_ABOVE:
        _draw_points(figure, cosines, colour=colour, yaxis=yaxis, selected=selected)
    _draw_mean(figure, cosines, mode=mode, yaxis=yaxis)


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
    figure: go.Figure, cosines: Cosines, *, colour: str, yaxis: str, selected: Sequence[str]
) -> None:
    lane = (BAR - 0.12 + LOWEST) / 2
    reach = (BAR - 0.12 - LOWEST) / 2
    figure.add_scatter(
        x=float32(cosines.values),
        y=float32(lane + reach * spread_evenly(cosines.values.size)),
        yaxis=yaxis,
        mode="markers",
        marker={
            "size": 7,
            "color": colour,
            "symbol": np.where(is_combination(cosines.names), "cross", "circle").tolist(),
            "opacity": faded(cosines.names, selected, opacity=0.85),
        },
        customdata=cosines.names,
        hovertext=[safe(name) for name in cosines.names],
        hovertemplate=f"%{{hovertext}}<br>cosine %{{x:.2f}}, Δ{cosines.reference}<extra></extra>",
    )


def _draw_mean(figure: go.Figure, cosines: Cosines, *, mode: Mode, yaxis: str) -> None:
    """Draw the mean as a line with its number, its 95 % interval as a bar, and the mean with controls split."""
    ink = tokens(mode).ink
    mean, error, split = cosines.mean, cosines.error, cosines.split_control
    at_edge = mean > EDGE
    left = at_edge or (not math.isnan(split) and split > mean)
    row, split_row = (HIGH, LOW) if at_edge else (MIDDLE, MIDDLE)
    _line(figure, mean, yaxis=yaxis, color=ink, width=2)
    text = f"<b>{number(mean)}</b>" + ("" if math.isnan(error) else f" ± {number(error)}")
    side = {"xanchor": "right" if left else "left", "xshift": -4 if left else 4}
    note(figure, text, x=mean, y=row, xref="x", yref=yaxis, yanchor="middle", **side)
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
    if not math.isnan(split):
        top = split_row + 0.1 if at_edge else 1.2
        _line(figure, split, yaxis=yaxis, top=top, color=ink, width=1.4, dash="dot")
        right = split > mean and not at_edge
        side = {"xanchor": "left" if right else "right", "xshift": 4 if right else -4}
        text = f"<b>{number(split)}</b> controls split"
        note(figure, text, x=split, y=split_row, xref="x", yref=yaxis, yanchor="middle", **side)


def _line(figure: go.Figure, x: float, *, yaxis: str, top: float = 1.2, **line: object) -> None:
    figure.add_shape(type="line", x0=x, x1=x, y0=LOWEST, y1=top, xref="x", yref=yaxis, line=line)
