"""Which predictions: what of each file matches the data set, and how to add, rename and remove one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address, files, waiting
from perturbdash.ui.blocks import Column, Row, note, table
from perturbdash.ui.frame import csv
from perturbdash.ui.library import library
from perturbdash.ui.markup import bold, html, markdown
from perturbdash.ui.records import Record, Source
from perturbdash.ui.start.change import show
from perturbdash.ui.start.matching import read_all, some, summary

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.ui.view import View

PATH, UPLOAD, TURN = "pd-prediction-path", "pd-prediction-upload", "pd-prediction-turn"

COLUMNS = (
    Column(
        "model",
        "Name of the model, with the colour and the symbol that it keeps on every page.",
        numeric=False,
    ),
    Column("perturbations", "Perturbations of the data set that the prediction has."),
    Column("genes", "Genes of the data set that the prediction has, matched by name; their order is free."),
    Column("form", "One row a perturbation, or one row a cell.", css="pd-wide"),
)


@dataclass(frozen=True)
class Matched:
    """What was found out about the predictions: how many models, how many files with a problem, and words."""

    models: int
    problems: int
    summary: str


def draw(view: View) -> Matched:
    """Draw the table of predictions and what can be done with them."""
    assert view.record is not None
    record = view.record
    files_read, problems, waits = read_all(record)
    read = [model for _, models in files_read for model in models]
    if waits:
        waiting.follow(waits[0], library().readings)
    if read and not waits and not problems and not view.all_models:
        address.rerun()
    if read:
        rows = [_row(view, model, source) for source, models in files_read for model in models]
        table(COLUMNS, rows, caption="Predictions and what of them matches.")
    for name, problem in problems:
        note(html("{name}: {problem}", name=bold(name), problem=problem), "finding")
    lacking = _lacking_genes(record, read)
    for model in read:
        for words in model.report.notices:
            note(html("{name}: {words}", name=bold(model.name), words=words))
    if not record.predictions:
        st.html('<p class="pd-muted">None yet. Without one, perturbdash calibrates the data set alone.</p>')
    _actions(view)
    return Matched(
        len(read), len(problems) + lacking, summary(view.dataset, read) if view.dataset is not None else ""
    )


def _lacking_genes(record: Record, read: Sequence[AlignedPrediction]) -> int:
    """Return how many models lack genes that are to be scored, and offer to score the shared ones."""
    settings = dict(record.settings)
    lacking = [model for model in read if model.report.genes_missing]
    if not lacking or settings.get("genes", "all") == "shared":
        return 0
    for model in lacking:
        missing = model.report.genes_missing
        note(
            html(
                "{name} lacks {n} of the {of} genes of the data set: {genes}. Add the missing columns, or score the "
                "genes that every prediction has.",
                name=bold(model.name),
                n=f"{len(missing):,}",
                of=f"{len(missing) + model.report.genes_matched:,}",
                genes=some(missing),
            ),
            "finding",
        )
    st.button(
        "Score the shared genes",
        key="pd-shared-genes",
        on_click=show,
        args=(record.only_settings({**settings, "genes": "shared"}),),
        help="Every metric is computed on the genes that the data set and every prediction have.",
    )
    return len(lacking)


def _row(view: View, model: AlignedPrediction, source: Source) -> Row:
    report = model.report
    known = model.name in view.all_models
    n_perturbations = report.perturbations_matched + len(report.perturbations_missing)
    n_genes = report.genes_matched + len(report.genes_missing)
    return Row(
        [
            view.tag(model.name) if known else model.name,
            f"{report.perturbations_matched:,} of {n_perturbations:,}",
            f"{report.genes_matched:,} of {n_genes:,}",
            f"{report.form}, {source.title.removesuffix('.gz').rsplit('.', 1)[-1]}",
        ]
    )


def _actions(view: View) -> None:
    assert view.record is not None
    with st.container(horizontal=True, key="pd-prediction-actions"):
        turn = st.session_state.get(TURN, 0)
        with st.popover("Add a prediction", icon=":material/add:", type="tertiary", key=f"pd-add-{turn}"):
            _add(view.record)
        if view.record.predictions:
            with st.popover("Rename or remove", icon=":material/edit:", type="tertiary", key="pd-edit"):
                _edit(view.record)
        with st.popover(
            "What must my file look like?", icon=":material/help:", type="tertiary", key="pd-form"
        ):
            _form(view)


def _add(record: Record) -> None:
    limit = st.get_option("server.maxUploadSize")
    turn = st.session_state.get(TURN, 0)
    uploads = st.file_uploader(
        "Upload one or more files",
        type=["csv", "tsv", "gz", "parquet", "h5ad"],
        accept_multiple_files=True,
        key=f"{UPLOAD}-{turn}",
        help=f"CSV, TSV, Parquet or .h5ad, up to {limit} MB each; the name of the file names the model.",
    )
    if uploads:
        for upload in uploads:
            source = library().uploads.add(upload.name, upload.getbuffer())
            record = record.with_prediction(_stem(source), source)
        st.session_state[TURN] = turn + 1
        show(record)
        st.rerun()
    if files.data_root() is not None:
        st.selectbox(
            "Or a path below the data folder",
            list(files.listed(files.PREDICTION_FILES)),
            index=None,
            key=PATH,
            accept_new_options=True,
            placeholder="Choose or type a path",
            on_change=_add_path,
            args=(record,),
            help="Of any size; the name of the file names the model.",
        )
    else:
        st.caption(f"Up to {limit} MB each. For larger files start perturbdash with `--data-root DIR`.")


def _add_path(record: Record) -> None:
    path = st.session_state.get(PATH)
    if path:
        source = Source("root", files.completed(str(path), files.listed(files.PREDICTION_FILES)))
        show(record.with_prediction(_stem(source), source))
        st.session_state[PATH] = None


def _stem(source: Source) -> str:
    return source.title.split(".")[0] or source.title


def _edit(record: Record) -> None:
    for place, (name, source) in enumerate(record.predictions):
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"pd-edit-{place}"):
            st.text_input(
                markdown(f"{source.title} ({files.kinds(source.place)})"),
                value=name,
                max_chars=60,
                key=f"pd-name-{place}-{name}",
                on_change=_rename,
                args=(record, place, name),
                help="The name of the model on every page and in every table.",
            )
            st.button(
                "Remove",
                key=f"pd-remove-{place}-{name}",
                on_click=show,
                args=(record.without_prediction(name),),
                help="Takes the prediction out of this view; the file stays where it is.",
            )


def _rename(record: Record, place: int, name: str) -> None:
    show(record.renamed(name, str(st.session_state[f"pd-name-{place}-{name}"])))


def _form(view: View) -> None:
    st.markdown(
        "One row a perturbation and one column a gene, or one row a cell with a column that names the perturbation. "
        "Values are expression in the space of the data set after log1p normalisation to 10,000 a cell, not "
        "differences.\n\n"
        "- **CSV, TSV, Parquet**: the first column or the index names the perturbation, columns are gene names.\n"
        "- **.h5ad**: perturbations or cells as rows, the perturbation in `obs`.\n"
        "- `A+B` is the same as `B+A`; the order of genes and rows is free.\n"
        "- Several models in one file: a column `model`. Several contexts: a column `context`."
    )
    dataset = view.dataset
    if dataset is None:
        return

    def template() -> bytes:
        from perturbdash.io import template as made

        return csv(made.template(dataset))

    st.download_button(
        "Template for this data set",
        template,
        "prediction_template.csv",
        "text/csv",
        icon=":material/download:",
        key="pd-template",
        on_click="ignore",
        help="An empty table with every perturbation and gene of this data set, ready to be filled.",
    )
