"""The ladder of published mean cosines, with this data set, or each of its contexts, at its rank."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.names import cut
from perturbdash.figures.numbers import count, number
from perturbdash.figures.systematic_variation.cosines import cosines_of
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, Tokens, note, tokens

LABELS_END = -0.02
LADDER_ROW = 17
MOST_CONTEXTS = 8
LONGEST_NAME = 22
APART = 0.02


@dataclass(frozen=True, slots=True)
class Rung:
    """One mean cosine: of a published data set, of the context that is shown, or of another of its contexts.

    Parameters
    ----------
    split
        Mean with the controls split; NaN where it is not known.
    """

    name: str
    n: int
    cosine: float
    kind: Literal["published", "shown", "context"] = "published"
    split: float = math.nan

    @property
    def shown(self) -> bool:
        """Whether it is what the violins below show."""
        return self.kind == "shown"


def rungs_of(
    systematic_variation: pd.DataFrame, published: pd.DataFrame, context: str | None, name: str
) -> list[Rung]:
    """Return published means and one's own, the smallest first; other contexts beside the one that is shown.

    Parameters
    ----------
    published
        Columns dataset, n, cosine.
    context
        The one that is shown; with None all are one, under the given name.
    """
    columns = (published[column].tolist() for column in ("dataset", "n", "cosine"))
    rungs = [Rung(str(n), int(k), float(cosine)) for n, k, cosine in zip(*columns, strict=True)]
    contexts = list(dict.fromkeys(systematic_variation["context"])) if context is not None else []
    if len(contexts) < 2:
        own = (
            systematic_variation
            if context is None
            else systematic_variation[_is(systematic_variation, context)]
        )
        rungs.append(_own(own, name, "shown"))
    else:
        others = [other for other in contexts if other != context][: MOST_CONTEXTS - 1]
        for other in [str(context), *others]:
            kind: Literal["shown", "context"] = "shown" if other == context else "context"
            rungs.append(_own(systematic_variation[_is(systematic_variation, other)], other, kind))
    return sorted((rung for rung in rungs if not math.isnan(rung.cosine)), key=lambda rung: rung.cosine)


def _is(table: pd.DataFrame, context: str) -> pd.Series:
    return table["context"] == context


def _own(rows: pd.DataFrame, name: str, kind: Literal["shown", "context"]) -> Rung:
    found = cosines_of(rows, "control")
    return Rung(name, found.values.size, found.published.mean, kind, found.split)


def draw_ladder(figure: go.Figure, rungs: list[Rung], *, mode: Mode, yaxis: str) -> None:
    """Draw means as points on stems, the largest on top; a dotted line leads to the mean with the controls split."""
    colour = tokens(mode)
    for place, rung in enumerate(rungs):
        own = rung.kind != "published"
        line = {"color": colour.ink if rung.shown else colour.hair, "width": 2 if rung.shown else 1}
        ends = {"x0": 0, "x1": rung.cosine, "y0": place, "y1": place}
        if own and abs(rung.split - rung.cosine) > APART:
            dotted = {"color": colour.ink if rung.shown else colour.muted, "width": 1.2, "dash": "dot"}
            between = ends | {"x0": rung.split}
            figure.add_shape(type="line", xref="x", yref=yaxis, line=dotted, layer="below", **between)
            ends |= {"x1": rung.split}
        figure.add_shape(type="line", xref="x", yref=yaxis, line=line, layer="below", **ends)
    _draw_points(figure, rungs, colour, yaxis)
    _draw_splits(figure, rungs, colour, yaxis)
    _draw_names(figure, rungs, colour, yaxis)
    words = "<b>published means</b><br>Δcontrol; small: n"
    font = {"size": 11, "color": colour.muted}
    corner = {"xref": "x", "yref": yaxis, "xanchor": "right", "yanchor": "bottom"}
    note(figure, words, x=1, y=-0.4, align="right", font=font, **corner)


def _draw_points(figure: go.Figure, rungs: list[Rung], colour: Tokens, yaxis: str) -> None:
    numbers = [number(rung.cosine) for rung in rungs]
    figure.add_scatter(
        x=float32([rung.cosine for rung in rungs]),
        y=float32(range(len(rungs))),
        yaxis=yaxis,
        mode="markers+text",
        text=[f"  <b>{n}</b>" if rung.shown else f"  {n}" for n, rung in zip(numbers, rungs, strict=True)],
        textposition="middle right",
        textfont={"size": 11, "color": [colour.ink if rung.shown else colour.muted for rung in rungs]},
        marker={
            "size": [9 if rung.shown else 7 for rung in rungs],
            "symbol": ["circle-open" if rung.kind == "published" else "circle" for rung in rungs],
            "color": [colour.ink if rung.shown else colour.muted for rung in rungs],
            "line": {"width": 1.6},
        },
        hovertext=[_hover(rung) for rung in rungs],
        hoverinfo="text",
    )


def _draw_splits(figure: go.Figure, rungs: list[Rung], colour: Tokens, yaxis: str) -> None:
    """Mark where own means lie with the controls split."""
    own = [(i, rung) for i, rung in enumerate(rungs) if abs(rung.split - rung.cosine) > APART]
    if own:
        figure.add_scatter(
            x=float32([rung.split for _, rung in own]),
            y=float32([place for place, _ in own]),
            yaxis=yaxis,
            mode="markers",
            marker={
                "size": 7,
                "symbol": "diamond-open",
                "color": [colour.ink if rung.shown else colour.muted for _, rung in own],
                "line": {"width": 1.4},
            },
            hovertext=[
                f"{safe(rung.name)}<br>{number(rung.split)} with the controls split" for _, rung in own
            ],
            hoverinfo="text",
        )


def _draw_names(figure: go.Figure, rungs: list[Rung], colour: Tokens, yaxis: str) -> None:
    ends = [min(0.0, rung.cosine, *([] if math.isnan(rung.split) else [rung.split])) for rung in rungs]
    figure.add_scatter(
        x=float32([end + LABELS_END for end in ends]),
        y=float32(range(len(rungs))),
        yaxis=yaxis,
        mode="text",
        text=[_words(rung, muted=colour.muted) for rung in rungs],
        textposition="middle left",
        textfont={
            "size": 11,
            "color": [colour.muted if r.kind == "published" else colour.ink for r in rungs],
        },
        hoverinfo="skip",
    )


def _words(rung: Rung, *, muted: str) -> str:
    name = cut(rung.name, LONGEST_NAME)
    small = f'<span style="font-size:10px;color:{muted}">{count(rung.n)}</span>'
    return f"<b>{safe(name)}</b>  {small}" if rung.shown else f"{safe(name)}  {small}"


def _hover(rung: Rung) -> str:
    source = (
        "published, read from the figure, ±0.002" if rung.kind == "published" else "reference: control mean"
    )
    return f"{safe(rung.name)}<br>mean cosine {number(rung.cosine)} over {count(rung.n)} perturbations<br>{source}"
