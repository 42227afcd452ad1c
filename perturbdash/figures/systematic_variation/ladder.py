"""The ladder of published mean cosines, with this data set at its rank."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.numbers import count, number
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, note, tokens

LABELS_END = -0.02


def draw_ladder(
    figure: go.Figure, published: pd.DataFrame, own: tuple[str, int, float], *, mode: Mode, yaxis: str
) -> None:
    """Draw published means and one's own as points on stems, the largest on top.

    Parameters
    ----------
    published
        Columns dataset, n, cosine.
    own
        Name, number of perturbations and mean cosine of this data set; NaN leaves it out.
    """
    colour = tokens(mode)
    columns = (published[name].tolist() for name in ("dataset", "n", "cosine"))
    rows = [(str(name), int(n), float(cosine), False) for name, n, cosine in zip(*columns, strict=True)]
    if not math.isnan(own[2]):
        rows.append((*own, True))
    rows.sort(key=lambda row: row[2])
    for place, (_, _, cosine, mine) in enumerate(rows):
        line = {"color": colour.ink if mine else colour.hair, "width": 2 if mine else 1}
        ends = {"x0": 0, "x1": cosine, "y0": place, "y1": place}
        figure.add_shape(type="line", xref="x", yref=yaxis, line=line, layer="below", **ends)
    figure.add_scatter(
        x=float32([row[2] for row in rows]),
        y=float32(range(len(rows))),
        yaxis=yaxis,
        mode="markers+text",
        text=[f"  <b>{number(c)}</b>" if mine else f"  {number(c)}" for _, _, c, mine in rows],
        textposition="middle right",
        textfont={"size": 11, "color": [colour.ink if row[3] else colour.muted for row in rows]},
        marker={
            "size": [9 if row[3] else 7 for row in rows],
            "symbol": ["circle" if row[3] else "circle-open" for row in rows],
            "color": [colour.ink if row[3] else colour.muted for row in rows],
            "line": {"width": 1.6},
        },
        hovertext=[_hover(*row) for row in rows],
        hoverinfo="text",
    )
    figure.add_scatter(
        x=float32([min(LABELS_END, row[2] + LABELS_END) for row in rows]),
        y=float32(range(len(rows))),
        yaxis=yaxis,
        mode="text",
        text=[_words(name, n, mine, muted=colour.muted) for name, n, _, mine in rows],
        textposition="middle left",
        textfont={"size": 11, "color": [colour.ink if row[3] else colour.muted for row in rows]},
        hoverinfo="skip",
    )
    words = "<b>published means</b><br>Δcontrol; small: n"
    note(figure, words, x=1, y=-0.4, xref="x", yref=yaxis, xanchor="right", yanchor="bottom", align="right")
    figure.layout.annotations[-1].font = {"size": 11, "color": colour.muted}


def _words(name: str, n: int, mine: bool, *, muted: str) -> str:
    small = f'<span style="font-size:10px;color:{muted}">{count(n)}</span>'
    return f"<b>{safe(name)}</b>  {small}" if mine else f"{safe(name)}  {small}"


def _hover(name: str, n: int, cosine: float, mine: bool) -> str:
    source = "reference: control mean" if mine else "published, read from the figure, ±0.002"
    return f"{safe(name)}<br>mean cosine {number(cosine)} over {count(n)} perturbations<br>{source}"
