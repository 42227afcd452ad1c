"""Do scores measure the model or the screen? Pearson Δ against systematic variation over data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.datasets.words import draw_correlations, draw_names, free_corner
from perturbdash.figures.models import ModelStyle, styles_for
from perturbdash.figures.numbers import count, number
from perturbdash.figures.placement import Frame
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, nothing, rule, tokens
from perturbdash.vocabulary import Reference

HEIGHT = 470
WIDTH, AXES = 520, 118
"""Pixels of the plotting area, and of what stands above and below it."""
APART = 0.02
AXIS = "systematic variation (mean cosine to the average effect)"


def score_against_shared_effect(
    published: pd.DataFrame,
    own: pd.DataFrame,
    *,
    mode: Mode = "light",
    reference: Reference = "control",
    method: str = "the average",
    styles: Mapping[str, ModelStyle] | None = None,
    correlations: Mapping[str, float] | None = None,
) -> go.Figure:
    """Draw what is scored on each data set against how much one effect is shared there.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8, figure 3c.

    Parameters
    ----------
    published
        Columns dataset, n, cosine, control, centroid: a published method on each data set.
    own
        Columns name, prediction, kind, cosine, cosine_split_control, score, n: the average and models on loaded data.
    reference
        Of the scores.
    method
        Words for what was published.
    correlations
        By reference, Pearson's r over the published data sets.
    """
    table = published.assign(score=published[reference]).dropna(subset=["cosine", "score"])
    own = own.dropna(subset=["cosine"])
    if table.empty and own.empty:
        return nothing(mode, "No data set has a mean cosine to show.", height=HEIGHT)
    frame = _frame(table, own)
    alt = (
        f"Pearson Δ{reference} against systematic variation: {len(table)} published data sets, "
        f"{own['name'].nunique()} loaded."
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, showlegend=True, margin={"t": 58})
    figure.update_layout(legend={"y": 1.02})
    figure.update_xaxes(title_text=AXIS, range=list(frame.x))
    figure.update_yaxes(title_text=f"Pearson Δ{reference}", range=list(frame.y))
    _draw_line(figure, table, mode=mode)
    _draw_published(figure, table, mode=mode, words=f"published, {method}")
    scored = own.dropna(subset=["score"])
    _draw_splits(figure, scored, mode=mode)
    _draw_own(figure, scored, mode=mode, styles=styles_for(scored["prediction"].astype(str), styles))
    _draw_without_score(figure, own, frame, mode=mode)
    corner = free_corner(table, own, frame)
    draw_names(figure, table, own, frame, corner)
    draw_correlations(figure, correlations or {}, reference, corner, mode=mode)
    return figure


def _frame(table: pd.DataFrame, own: pd.DataFrame) -> Frame:
    across = np.concatenate([table["cosine"], own["cosine"], own["cosine_split_control"].dropna()]).astype(
        float
    )
    up = np.concatenate([table["score"], own["score"].dropna()]).astype(float)
    low = min(0.0, float(up.min(initial=0.0)))
    high = max(0.2, float(up.max(initial=0.2)))
    pad = 0.08 * (high - low)
    return Frame(
        (min(0.0, float(across.min())) - 0.06, max(0.8, float(across.max())) + 0.08),
        (low - pad, high + 1.6 * pad),
        width=WIDTH,
        height=HEIGHT - AXES,
    )


def _draw_line(figure: go.Figure, table: pd.DataFrame, *, mode: Mode) -> None:
    if len(table) < 3:
        return
    x = table["cosine"].to_numpy(dtype=float)
    slope, start = np.polyfit(x, table["score"].to_numpy(dtype=float), 1)
    ends = [(float(at), float(start + slope * at)) for at in (x.min() - 0.05, x.max() + 0.02)]
    rule(figure, ends[0], ends[1], color=tokens(mode).axis, width=1.4)


def _draw_published(figure: go.Figure, table: pd.DataFrame, *, mode: Mode, words: str) -> None:
    colour = tokens(mode).baseline
    figure.add_scatter(
        x=float32(table["cosine"]),
        y=float32(table["score"]),
        mode="markers",
        name=words,
        marker={"symbol": "circle-open", "size": 9, "color": colour, "line": {"width": 1.6, "color": colour}},
        hovertext=[
            f"{safe(row['dataset'])}, published<br>cosine {number(row['cosine'])} (±0.002), "
            f"{count(row['n'])} perturbations<br>score {number(row['score'])} (±0.005)"
            for row in table.to_dict("records")
        ],
        hoverinfo="text",
    )


def _draw_own(figure: go.Figure, own: pd.DataFrame, *, mode: Mode, styles: Mapping[str, ModelStyle]) -> None:
    for (prediction, kind), rows in own.groupby(["prediction", "kind"], sort=False):
        model = kind == "model"
        words = str(prediction) if model else "yours, the average"
        figure.add_scatter(
            x=float32(rows["cosine"]),
            y=float32(rows["score"]),
            mode="markers",
            name=safe(styles[str(prediction)].label if model else words),
            marker=styles[str(prediction)].marker(mode, size=10) if model else _ink(mode),
            hovertext=[_hover(row, words) for row in rows.to_dict("records")],
            hoverinfo="text",
            cliponaxis=False,
        )


def _ink(mode: Mode, symbol: str = "circle", size: float = 9.5) -> dict[str, Any]:
    colour = tokens(mode).ink
    return {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1.8, "color": colour}}


def _hover(row: Mapping[Any, Any], words: str) -> str:
    return "<br>".join(
        [
            f"{safe(row['name'])}: {safe(words)}",
            f"score {number(row['score'])}, n = {count(row['n'])}",
            f"cosine {number(row['cosine'])}, {number(row['cosine_split_control'])} with the controls split",
        ]
    )


def _draw_splits(figure: go.Figure, own: pd.DataFrame, *, mode: Mode) -> None:
    """Lead from the published form to the one with the controls split, at the score of the average."""
    average = own[own["kind"] != "model"].dropna(subset=["cosine_split_control"])
    far = average[(average["cosine"] - average["cosine_split_control"]).abs() > APART]
    for row in far.to_dict("records"):
        ends = ((float(row[form]), float(row["score"])) for form in ("cosine_split_control", "cosine"))
        rule(figure, *ends, color=tokens(mode).ink, width=1.3, dash="dot")
    if len(far):
        figure.add_scatter(
            x=float32(far["cosine_split_control"]),
            y=float32(far["score"]),
            mode="markers",
            name="yours, controls split",
            marker=_ink(mode, "diamond-open", 8),
            hovertext=[
                f"{safe(row['name'])}<br>cosine {number(row['cosine_split_control'])} with the controls split: the "
                "rest is noise of the control mean"
                for row in far.to_dict("records")
            ],
            hoverinfo="text",
        )


def _draw_without_score(figure: go.Figure, own: pd.DataFrame, frame: Frame, *, mode: Mode) -> None:
    """Mark on the axis where a data set lies whose average has no score."""
    rows = own[(own["kind"] != "model") & own["score"].isna()]
    if rows.empty:
        return
    figure.add_scatter(
        x=float32(rows["cosine"]),
        y=float32(np.full(len(rows), frame.y[0])),
        mode="markers",
        name="yours, the average: no score",
        marker=_ink(mode, "line-ns", 14),
        hovertext=[
            f"{safe(row['name'])}: cosine {number(row['cosine'])}<br>the average is the reference itself and has no "
            "score"
            for row in rows.to_dict("records")
        ],
        hoverinfo="text",
        cliponaxis=False,
    )
