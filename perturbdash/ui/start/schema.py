"""What is what in a file: one select for each part of the schema, with the reason beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.errors import PerturbdashError
from perturbdash.io.schema import NONE
from perturbdash.ui.library import library
from perturbdash.ui.markup import html, text
from perturbdash.ui.records import Option, Record
from perturbdash.ui.sidebar import hold
from perturbdash.ui.start.change import show

if TYPE_CHECKING:
    from perturbdash.io.columns import Columns
    from perturbdash.io.source import CellSource
    from perturbdash.ui.page import View

MOST_OPTIONS = 3000
DEPENDS_ON_PERTURBATIONS = ("control", "separator", "merge_guides")
SPACES = {"counts": "counts", "log1p": "log1p, 10,000 per cell"}
SEPARATORS = {
    "+": "A+B",
    ";": "A;B",
    "|": "A|B",
    "_": "A_B",
    NONE: "none: every label is one perturbation",
}
GUIDES = {"True": "merged to their gene", "False": "kept apart"}


@dataclass(frozen=True)
class File:
    """What the options depend on: columns, layers, and what is chosen now, as text."""

    columns: Columns
    layers: tuple[str, ...]
    chosen: dict[str, str]


@dataclass(frozen=True)
class Field:
    """One line of the form.

    Parameters
    ----------
    options
        What can be chosen in a file; nothing: the line is left out.
    words
        How options are written.
    """

    name: str
    label: str
    help: str
    options: Callable[[File], Sequence[str]]
    words: Callable[[str], str] = str


def columns_of(view: View) -> Columns | None:
    """Return the columns of the file, also where its schema could not be found; ``None`` if it cannot be read."""
    from perturbdash.io.columns import Columns

    source = _source(view)
    return None if source is None else Columns(source.obs)


def _source(view: View) -> CellSource | None:
    if view.dataset is not None:
        return view.dataset.source
    assert view.record is not None
    from perturbdash.io.opening import open_source

    try:
        return open_source(library().path(view.record.data))
    except PerturbdashError:
        return None


def draw(view: View) -> None:
    """Draw the form; each change makes another view."""
    source, record = _source(view), view.record
    assert record is not None
    if source is None:
        st.html('<p class="pd-muted">The file could not be opened, so there are no columns to choose.</p>')
        return
    from perturbdash.io.columns import Columns

    file = File(Columns(source.obs), source.layers, _chosen(view))
    for field in FIELDS:
        options = list(field.options(file))
        if options:
            _line(field, options, file.chosen.get(field.name), view)
    if record.schema:
        st.button(
            "Back to what was found",
            type="tertiary",
            icon=":material/undo:",
            key="pd-schema-reset",
            on_click=show,
            args=(record.only_schema({}),),
        )


def _chosen(view: View) -> dict[str, str]:
    """Return what each field holds now, as text: from the opened data set, else from what the reader chose."""
    assert view.record is not None
    given = {name: _text(value) for name, value in view.record.schema}
    if view.dataset is None:
        return given
    schema = view.dataset.schema
    return given | {field.name: _text(getattr(schema, field.name, None)) for field in FIELDS}


def _text(value: object) -> str:
    return NONE if value is None else str(value)


def _line(field: Field, options: list[str], value: str | None, view: View) -> None:
    if value is not None and value not in options:
        options.insert(0, value)
    key = f"pd-schema-{field.name}"
    left, right = st.columns([1, 1.15], gap="small")
    with left:
        hold(key, value)
        st.selectbox(
            field.label,
            options,
            key=key,
            index=None,
            format_func=field.words,
            placeholder="Choose",
            help=field.help,
            on_change=_change,
            args=(field.name, view.record),
        )
    with right:
        st.html(html('<p class="pd-why">{reason}</p>', reason=_reason(field.name, view)))


def _reason(name: str, view: View) -> str:
    assert view.record is not None
    if view.dataset is None:
        return "Chosen by you." if name in dict(view.record.schema) else ""
    proposal = view.dataset.proposals.get(name)
    return text(proposal.reason) if proposal is not None else ""


def _change(name: str, record: Record) -> None:
    value: Option = st.session_state.get(f"pd-schema-{name}")
    if value is None:
        return
    if name == "merge_guides":
        value = value == "True"
    kept = dict(record.schema)
    if name == "perturbation_key":
        kept = {key: item for key, item in kept.items() if key not in DEPENDS_ON_PERTURBATIONS}
    show(record.only_schema({**kept, name: value}))


def _label_columns(file: File) -> Sequence[str]:
    labels = file.columns.labels()
    return [*labels, *(name for name in file.columns.names if name not in labels)]


def _other_label_columns(file: File) -> Sequence[str]:
    return [NONE, *(name for name in file.columns.labels() if name != file.chosen.get("perturbation_key"))]


def _control_labels(file: File) -> Sequence[str]:
    key = file.chosen.get("perturbation_key", "")
    found = file.columns.levels(key) if key in file.columns.names else None
    if found is None:
        return []
    order = sorted(zip(-found.counts, found.names, strict=True))
    return [name for _, name in order[:MOST_OPTIONS]]


def _totals(file: File) -> Sequence[str]:
    if file.chosen.get("space") != "counts":
        return []
    columns = file.columns
    return [NONE, *(name for name in columns.names if columns.series(name).dtype.kind in "iuf")]


def _guides(file: File) -> Sequence[str]:
    return list(GUIDES) if file.chosen.get("merge_guides") in GUIDES else []


FIELDS = (
    Field(
        "perturbation_key",
        "Perturbation column",
        "The column of obs that says what was done to a cell.",
        _label_columns,
    ),
    Field("control", "Control label", "The label of cells to which nothing was done.", _control_labels),
    Field(
        "separator",
        "Combinations",
        "How a label names several perturbations of one cell.",
        lambda _: list(SEPARATORS),
        lambda value: SEPARATORS.get(value, value),
    ),
    Field(
        "merge_guides",
        "Guides",
        "Whether guides of one gene, such as ZAP70_1 and ZAP70_2, count as one perturbation.",
        _guides,
        lambda value: GUIDES.get(value, value),
    ),
    Field(
        "context_key",
        "Context column",
        "Cell line, cell type or donor: everything is computed within its levels.",
        _other_label_columns,
    ),
    Field(
        "split_key",
        "Split column",
        "Which perturbations a model was trained on; without it each perturbation is tested once, in folds.",
        _other_label_columns,
        lambda value: "none: 5 folds" if value == NONE else value,
    ),
    Field(
        "layer",
        "Matrix",
        "Where the expression values stand: X, or a layer.",
        lambda file: [NONE, *file.layers] if file.layers else [],
        lambda value: "X" if value == NONE else value,
    ),
    Field(
        "space",
        "Values",
        "Counts are normalised to 10,000 a cell and log1p while they are read; the file is never changed.",
        lambda _: list(SPACES),
        lambda value: SPACES.get(value, value),
    ),
    Field(
        "totals_key",
        "Totals of cells",
        "The column with the total counts of each cell, where the file holds a panel of genes only.",
        _totals,
    ),
)
