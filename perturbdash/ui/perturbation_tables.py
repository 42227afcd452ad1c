"""Tables of the page Perturbation: every gene, and every metric of this one perturbation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.metrics.registry import METRICS
from perturbdash.ui.blocks import Column, Row, note, table
from perturbdash.ui.frame import empty_state, frame
from perturbdash.ui.markup import Html, gate_mark, html, markdown
from perturbdash.vocabulary import Gate

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.gene_view import PerturbationView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.perturbation_choices import Choice
    from perturbdash.ui.view import View

MEAN, MISSING = "mean", "missing"
ROW_HEIGHT = 28
MOST_ROWS_SEEN = 15
MOST_CELLS_WRITTEN = 40_000


def gene_table(view: View, found: PerturbationView, choice: Choice) -> None:
    """Draw every gene with its shift, test and predictions, the strongest first, sortable."""
    rows = found.table()
    if choice.gene is not None:
        rows = rows.sort_values("gene", key=lambda genes: genes != choice.gene, kind="stable")
    with frame(
        "What happened to each gene?",
        f"Shifts Δ{choice.reference}, tests against control; {len(rows):,} genes, the largest |t| first.",
        key="genes",
        table=rows,
        how_to_read="A click on a header sorts. A DEG has an adjusted p below 0.05 against control; targeted genes "
        "are those that the perturbation acts on.",
        caption=("Genes", f"{choice.perturbation} · {view.source_line()}. log1p units. All cells."),
    ):
        st.dataframe(
            _written(rows),
            hide_index=True,
            row_height=ROW_HEIGHT,
            height=ROW_HEIGHT * (min(len(rows), MOST_ROWS_SEEN) + 1) + 8,
            placeholder="–",
            key="pd-genes",
            column_order=_in_order(list(rows.columns)),
            column_config=_gene_columns(view, found, choice, written=rows.size <= MOST_CELLS_WRITTEN),
        )


def _written(rows: pd.DataFrame) -> Any:
    """Write numbers as everywhere else; of a large table, which would take too long, the browser writes them."""
    from perturbdash.figures.numbers import number, small_p

    if rows.size > MOST_CELLS_WRITTEN:
        return rows
    shifts = [name for name in rows if str(name).startswith(("observed", "shift_", "mean_"))]
    formats: dict[Any, Any] = dict.fromkeys(shifts, partial(number, decimals=3))
    return rows.style.format(formats | {"t": number, "p": small_p, "p_adj": small_p}, na_rep="–")


def _in_order(columns: list[str]) -> list[str]:
    """Put the predicted shifts beside the observed one."""
    predicted = [name for name in columns if name.startswith("shift_")]
    return ["gene", "observed", *predicted, *(name for name in columns[2:] if name not in predicted)]


def _gene_columns(view: View, found: PerturbationView, choice: Choice, *, written: bool) -> dict[str, Any]:
    from perturbdash.figures.models import style_of

    def numbers(label: str, words: str, format_: str) -> Any:
        return st.column_config.NumberColumn(label, help=markdown(words), format=None if written else format_)

    def shift(label: str, words: str) -> Any:
        return numbers(label, words, "%.3f")

    reference = "control mean" if choice.reference == "control" else "perturbed centroid"
    columns = {
        "gene": st.column_config.TextColumn("gene", help="Name as in the data set.", pinned=True),
        "observed": shift("observed shift", f"Mean of the perturbed cells minus the {reference}."),
        "t": numbers("t", "Welch's t against control.", "%.2f"),
        "p": numbers("p", "Two-sided p of t.", "%.1e"),
        "p_adj": numbers("adjusted p", "Benjamini–Hochberg over the genes of this perturbation.", "%.1e"),
        "deg": st.column_config.CheckboxColumn("DEG", help="Adjusted p below 0.05 against control."),
        "target": st.column_config.CheckboxColumn("target", help="The perturbation acts on this gene."),
        "mean_group": shift("perturbed mean", "Mean over the cells with this perturbation."),
        "mean_reference": shift("control mean", "Mean over all control cells."),
    }
    for name in found.agreement["prediction"]:
        label = style_of(name, view.styles).label
        columns[f"shift_{name}"] = shift(label, f"Shift that {label} predicts, from the {reference}.")
    return columns


def metric_table(view: View, result: Result, choice: Choice) -> None:
    """Draw all metrics of this perturbation, baselines first, with the reason where one has no value."""
    from perturbdash.judgement.perturbation_rows import perturbation_metrics

    rows = perturbation_metrics(result, view.context, choice.perturbation)
    rows = rows[(rows["kind"] != "model") | rows["prediction"].isin(view.models)]
    absent = _absent(rows)
    others = "test set" if result.settings.candidates == "test" else "context"
    targets = "taken out" if result.settings.targets == "drop" else "kept"
    with frame(
        "What do the metrics say about this one?",
        f"Truth: all cells. One perturbation: no interval. Retrieval among all perturbations of the {others}; "
        f"target genes {targets}. ↑ more is better, ↓ less is better.",
        key="perturbation-metrics",
        table=rows,
        how_to_read="Baselines stand first: a model that does not do better knows nothing of this perturbation. The "
        "mark before a metric says whether it can tell anything on this data set; grey rows cannot.",
        caption=("Metrics of one perturbation", f"{choice.perturbation} · {view.source_line()}."),
    ):
        if rows.empty or not rows["kind"].isin(["model"]).any():
            empty_state(*_why_no_scores(view, choice))
            return
        _draw_metrics(view, result, rows[~rows["prediction"].isin(absent)])
        if absent:
            kinds = dict(zip(rows["prediction"], rows["kind"], strict=True))
            names = ", ".join(_in_words(name, kinds[name]) for name in absent)
            note(f"Not in the table, because there is no prediction of {choice.perturbation}: {names}.")


def _absent(rows: pd.DataFrame) -> list[str]:
    """Return the predictions that do not have this perturbation."""
    missing = (rows["reason"] == MISSING).groupby(rows["prediction"], sort=False).all()
    return list(missing.index[missing])


def _why_no_scores(view: View, choice: Choice) -> tuple[str, str, str]:
    if not view.all_models:
        return (
            "No prediction is loaded",
            "Metrics compare a prediction with what was observed, and there is none for this data set.",
            "Add the predictions of one or more models on Start.",
        )
    return (
        f"{choice.perturbation} is not scored",
        "It is not among the test perturbations of this context, so no metric is computed for it.",
        "Choose a perturbation that is tested.",
    )


def _draw_metrics(view: View, result: Result, rows: pd.DataFrame) -> None:
    from perturbdash.figures.metric_words import FAMILIES, in_order

    names = list(dict.fromkeys(rows["prediction"]))
    cells = {(row["metric"], row["prediction"]): row for row in rows.to_dict("records")}
    columns = [
        Column("metric", "Mark: whether it can tell anything here. Hover a name for its question.", False)
    ]
    always = (MEAN, *view.models)
    columns += [
        Column(view.tag(name), "Score of this prediction.", css="" if name in always else "pd-wide")
        for name in names
    ]
    columns.append(Column("undefined because", "Why a dash has no value.", False, css="pd-wide"))
    gates = result.gates
    body: list[Row] = []
    family = ""
    for metric in in_order(rows["metric"]):
        if METRICS[metric].family != family:
            family = METRICS[metric].family
            body.append(Row(heading=FAMILIES[family]))
        gate = gates.get((view.context, metric), "uninformative")
        body.append(_metric_row(metric, [cells.get((metric, name), {}) for name in names], gate))
    table(columns, body, caption="All metrics of one perturbation; baselines first.", css="pd-metrics")


def _metric_row(metric: str, cells: list[dict[Any, Any]], gate: Gate) -> Row:
    from perturbdash.figures.metric_words import arrow, is_error
    from perturbdash.figures.numbers import decimals_for, number

    spec = METRICS[metric]
    values = [float(cell.get("value", float("nan"))) for cell in cells]
    decimals = decimals_for(metric, values, error=is_error(metric))
    written: list[Html | str] = []
    for cell, value in zip(cells, values, strict=True):
        reason = cell.get("reason") or ""
        shown = number(value, decimals)
        written.append(
            html('<span class="pd-undefined" title="{why}">{shown}</span>', why=reason, shown=shown)
            if reason
            else shown
        )
    name = html(
        '{mark} <span title="{summary}">{label} {arrow}</span>',
        mark=gate_mark(gate),
        summary=spec.summary,
        label=spec.label,
        arrow=arrow(metric),
    )
    css = "" if gate == "informative" else "pd-greyed"
    return Row([name, *written, _reasons(cells)], css=css)


def _in_words(name: str, kind: str) -> str:
    """Write the name of a baseline in words; that of a model is its own."""
    return name if kind == "model" else name.replace("_", " ")


def _reasons(cells: list[dict[Any, Any]]) -> str:
    """Say each reason once, with the predictions that it concerns unless it concerns all."""
    by_reason: dict[str, list[str]] = {}
    for cell in cells:
        if cell.get("reason"):
            by_reason.setdefault(cell["reason"], []).append(_in_words(cell["prediction"], cell["kind"]))
    return "; ".join(
        reason if len(names) == len(cells) else f"{', '.join(names)}: {reason}"
        for reason, names in by_reason.items()
    )
