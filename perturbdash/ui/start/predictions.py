"""Which predictions: what of each file matches the data set, which are left out, and what can be done with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address, progress
from perturbdash.ui.blocks import Column, Row, note, table
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, bold, html
from perturbdash.ui.records import Record, Source
from perturbdash.ui.scoring import lacking_genes, name_problem
from perturbdash.ui.start import file_form
from perturbdash.ui.start.adding import add, turn
from perturbdash.ui.start.change import show
from perturbdash.ui.start.editing import edit
from perturbdash.ui.start.matching import Read, read_all, summary

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.ui.view import View

COLUMNS = (
    Column(
        "model",
        "Name of the model, with the colour and the symbol that it keeps on every page.",
        numeric=False,
    ),
    Column("perturbations", "Perturbations of the data set that the prediction has."),
    Column("genes", "Genes of the data set that the prediction has, matched by name; their order is free."),
    Column(
        "kind",
        "One row a perturbation (profiles) or one row a cell, and the form of the file.",
        css="pd-wide",
    ),
)
LEFT_OUT = Html('<span class="pd-left-out">left out</span>')


@dataclass(frozen=True)
class Matched:
    """What was found out about the predictions: how many can be scored, how many files cannot, and words."""

    models: int
    left_out: int
    summary: str


def draw(view: View) -> Matched:
    """Draw the table of predictions and what can be done with them."""
    assert view.record is not None
    record = view.record
    read, problems, waits = read_all(record)
    if waits:
        progress.follow(waits[0], library().readings)
    if read and not waits and not view.all_models:
        address.rerun()
    unfit = dict(_unfit(record, read))
    if record.predictions:
        rows = [
            _row(view, model, source, left_out=name in unfit)
            for name, source, models in read
            for model in models
        ]
        rows += [_unread_row(name, record) for name, _ in problems]
        table(COLUMNS, rows, caption="Predictions and what of them matches.")
    else:
        st.html('<p class="pd-muted">None yet. Without one, perturbdash calibrates the data set alone.</p>')
    for name, problem in [*problems, *unfit.items()]:
        note(html("{name} is left out. {problem}", name=bold(name), problem=problem), "finding")
    _offer_shared_genes(record, read)
    usable = [model for name, _, models in read if name not in unfit for model in models]
    for model in usable:
        for words in model.report.notices:
            note(html("{name}: {words}", name=bold(model.name), words=words))
    _actions(view)
    words = summary(view.dataset, usable) if view.dataset is not None else ""
    return Matched(len(usable), len(problems) + len(unfit), words)


def _unfit(record: Record, read: Read) -> Iterator[tuple[str, str]]:
    """Yield the files that can be read but not be scored beside those before them, and why."""
    genes = dict(record.settings).get("genes", "all")
    taken: set[str] = set()
    for name, _, models in read:
        names = {model.name for model in models}
        problem = name_problem(names, taken)
        for model in models if genes == "all" else ():
            problem = problem or lacking_genes(model.report.genes_missing, model.report.genes_matched)
        if problem:
            yield name, problem
        else:
            taken |= names


def _offer_shared_genes(record: Record, read: Read) -> None:
    settings = dict(record.settings)
    lacking = any(model.report.genes_missing for _, _, models in read for model in models)
    if not lacking or settings.get("genes", "all") == "shared":
        return
    st.button(
        "Score the shared genes",
        key="pd-shared-genes",
        on_click=show,
        args=(record.only_settings({**settings, "genes": "shared"}),),
        help="Every metric is computed on the genes that the data set and every prediction have.",
    )


def _row(view: View, model: AlignedPrediction, source: Source, *, left_out: bool) -> Row:
    report = model.report
    name = view.tag(model.name) if model.name in view.all_models else html("{name}", name=model.name)
    n_perturbations = report.perturbations_matched + len(report.perturbations_missing)
    n_genes = report.genes_matched + len(report.genes_missing)
    return Row(
        [
            html("{name} {mark}", name=name, mark=LEFT_OUT) if left_out else name,
            f"{report.perturbations_matched:,} of {n_perturbations:,}",
            f"{report.genes_matched:,} of {n_genes:,}",
            f"{report.form}, {_suffix(source)}",
        ]
    )


def _unread_row(name: str, record: Record) -> Row:
    return Row(
        [html("{name} {mark}", name=name, mark=LEFT_OUT), None, None, _suffix(dict(record.predictions)[name])]
    )


def _suffix(source: Source) -> str:
    end = source.title.removesuffix(".gz").rsplit(".", 1)[-1]
    return f".{end}" if end == "h5ad" else end.upper() if end != "parquet" else "Parquet"


def _actions(view: View) -> None:
    assert view.record is not None
    with st.container(horizontal=True, key="pd-prediction-actions"):
        with st.popover("Add a prediction", icon=":material/add:", type="tertiary", key=f"pd-add-{turn()}"):
            add(view.record)
        if view.record.predictions:
            with st.popover(
                "Rename, replace, remove", icon=":material/edit:", type="tertiary", key=f"pd-edit-{turn()}"
            ):
                edit(view.record)
        with st.popover(
            "What must my file look like?", icon=":material/help:", type="tertiary", key="pd-form"
        ):
            file_form.draw(view.dataset)
