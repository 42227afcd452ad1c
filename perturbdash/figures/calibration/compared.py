"""DRF by two calibrations of the same metrics: what changes once the repeat is another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, KEPT
from perturbdash.figures.calibration.lanes import connect, lane_canvas, lanes, say_undefined
from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import bounds, count, interval, number
from perturbdash.figures.tables import float32, of_context, safe
from perturbdash.figures.theme import Mode, nothing, tokens
from perturbdash.vocabulary import HEADLINE, PositiveControl


def compared_drf(
    table: pd.DataFrame,
    *,
    sides: tuple[str, str],
    words: tuple[str, str],
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    context: str | None = None,
    by_size: bool = True,
    headline: Sequence[str] = HEADLINE,
    marked: str | None = None,
) -> go.Figure:
    """Draw the DRF of each metric by two calibrations, joined: an open grey ring, and the gate's symbol.

    Parameters
    ----------
    table
        Columns context, metric, positive_control, difference, difference_low, difference_high, n_paired, and for each
        side drf, drf_low, drf_high, gate, n with ``_`` and the side's name behind.
    sides, words
        Names of the two sides in the table and in the legend: what is compared with, and what is compared.
    by_size
        The largest DRF on top, else family by family.
    headline
        Metrics whose names are bold.
    marked
        A metric whose lane is tinted.
    """
    rows = of_context(table, context)
    rows = rows[rows["positive_control"] == positive_control].drop_duplicates("metric").set_index("metric")
    one, other = (f"drf_{side}" for side in sides)
    if rows.empty or not rows[[one, other]].notna().to_numpy().any():
        return nothing(mode, "No metric has a DRF by either repeat, so nothing is compared.", height=300)
    places = lanes(list(rows.index), rows[one], by_size=by_size)
    alt = f"Dynamic range fraction of {len(rows)} metrics, {words[0]} beside {words[1]}."
    values = pd.concat([rows[one], rows[other]])
    figure = lane_canvas(places, values, alt=alt, mode=mode, headline=headline, marked=marked)
    at = pd.Series(places)[rows.index]
    ends = list(zip(rows[one].astype(float), rows[other].astype(float), at, strict=True))
    connect(figure, ends, colour=tokens(mode).axis)
    rows = rows.assign(place=at, hover=[_hover(str(m), r, sides, words) for m, r in _records(rows)])
    _draw_one(figure, rows[rows[one].notna()], one, words[0], mode=mode)
    named = False
    for gate in GATE_WORDS:
        own = rows[(rows[f"gate_{sides[1]}"] == gate) & rows[other].notna()]
        said = GATE_WORDS[gate] if named else f"{words[1]}: {GATE_WORDS[gate]}"
        _draw_other(figure, own, other, gate, said, mode=mode)
        named = named or not own.empty
    lacking = rows[rows[one].isna() & rows[other].isna()]
    say_undefined(figure, list(lacking["place"]), "no value by either", mode=mode)
    return figure


def _records(rows: pd.DataFrame) -> list[tuple[object, Mapping[Any, Any]]]:
    return list(zip(rows.index, rows.to_dict("records"), strict=True))


def _draw_one(figure: go.Figure, rows: pd.DataFrame, column: str, words: str, *, mode: Mode) -> None:
    colour = tokens(mode).baseline
    figure.add_scatter(
        x=float32(rows[column]),
        y=float32(rows["place"]),
        mode="markers",
        name=safe(words),
        marker={"symbol": "circle-open", "size": 9, "color": colour, "line": {"color": colour, "width": 1.6}},
        customdata=list(rows.index),
        hovertext=list(rows["hover"]),
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def _draw_other(
    figure: go.Figure, rows: pd.DataFrame, column: str, gate: str, words: str, *, mode: Mode
) -> None:
    if rows.empty:
        return
    colour = tokens(mode).gate(gate)
    figure.add_scatter(
        x=float32(rows[column]),
        y=float32(rows["place"]),
        mode="markers",
        name=safe(words),
        marker={
            "symbol": GATE_SYMBOLS[gate],
            "size": 9,
            "color": colour,
            "line": {"color": colour, "width": 1.6},
        },
        customdata=list(rows.index),
        hovertext=list(rows["hover"]),
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def _hover(metric: str, row: Mapping[Any, Any], sides: tuple[str, str], words: tuple[str, str]) -> str:
    lines = [f"<b>{safe(label(metric))}</b>"]
    for side, said in zip(sides, words, strict=True):
        drf = interval(*(float(row[f"{name}_{side}"]) for name in ("drf", "drf_low", "drf_high")))
        gate = GATE_WORDS[str(row[f"gate_{side}"])]
        lines.append(f"{safe(said)}: DRF {drf}, {gate}, n = {count(float(row[f'n_{side}']))}")
    ends = bounds(float(row["difference_low"]), float(row["difference_high"]))
    difference = f"{number(float(row['difference']))} {ends}".rstrip()
    lines.append(f"difference {difference}, n = {count(float(row['n_paired']))}")
    return "<br>".join(lines)
