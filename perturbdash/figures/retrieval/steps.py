"""How often is the right one among the first k? A step curve for each prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import percent
from perturbdash.figures.retrieval.who import Floats, Ranked, ranked, widest
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, nothing, tokens

HEIGHT, TOP, FOOT, RIGHT = 400, 12, 58, 62
APART = 0.06
SYMBOLS = 6
MOST_STEPS = 400
TICKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
LONGEST = 24


def first_places(
    ranks: pd.DataFrame,
    *,
    n_candidates: int,
    baseline: str | None = None,
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
) -> go.Figure:
    """Draw the share of perturbations whose own truth is among the k nearest, with one baseline, a repeat and chance.

    Parameters
    ----------
    ranks
        Columns prediction, kind, truth, perturbation, rank, value.
    n_candidates
        Among so many; the curves end there.
    baseline
        Whose curve is drawn beside the models'.
    """
    shown = ranked(ranks, baseline=baseline, styles=styles)
    if not shown or n_candidates < 2:
        return nothing(mode, "No prediction has a rank: there is nothing to tell apart.", height=HEIGHT)
    firsts = [float(one.share(np.ones(1))[0]) for one in shown]
    told = [f"{one.words} {percent(share)}" for one, share in zip(shown, firsts, strict=True)]
    names = [_cut(one.words) + f" {percent(share)}" for one, share in zip(shown, firsts, strict=True)]
    board = Board(
        mode,
        alt=f"Share of perturbations whose own truth is the nearest of {n_candidates:,}: {', '.join(told)}; "
        f"chance {percent(1 / n_candidates)}.",
        height=HEIGHT,
        margin={"t": TOP, "b": FOOT, "r": RIGHT, "l": 14 + widest(names)},
    )
    _axes(board, n_candidates)
    _chance(board, n_candidates, mode)
    for one in reversed(shown):
        _curve(board, one, n_candidates, mode)
    for one, words, place in zip(shown, names, _apart(firsts), strict=True):
        bold = one.style.role == "model"
        board.note(
            f"<b>{safe(words)}</b>" if bold else safe(words),
            x=0,
            y=place,
            yref="y",
            xanchor="right",
            xshift=-9,
            align="right",
            font={"size": 11.5, "color": _colour(one, mode)},
        )
    return board.figure()


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _colour(one: Ranked, mode: Mode) -> str:
    return one.style.line(mode) if one.style.role == "model" else tokens(mode).muted


def _apart(places: Sequence[float]) -> list[float]:
    """Push labels apart, so that none covers another, each as near to its place as that allows."""
    order = np.argsort(places, kind="stable")
    found = np.array(places, dtype=float)
    gap = min(APART, 1.0 / max(len(places), 1))
    low = -0.02
    for i in order:
        found[i] = max(found[i], low)
        low = found[i] + gap
    high = 1.03
    for i in order[::-1]:
        found[i] = min(found[i], high)
        high = found[i] - gap
    return [float(place) for place in found]


def _axes(board: Board, n: int) -> None:
    inner = [tick for tick in TICKS if tick < n / 1.35]
    ticks = [*inner, n] if len(inner) < 9 else [*inner[::2], n]
    board.layout["xaxis"] = {
        "type": "log",
        "range": [0, float(np.log10(n))],
        "tickvals": ticks,
        "ticktext": [f"{tick:,}" for tick in ticks],
        "title": {"text": f"among the first k (of {n:,} candidates)"},
        "fixedrange": True,
    }
    board.layout["yaxis"] = {
        "side": "right",
        "range": [-0.03, 1.04],
        "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
        "ticktext": [percent(share) for share in (0, 0.2, 0.4, 0.6, 0.8, 1)],
        "title": {"text": "share of perturbations"},
        "fixedrange": True,
    }
    board.layout["hovermode"] = "closest"


def _chance(board: Board, n: int, mode: Mode) -> None:
    k = np.geomspace(1, n, 60)
    board.scatter(k, k / n, mode="lines", line={"color": tokens(mode).faint, "width": 1}, hoverinfo="skip")
    where = n**0.82
    board.note(
        "chance",
        x=float(np.log10(where)),
        y=where / n,
        xref="x",
        yref="y",
        xanchor="left",
        yanchor="top",
        xshift=4,
        font={"size": 11, "color": tokens(mode).muted},
    )


def _curve(board: Board, one: Ranked, n: int, mode: Mode) -> None:
    k = _steps(n)
    share = one.share(k)
    look = {"baseline": ("dot", 1.5), "positive_control": ("dash", 1.7)}.get(one.style.role, ("solid", 2))
    truth = ", truth: a half" if one.is_half else ""
    board.scatter(
        k,
        share,
        mode="lines",
        line={"color": _colour(one, mode), "width": look[1], "dash": look[0], "shape": "hv"},
        hovertemplate=f"{safe(one.words)}{truth}<br>among the first %{{x:,.0f}}: %{{y:.0%}}<extra></extra>",
    )
    if one.style.role == "model":
        at = np.unique(np.round(np.geomspace(1, n, SYMBOLS)))
        board.scatter(
            at,
            one.share(at),
            mode="markers",
            marker=one.style.marker(mode, size=8),
            cliponaxis=False,
            hoverinfo="skip",
        )


def _steps(n: int) -> Floats:
    """Return the k at which curves are drawn: all of few, of many so many that the log axis shows no difference."""
    if n <= MOST_STEPS:
        return np.arange(1, n + 1, dtype=float)
    return np.unique(np.round(np.geomspace(1, n, MOST_STEPS)))
