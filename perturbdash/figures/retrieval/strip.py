"""Where does the right one stand? Counts by rank, one row a prediction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.metric_words import label
from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import number
from perturbdash.figures.retrieval.who import Floats, Ranked, ranked
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, nothing, rgba, tokens

ROW, TOP, FOOT, RIGHT = 58, 10, 58, 78
SMALLEST = 400
MOST_BINS = 50
BODY = 0.66
LONGEST = 22


def rank_strip(
    ranks: pd.DataFrame,
    *,
    n_candidates: int,
    metric: str = "nir",
    baseline: str | None = None,
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
) -> go.Figure:
    """Draw how many perturbations have their own truth at each rank, with the median and the mean of the metric.

    Heights are on a root scale that all rows share. Below a line stands the repeat, whose truth is a half.

    Parameters
    ----------
    ranks
        Columns prediction, kind, truth, perturbation, rank, value.
    n_candidates
        Among so many; ranks beyond it are in the last bin.
    metric
        Whose mean stands at the right.
    """
    shown = ranked(ranks, baseline=baseline, styles=styles)
    if not shown or n_candidates < 2:
        return nothing(mode, "No prediction has a rank: there is nothing to tell apart.", height=240)
    edges = _edges(n_candidates)
    counts = [_counts(one, edges) for one in shown]
    highest = max(float(count.max()) for count in counts) or 1.0
    medians = [f"{one.words} {np.median(one.rank):g}" for one in shown]
    board = Board(
        mode,
        alt=f"Ranks of the own truth among {n_candidates:,}; medians: {', '.join(medians)}.",
        height=max(SMALLEST, TOP + ROW * len(shown) + FOOT),
        margin={"t": TOP, "b": FOOT, "l": 8, "r": RIGHT},
        bargap=0,
        barmode="overlay",
    )
    places = np.arange(len(shown))[::-1].astype(float)
    _axes(board, shown, places, n_candidates, mode)
    for one, count, place in zip(shown, counts, places, strict=True):
        _bars(board, one, np.sqrt(count / highest), place=float(place), edges=edges, count=count, mode=mode)
        words = f"{label(metric)} <b>{number(one.value)}</b>"
        board.note(
            words,
            x=1,
            y=place + 0.12,
            yref="y",
            xanchor="left",
            xshift=8,
            font={"size": 11.5},
            yanchor="middle",
        )
    _medians(board, shown, places, mode)
    return board.figure()


def _edges(n: int) -> Floats:
    """Return one bin a rank up to 50, above that 50 bins of whole ranks."""
    bins = min(n, MOST_BINS)
    return np.unique(np.round(np.linspace(0.5, n + 0.5, bins + 1) - 0.5) + 0.5)


def _counts(one: Ranked, edges: Floats) -> Floats:
    """Count perturbations by rank; of a repeat the mean over its two truths, ties that count half upwards."""
    places = np.clip(np.ceil(one.rank), 1, edges[-1] - 0.5)
    counts: Floats = np.histogram(places, edges)[0].astype(float)
    return counts / one.n_truths


def _axes(board: Board, shown: list[Ranked], places: Floats, n: int, mode: Mode) -> None:
    ink = tokens(mode).ink
    names = []
    for one in shown:
        colour = one.style.line(mode) if one.style.role == "model" else tokens(mode).muted
        words = one.words if len(one.words) <= LONGEST else f"{one.words[: LONGEST - 1]}…"
        bold = f"<b>{safe(words)}</b>" if one.style.role == "model" else safe(words)
        names.append(
            f'<span style="color:{colour}">{bold}</span>' + ("<br>truth: a half" if one.is_half else "")
        )
        place = float(places[len(names) - 1])
        board.rule((0.5, place), (n + 0.5, place), color=tokens(mode).axis, width=1)
        if one.is_half and len(shown) > 1:
            board.rule(
                (0.5, place + 0.8), (n + 0.5, place + 0.8), color=tokens(mode).rule, width=1, dash="dot"
            )
    board.layout["xaxis"] = {
        "range": [0.3, n + 0.7],
        "title": {"text": "rank of the own truth (1 = nearest)"},
        "tickvals": _ticks(n),
        "tickformat": ",",
        "showgrid": False,
        "fixedrange": True,
    }
    board.layout["yaxis"] = {
        "range": [-0.35, len(shown) - 0.18],
        "tickvals": [float(place) + 0.12 for place in places],
        "ticktext": names,
        "ticks": "",
        "showgrid": False,
        "showline": False,
        "tickfont": {"color": ink},
        "fixedrange": True,
    }


def _ticks(n: int) -> list[int]:
    step = next(
        size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**6) if n / size <= 6
    )
    ticks = [1, *range(step, n + 1, step)] if step > 1 else list(range(1, n + 1))
    return [tick for tick in dict.fromkeys(ticks) if tick == 1 or tick - 1 > step / 2]


def _bars(
    board: Board, one: Ranked, height: Floats, *, place: float, edges: Floats, count: Floats, mode: Mode
) -> None:
    colour = one.style.colour(mode) if one.style.role == "model" else tokens(mode).baseline
    low, high = edges[:-1] + 0.5, edges[1:] - 0.5
    ranks = [
        f"rank {a:,.0f}" if a == b else f"ranks {a:,.0f} to {b:,.0f}" for a, b in zip(low, high, strict=True)
    ]
    there = np.flatnonzero(count)
    board.traces.append(
        {
            "type": "bar",
            "x": float32((edges[:-1] + edges[1:])[there] / 2),
            "y": float32(BODY * height[there]),
            "base": place,
            "width": float32(np.diff(edges)[there]),
            "marker": {
                "color": rgba(colour, 0.85 if one.style.role == "model" else 0.6),
                "line": {"color": tokens(mode).background, "width": 0.8 if len(count) <= MOST_BINS else 0},
            },
            "hovertext": [f"{safe(one.words)}, {ranks[i]}: {count[i]:g} of {_n(one):g}" for i in there],
            "hoverinfo": "text",
        }
    )


def _n(one: Ranked) -> float:
    return one.rank.size / one.n_truths


def _medians(board: Board, shown: list[Ranked], places: Floats, mode: Mode) -> None:
    medians = np.array([np.median(one.rank) for one in shown])
    board.scatter(
        medians,
        places - 0.09,
        mode="markers",
        marker={"symbol": "line-ns", "size": 9, "line": {"color": tokens(mode).ink, "width": 2.4}},
        hovertext=[f"{safe(one.words)}: median rank {m:g}" for one, m in zip(shown, medians, strict=True)],
        hoverinfo="text",
    )
