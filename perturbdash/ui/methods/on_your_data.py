"""What a metric says on the data that is open: scores, dynamic range and gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.figures.numbers import bounds, decimals_for, interval, number
from perturbdash.judgement.context_tables import ContextTables
from perturbdash.ui import address, blocks, session
from perturbdash.ui.markup import GATE_WORDS, Html, gate_mark, html
from perturbdash.ui.menu import PAGES
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.cards import Card
    from perturbdash.ui.view import View


def on_your_data(view: View, card: Card) -> None:
    """Draw scores and gate of a metric, or say why there are none."""
    if view.result is None or view.record is None:
        blocks.heading("On your data", _nothing(view))
        return
    context = view.context if view.context in view.result.contexts else POOLED
    context = context if len(view.result.contexts) > 1 else view.result.contexts[0]
    tables = ContextTables(view.result, context, view.models)
    where = "all contexts together" if context == POOLED else f"context {context}"
    several = f", {where}" if len(view.result.contexts) > 1 else ""
    blocks.heading(
        "On your data", f"{session.title(view.record)}{several}. Mean over perturbations, truth: all cells."
    )
    _scores(view, card, tables.summary[tables.summary["metric"] == card.name])
    page = PAGES["calibration"]
    published = view.result.settings.calibration == "published"
    truth = (published and page.truth_as_published) or page.truth
    _gate(tables.calibration[tables.calibration["metric"] == card.name], str(truth))
    st.page_link(
        page.file,
        label=f"{card.label} by perturbation",
        icon=page.icon,
        query_params={**address.read().parameters(), "metric": card.name},
    )


def _nothing(view: View) -> str:
    if view.problem:
        return f"Nothing to show, since the data set cannot be opened: {view.problem}"
    return f"Nothing to show: {'no data set is loaded' if view.dataset is None else 'it is not scored yet'}."


def _scores(view: View, card: Card, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    decimals = decimals_for(card.name, rows["mean"], error=card.better == "lower")
    order = {name: at for at, name in enumerate(view.models)}
    rows = rows.sort_values(
        "prediction", key=lambda names: names.map(order).fillna(len(order)), kind="stable"
    )
    columns = [
        blocks.Column("prediction", "Models first, then baselines.", numeric=False),
        blocks.Column("score", "Mean over perturbations with a value."),
        blocks.Column("95 % interval", "BCa bootstrap over perturbations."),
        blocks.Column("n", "Perturbations with a value."),
    ]
    cells = [_row(view, row, decimals) for row in rows.to_dict("records")]
    blocks.table(columns, cells, caption=f"Scores of {card.label}.")


def _row(view: View, row: Mapping[Any, Any], decimals: int) -> blocks.Row:
    mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
    n = f"{int(row['n_defined']):,}"
    tag = view.tag(str(row["prediction"]))
    if row["n_defined"] == 0:
        return blocks.Row([tag, None, None, n])
    return blocks.Row([tag, number(mean, decimals), bounds(low, high, decimals).strip("()") or None, n])


def _gate(rows: pd.DataFrame, truth: str) -> None:
    if rows.empty:
        return
    row = rows.iloc[0]
    drf, bds = (
        interval(*(float(row[f"{stem}{end}"]) for end in ends))
        for stem, ends in (("drf", ("_mean", "_low", "_high")), ("bds", ("", "_low", "_high")))
    )
    said: Html = html(
        '<p class="pd-sub">{mark} {gate} here: DRF {drf}, BDS {bds}, n = {n}; truth: {truth}.</p>',
        mark=gate_mark(row["gate"]),
        gate=GATE_WORDS[row["gate"]],
        drf=drf,
        bds=bds,
        n=f"{int(row['n']):,}",
        truth=truth,
    )
    st.html(said)
