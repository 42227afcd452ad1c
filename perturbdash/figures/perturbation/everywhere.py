"""One gene over all perturbations: its observed shift, and below it the shift that each prediction gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.cloud import faded
from perturbdash.figures.models import OBSERVED, ModelStyle, baselines_in_order, style_of, styles_for
from perturbdash.figures.perturbation.scatter import shift_range
from perturbdash.figures.placement import Frame, place
from perturbdash.figures.tables import is_combination, safe, spread_evenly
from perturbdash.figures.theme import Mode, nothing, tokens, zero_line
from perturbdash.vocabulary import Reference

ROW, FOOT, TOP = 58, 62, 8
JITTER = 0.26
MOST_NAMED = 5
MOST_POINTS = 1500
WIDTH = 420


def gene_strips(
    observed: pd.DataFrame,
    predicted: pd.DataFrame,
    *,
    gene: str,
    perturbation: str | None = None,
    mode: Mode = "light",
    reference: Reference = "control",
    styles: Mapping[str, ModelStyle] | None = None,
    selected: Collection[str] = (),
) -> go.Figure:
    """Draw the shift of one gene in each perturbation, one strip for the observation and for each prediction.

    Parameters
    ----------
    observed
        Columns perturbation, observed (shift, log1p units), deg.
    predicted
        Columns perturbation, prediction, kind, shift.
    perturbation
        Ringed in every strip, and named.
    selected
        Where there are any, the other points are pale.
    """
    there = observed[observed["observed"].notna()]
    if there.empty:
        return nothing(mode, f"{safe(gene)} has no observed shift here.", height=220)
    order = baselines_in_order(predicted.loc[predicted["kind"] != "model", "prediction"])
    order += [name for name in dict.fromkeys(predicted["prediction"]) if name not in order]
    drawn = {OBSERVED: style_of(OBSERVED)} | styles_for(order, styles)
    board = Board(
        mode,
        alt=f"Shift of {gene}, Δ{reference}, in {len(there)} perturbations: observed"
        + "".join(f", {drawn[name].label}" for name in order)
        + ".",
        height=TOP + ROW * len(drawn) + FOOT,
        margin={"t": TOP, "l": 8, "r": 12, "b": 8},
    )
    limits = shift_range(there, predicted)
    _draw_axes(board, list(drawn.values()), limits, reference, mode=mode)
    for row, (name, style) in enumerate(drawn.items()):
        if name == OBSERVED:
            strip = there[["perturbation", "observed"]].rename(columns={"observed": "shift"})
        else:
            strip = predicted.loc[predicted["prediction"] == name, ["perturbation", "shift"]]
        strip = strip.assign(place=row + JITTER * spread_evenly(len(strip)))
        _draw_strip(board, strip, style, limits, selected=selected, perturbation=perturbation, mode=mode)
        _say_off_scale(board, strip, limits, row, mode=mode)
        if name == OBSERVED:
            _draw_names(board, strip, limits, len(drawn), perturbation)
    return board.figure()


def _draw_axes(
    board: Board, styles: list[ModelStyle], limits: tuple[float, float], reference: Reference, *, mode: Mode
) -> None:
    colour = tokens(mode)
    board.layout["xaxis"] = {
        "title": {"text": f"shift, Δ{reference}, log1p units"},
        "range": list(limits),
    } | zero_line(colour.ink)
    board.layout["yaxis"] = {
        "range": [len(styles) - 0.5, -0.5],
        "tickvals": list(range(len(styles))),
        "ticktext": [_label(style, mode) for style in styles],
        "ticks": "",
        "showgrid": False,
        "showline": False,
    }


def _label(style: ModelStyle, mode: Mode) -> str:
    colour = style.line(mode) if style.role == "model" else tokens(mode).ink
    return f'<b><span style="color:{colour}">{safe(style.label)}</span></b>'


def _draw_strip(
    board: Board,
    strip: pd.DataFrame,
    style: ModelStyle,
    limits: tuple[float, float],
    *,
    selected: Collection[str],
    perturbation: str | None,
    mode: Mode,
) -> None:
    """Draw a point a perturbation, of a large screen every k-th; one off the scale stands at the edge."""
    kept = _thinned(strip, {*selected, *([perturbation] if perturbation else [])})
    names = kept["perturbation"].astype(str).tolist()
    x = kept["shift"].clip(*_inner(limits))
    colour = tokens(mode).ink if style.role == "observed" else style.line(mode)
    place_, escaped = hover_names(names, "%{customdata[0]}")
    crosses = is_combination(names)
    board.scatter(
        x,
        kept["place"],
        mode="markers",
        marker={
            "size": 6.5,
            "color": colour,
            "symbol": np.where(crosses, "x-thin", "circle"),
            "line": {"color": colour, "width": np.where(crosses, 1.4, 0.0)},
            "opacity": faded(names, [str(name) for name in selected], opacity=0.6),
        },
        customdata=[
            [name, value] for name, value in zip(names, kept["shift"].round(3).tolist(), strict=True)
        ],
        hovertext=escaped,
        hovertemplate=f"<b>{place_}</b><br>{safe(style.label)} %{{customdata[1]:.2f}}<extra></extra>",
    )
    own = kept[kept["perturbation"] == perturbation]
    ink = tokens(mode).ink
    ring = {"symbol": "circle-open", "size": 15, "color": ink, "line": {"color": ink, "width": 2}}
    board.scatter(
        own["shift"].clip(*_inner(limits)), own["place"], mode="markers", marker=ring, hoverinfo="skip"
    )


def _say_off_scale(
    board: Board, strip: pd.DataFrame, limits: tuple[float, float], row: int, *, mode: Mode
) -> None:
    low, high = (int(found.sum()) for found in (strip["shift"] < limits[0], strip["shift"] > limits[1]))
    grey = {"size": 10, "color": tokens(mode).muted}
    for n, x, side, words in (
        (low, 0, "left", "◂ {} off the scale"),
        (high, 1, "right", "{} off the scale ▸"),
    ):
        if n:
            where: dict[str, Any] = {
                "x": x,
                "y": row - 0.36,
                "yref": "y",
                "xanchor": side,
                "yanchor": "middle",
            }
            board.note(words.format(n), font=grey, **where)


def _inner(limits: tuple[float, float]) -> tuple[float, float]:
    edge = 0.01 * (limits[1] - limits[0])
    return limits[0] + edge, limits[1] - edge


def _thinned(strip: pd.DataFrame, keep: Collection[str]) -> pd.DataFrame:
    if len(strip) <= MOST_POINTS:
        return strip
    every: NDArray[np.bool_] = np.zeros(len(strip), dtype=bool)
    every[np.linspace(0, len(strip) - 1, MOST_POINTS).astype(int)] = True
    return strip[every | strip["perturbation"].isin(list(keep)).to_numpy()]


def _draw_names(
    board: Board, strip: pd.DataFrame, limits: tuple[float, float], n_rows: int, perturbation: str | None
) -> None:
    """Name the perturbation that the page shows, and those in which the gene moves most."""
    names = strip["perturbation"].astype(str).tolist()
    size = strip["shift"].abs().to_numpy(dtype=float)
    own = (strip["perturbation"] == perturbation).to_numpy()
    order = np.lexsort((-size, ~own))[:MOST_NAMED]
    x, y = strip["shift"].to_numpy(dtype=float), strip["place"].to_numpy(dtype=float)
    frame = Frame(limits, (n_rows - 0.5, -0.5), WIDTH, ROW * n_rows)
    found = place(frame, x, y, texts=names, candidates=order.tolist())
    texts = [f"<b>{safe(name)}</b>" if name == perturbation else safe(name) for name in names]
    board.names(found, x, y, texts=texts)
