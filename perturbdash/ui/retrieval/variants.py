"""Table of the page Retrieval: every rank variant beside the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from perturbdash.figures.metric_words import baseline_label, label, summary
from perturbdash.figures.models import baselines_in_order
from perturbdash.figures.numbers import bounds, number
from perturbdash.judgement import sentences_retrieval as sentences
from perturbdash.judgement.retrieval_words import VARIANTS
from perturbdash.ui.blocks import Column, Row, table
from perturbdash.ui.frame import frame
from perturbdash.ui.markup import Html, html
from perturbdash.vocabulary import ALL_CELLS

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.judgement.retrieval_view import RankView
    from perturbdash.ui.view import View

HALVES = {"first_half": "first half", "second_half": "second half"}


def variants_frame(view: View, result: Result, found: RankView) -> None:
    """Draw mean and interval of every rank variant, for baselines, models and repeats."""
    from perturbdash.judgement.retrieval_view import all_variants

    own = all_variants(result, view.context)
    own = own[(own["kind"] != "model") | own["prediction"].isin(view.models)]
    with frame(
        "Does the answer hang on how it is ranked?",
        "Mean over perturbations, 95 % BCa interval; 1 is perfect, chance is 0.5. Candidates: "
        f"{sentences.candidates_words(found)}.",
        key="rank-variants",
        table=own,
        how_to_read="A model that is good by one variant only owes it to the size of its shifts, or to few strong "
        "perturbations: scaling predictions moves the PDS by distance, not that by angle.",
        caption=("Rank variants", f"{view.source_line()}. {sentences.TIES} {sentences.PEERS}"),
    ):
        table(_columns(), _rows(view, own, found), caption="Rank variants of baselines, models and repeats.")


def _columns() -> list[Column]:
    first = Column(
        "prediction", "Baselines, models, and below them a repeat of the experiment.", numeric=False
    )
    n = Column("n", "Perturbations with a value; the smallest number of the row.")
    return [first, *(Column(label(name), summary(name)) for name in VARIANTS), n]


def _rows(view: View, own: pd.DataFrame, found: RankView) -> list[Row]:
    judged = own[own["truth"] == ALL_CELLS]
    by_name: dict[str, dict[str, Mapping[Any, Any]]] = {}
    for row in judged.to_dict("records"):
        by_name.setdefault(str(row["prediction"]), {})[str(row["metric"])] = row
    names = [*baselines_in_order(n for n in by_name if n not in view.models), *view.models]
    rows = [Row(heading="Truth: all cells")] if names else []
    rows += [Row(_cells(_name(view, name, found), by_name[name])) for name in names if name in by_name]
    repeats = own[own["truth"] != ALL_CELLS]
    if len(repeats):
        rows.append(
            Row(heading="Truth: one half of the cells; not to be compared line by line with those above")
        )
    for (name, truth), group in repeats.groupby(["prediction", "truth"], sort=False):
        values = {str(row["metric"]): row for row in group.to_dict("records")}
        rows.append(Row(_cells(f"{baseline_label(str(name))}, truth: {HALVES[str(truth)]}", values)))
    return rows


def _name(view: View, name: str, found: RankView) -> str | Html:
    tag = view.tag(name)
    return html("<u>{tag}</u>", tag=tag) if name == found.best_baseline else tag


def _cells(name: str | Html, values: Mapping[str, Mapping[Any, Any]]) -> Sequence[object]:
    cells: list[object] = [name]
    for metric in VARIANTS:
        row = values.get(metric)
        if row is None or math.isnan(float(row["mean"])):
            cells.append(None)
            continue
        interval = bounds(float(row["low"]), float(row["high"]))
        cells.append(
            html(
                '<b>{mean}</b> <span class="pd-greyed">{interval}</span>',
                mean=number(float(row["mean"])),
                interval=interval,
            )
        )
    n = [int(row["n_defined"]) for row in values.values()]
    return [*cells, f"{min(n):,}" if n else None]
