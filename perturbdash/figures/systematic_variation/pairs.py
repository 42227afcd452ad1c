"""How alike any two shifts are: cosines of all pairs, from control and from the perturbed centroid."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.numbers import count, number
from perturbdash.figures.systematic_variation.violins import REFERENCE_WORDS
from perturbdash.figures.tables import float32
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens, zero_line
from perturbdash.vocabulary import Reference

AXES: tuple[tuple[Reference, str], ...] = (("control", "y2"), ("centroid", "y"))
TOP = 1.42
MERGED = ((2_000, 5), (20_000, 2))
"""Below so many pairs, so many bins are one."""


def pairwise_cosines(counts: pd.DataFrame, means: pd.DataFrame, *, mode: Mode = "light") -> go.Figure:
    """Draw how many pairs of shifts have which cosine, under both references, with the mean of each.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Parameters
    ----------
    counts
        Columns reference, low, high (of a bin), pairs.
    means
        Columns reference, mean, n_pairs.
    """
    if counts.empty or not counts["pairs"].any():
        return nothing(mode, "There is no pair of shifts: it needs two perturbations or more.", height=300)
    values = dict(zip(means["reference"], means["mean"].astype(float), strict=True))
    alt = f"Cosines of {count(float(means['n_pairs'].max()))} pairs of shifts: mean " + ", ".join(
        f"{number(values[reference])} Δ{reference}" for reference, _ in AXES if reference in values
    )
    figure = canvas(mode, alt=f"{alt}.", height=330)
    for axis, domain in (("yaxis", [0, 0.48]), ("yaxis2", [0.52, 1])):
        figure.update_layout(
            {axis: {"domain": domain, "visible": False, "range": [0, TOP], "fixedrange": True}}
        )
    figure.update_layout(
        xaxis={"range": [-1.03, 1.03], "anchor": "y", "tickvals": [-1, -0.5, 0, 0.5, 1], "fixedrange": True}
        | zero_line(tokens(mode).axis),
        xaxis_title_text="cosine between the shifts of two perturbations",
    )
    for reference, yaxis in AXES:
        rows = _merged(counts[counts["reference"] == reference])
        _draw(figure, rows, values.get(reference, math.nan), (reference, yaxis), mode=mode)
    return figure


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Make fewer bins of few pairs."""
    total = int(rows["pairs"].sum())
    together = next((n for most, n in MERGED if total < most), 1)
    groups = np.arange(len(rows)) // together
    return rows.groupby(groups).agg(low=("low", "first"), high=("high", "last"), pairs=("pairs", "sum"))


def _draw(
    figure: go.Figure, rows: pd.DataFrame, mean: float, panel: tuple[Reference, str], *, mode: Mode
) -> None:
    """Draw the bins of one reference as steps that end at the data, and the mean as a line."""
    reference, yaxis = panel
    colour = tokens(mode).reference(reference)
    pairs = rows["pairs"].to_numpy(dtype=float)
    filled = np.flatnonzero(pairs)
    if filled.size:
        rows = rows.iloc[filled[0] : filled[-1] + 1]
        pairs = rows["pairs"].to_numpy(dtype=float)
        low, high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
        figure.add_bar(
            x=float32((low + high) / 2),
            y=float32(pairs / pairs.max()),
            yaxis=yaxis,
            width=float(high[0] - low[0]),
            marker={"color": rgba(colour, 0.45), "line": {"width": 0}},
            hovertext=[
                f"{number(a)} to {number(b)}: {count(n)} pairs"
                for a, b, n in zip(low, high, pairs, strict=True)
            ],
            hoverinfo="text",
        )
    font = {"size": 12, "color": colour}
    note(
        figure,
        REFERENCE_WORDS[reference],
        x=-1,
        y=TOP,
        xref="x",
        yref=yaxis,
        xanchor="left",
        yanchor="top",
        font=font,
    )
    if math.isnan(mean):
        return
    line = {"color": tokens(mode).ink, "width": 2}
    figure.add_shape(type="line", x0=mean, x1=mean, y0=0, y1=1.12, xref="x", yref=yaxis, line=line)
    side = {"xanchor": "left" if mean < 0.4 else "right", "xshift": 4 if mean < 0.4 else -4}
    note(figure, f"mean <b>{number(mean)}</b>", x=mean, y=1.1, xref="x", yref=yaxis, yanchor="middle", **side)
