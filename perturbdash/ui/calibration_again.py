"""What all answers of the page Calibration that calibrate once more have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from perturbdash.figures.metric_words import GATE_WORDS, in_order, tick_label
from perturbdash.figures.numbers import bounds
from perturbdash.figures.tables import of_context
from perturbdash.ui import background
from perturbdash.ui.calibration_frames import show_metric
from perturbdash.ui.markup import html

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.answer import Answer
    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

T = TypeVar("T")
AS_LONG = "about as long as scoring this data set took"


def made(
    view: View,
    name: str,
    asked: object,
    work: Callable[[Progress], T],
    *,
    what: str,
    why: str,
    button: str = "Compute",
    automatic: bool = False,
) -> T | None:
    """Return what work gives, or draw in its place how to ask for it (see `background.computed`)."""
    return background.computed(
        view, f"calibration-{name}", asked, work, title=what, why=why, button=button, automatic=automatic
    )


def rows_of(table: pd.DataFrame, view: View, chosen: Choice) -> pd.DataFrame:
    """Return the rows of the context and the positive control that the page shows."""
    rows = of_context(table, view.context)
    return rows[rows["positive_control"] == chosen.positive].reset_index(drop=True)


def say(answer: Answer) -> None:
    """Draw a finding in a sentence, and muted what stands behind it."""
    st.html(
        html(
            '<p class="pd-muted" role="status"><b>{sentence}</b> {muted}</p>',
            sentence=answer.sentence,
            muted=answer.muted,
        )
    )


def drawn(chosen: Choice, view: View, result: Result) -> dict[str, Any]:
    """Return what the figures of this part have in common."""
    return {
        "positive_control": chosen.positive,
        "context": view.context,
        "by_size": chosen.order == "drf",
        "headline": result.settings.headline,
    }


def picks(key: str) -> Callable[[], None]:
    """Return what shows the metric that was clicked in the figure ``key``."""
    return partial(show_metric, key)


def in_rows(rows: pd.DataFrame, chosen: Choice, by: str, gates: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a table in the order of the figure, with words for metrics and gates."""
    words = {gate: [GATE_WORDS[str(value)] for value in rows[gate]] for gate in gates}
    rows = rows.assign(label=[tick_label(metric) for metric in rows["metric"]], **words)
    if chosen.order == "drf":
        return rows.sort_values(by, ascending=False, kind="stable", na_position="last")
    order = {metric: place for place, metric in enumerate(in_order(rows["metric"]))}
    return rows.sort_values("metric", key=lambda names: names.map(order), kind="stable")


def with_difference(rows: pd.DataFrame, gate: str, other: str) -> pd.DataFrame:
    """Return a comparison with the interval of its differences and with both gates in words."""
    pairs = zip(rows[gate], rows[other], strict=True)
    ends = zip(rows["difference_low"], rows["difference_high"], strict=True)
    return rows.assign(
        interval=[bounds(low, high) for low, high in ends],
        gates=[
            GATE_WORDS[str(a)] if a == b else f"{GATE_WORDS[str(a)]} → {GATE_WORDS[str(b)]}" for a, b in pairs
        ],
    )
