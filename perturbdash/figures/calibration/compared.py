"""DRF by two calibrations of the same metrics: what changes once the repeat is another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, outlined
from perturbdash.figures.calibration.lanes import (
    connect,
    draw_marks,
    in_lanes,
    lane_canvas,
    lanes,
    say_undefined,
)
from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import bounds, count, interval, number
from perturbdash.figures.tables import of_context, safe
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
    rows = rows[rows["positive_control"] == positive_control].drop_duplicates("metric")
    one, other = (f"drf_{side}" for side in sides)
    if rows.empty or not rows[[one, other]].notna().to_numpy().any():
        return nothing(mode, "No metric has a DRF by either repeat, so nothing is compared.", height=300)
    places = lanes(rows["metric"].tolist(), rows.set_index("metric")[one], by_size=by_size)
    alt = f"Dynamic range fraction of {len(rows)} metrics, {words[0]} beside {words[1]}."
    values = pd.concat([rows[one], rows[other]])
    figure = lane_canvas(places, values, alt=alt, mode=mode, headline=headline, marked=marked)
    rows = in_lanes(rows, places, partial(_hover, sides=sides, words=words))
    colour = tokens(mode)
    ends = list(zip(rows[one].astype(float), rows[other].astype(float), rows["place"], strict=True))
    connect(figure, ends, colour=colour.axis)
    ring = outlined("circle-open", colour.baseline)
    draw_marks(figure, rows[rows[one].notna()], marker=ring, words=words[0], drf=one)
    named = False
    for gate, said in GATE_WORDS.items():
        own = rows[(rows[f"gate_{sides[1]}"] == gate) & rows[other].notna()]
        name = said if named else f"{words[1]}: {said}"
        draw_marks(figure, own, marker=outlined(GATE_SYMBOLS[gate], colour.gate(gate)), words=name, drf=other)
        named = named or not own.empty
    neither = rows[rows[one].isna() & rows[other].isna()]
    say_undefined(figure, neither["place"].tolist(), "no value by either", mode=mode)
    return figure


def _hover(row: Mapping[Any, Any], *, sides: tuple[str, str], words: tuple[str, str]) -> str:
    lines = [f"<b>{safe(label(str(row['metric'])))}</b>"]
    for side, said in zip(sides, words, strict=True):
        drf = interval(*(float(row[f"{name}_{side}"]) for name in ("drf", "drf_low", "drf_high")))
        gate = GATE_WORDS[str(row[f"gate_{side}"])]
        lines.append(f"{safe(said)}: DRF {drf}, {gate}, n = {count(float(row[f'n_{side}']))}")
    ends = bounds(float(row["difference_low"]), float(row["difference_high"]))
    difference = f"{number(float(row['difference']))} {ends}".rstrip()
    lines.append(f"difference {difference}, n = {count(float(row['n_paired']))}")
    return "<br>".join(lines)
