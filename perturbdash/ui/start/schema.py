"""What is what in a file: one select for each part of the schema, with the reason beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.columns import Columns
    from perturbdash.io.source import CellSource
    from perturbdash.ui.view import View

X = "X"
MOST_OPTIONS = 3000
YES, NO = "True", "False"


@dataclass(frozen=True)
class Line:
    """One line of the form: a field of the schema, its label and help, and how its values are written.

    Parameters
    ----------
    always
        Also drawn where there is nothing else to choose.
    """

    name: str
    label: str
    help: str
    words: Mapping[str, str] = field(default_factory=dict)
    always: bool = True


LINES = (
    Line("perturbation_key", "Perturbation column", "The column of obs that says what was done to a cell."),
    Line("control", "Control label", "The label of cells to which nothing was done."),
    Line(
        "separator",
        "Combinations",
        "How a label names several perturbations of one cell.",
        {"+": "A+B", ";": "A;B", "|": "A|B", "_": "A_B", NONE: "none: every label is one perturbation"},
    ),
    Line(
        "merge_guides",
        "Guides",
        "Whether guides of one gene, such as ZAP70_1 and ZAP70_2, count as one perturbation.",
        {YES: "merged to their gene", NO: "kept apart"},
        always=False,
    ),
    Line(
        "context_key",
        "Context column",
        "Cell line, cell type or donor: everything is computed within its levels.",
        {NONE: "none: one context"},
    ),
    Line(
        "split_key",
        "Split column",
        "Which perturbations models were trained on; without it each perturbation is tested once, in folds.",
        {NONE: "none: 5 folds"},
    ),
    Line("layer", "Matrix", "Where the expression values stand: X, or a layer.", {NONE: X}, always=False),
    Line(
        "space",
        "Values",
        "Counts are scaled to 10,000 a cell and log1p-transformed while they are read; the file is never changed.",
        {"counts": "counts", "log1p": "log1p, 10,000 per cell"},
    ),
    Line(
        "totals_key",
        "Totals of cells",
        "The column with the total counts of each cell, where the file holds only some of the genes.",
        {NONE: "none: sums of rows"},
        always=False,
    ),
    Line(
        "number_duplicates",
        "Duplicate cell names",
        "Halves are drawn by the name of a cell, so names must be unique; numbers make them so.",
        {YES: "made unique by numbers", NO: "refused"},
        always=False,
    ),
)


def columns_of(view: View) -> Columns | None:
    """Return the columns of the file, also where its schema cannot be found; ``None`` if it cannot be read."""
    from perturbdash.io.columns import Columns

    source = _source(view)
    return None if source is None else Columns(source.obs)


def _source(view: View) -> CellSource | None:
    if view.dataset is not None:
        return view.dataset.cells_for("A choice of columns").source
    assert view.record is not None
    from perturbdash.io.opening import open_source

    try:
        return open_source(library().path(view.record.data))
    except PerturbdashError:
        return None


def draw(view: View) -> None:
    """Draw the form; each change makes another view."""
    record = view.record
    assert record is not None
    dataset = None if view.dataset is None else view.dataset.cells_for("A choice of columns")
    columns = columns_of(view)
    if columns is None:
        st.html('<p class="pd-muted">The file could not be opened, so there are no columns to choose.</p>')
        return
    given = {name: str(value) for name, value in record.schema}
    if dataset is None and "perturbation_key" not in given and (proposed := _proposed_column(columns)):
        given["perturbation_key"] = proposed
    for line in LINES:
        if dataset is not None:
            value, options = _found(line.name, dataset)
        else:
            value, options = given.get(line.name), _possible(line.name, columns, given, view.problem)
        if options or (line.always and value is not None):
            _draw_line(line, value, options, view)
    if record.schema:
        st.button(
            "Back to what was found",
            type="tertiary",
            icon=":material/undo:",
            key="pd-schema-reset",
            on_click=show,
            args=(record.only_schema({}),),
        )


def _proposed_column(columns: Columns) -> str | None:
    """Return the perturbation column that detection finds, also where it finds no control."""
    from perturbdash.io.detect_labels import propose_perturbation

    try:
        return str(propose_perturbation(columns, None).value)
    except PerturbdashError:
        return None


def _found(name: str, dataset: CellDataset) -> tuple[str | None, Sequence[str]]:
    """Return what holds now, and what else detection offers."""
    if name == "number_duplicates":
        chosen = dataset.flags.number_duplicates
        return (None, ()) if chosen is None else (str(chosen), (YES, NO))
    value = getattr(dataset.schema, name)
    if name == "control":
        value = dataset.schema.control_key or value
    if name == "merge_guides":
        offered = bool(dataset.proposals[name].alternatives)
        return str(value), (YES, NO) if offered or value else ()
    proposal = dataset.proposals.get(name)
    return NONE if value is None else str(value), proposal.alternatives if proposal is not None else ()


def _possible(name: str, columns: Columns, given: Mapping[str, str], problem: str) -> Sequence[str]:
    """Return what could be chosen in a file whose schema could not be found."""
    if name == "perturbation_key":
        return columns.labels() or columns.names
    if name == "control":
        key = given.get("perturbation_key", "")
        found = columns.levels(key) if key in columns.names else None
        flags = [column for column in columns.names if columns.flags(column) is not None]
        return flags if found is None else [*found.names[:MOST_OPTIONS], *flags]
    if name in ("context_key", "split_key") and name in given:
        return [NONE, *columns.labels()]
    if name == "space" or (name == "number_duplicates" and "uplicate" in problem):
        return list(next(line.words for line in LINES if line.name == name))
    return ()


def _draw_line(line: Line, value: str | None, options: Sequence[str], view: View) -> None:
    shown = list(dict.fromkeys(([] if value is None else [value]) + list(options)))
    if line.name == "layer" and NONE in shown and X in shown:
        shown.remove(X)
    key = f"pd-schema-{line.name}"
    left, right = st.columns([1, 1.15], gap="small")
    with left:
        hold(key, value)
        st.selectbox(
            line.label,
            shown,
            key=key,
            index=None if value is None else 0,
            format_func=lambda option: line.words.get(option, option),
            placeholder="As detected" if line.name == "space" else "Choose",
            help=line.help,
            on_change=_change,
            args=(line.name, view.record),
        )
    with right:
        st.html(html('<p class="pd-why">{reason}</p>', reason=_reason(line.name, view)))


def _reason(name: str, view: View) -> str:
    if view.dataset is None:
        assert view.record is not None
        return "Chosen." if name in dict(view.record.schema) else ""
    dataset = view.dataset.cells_for("A choice of columns")
    proposal = dataset.proposals.get(name)
    if name == "control" and dataset.schema.control_key is not None:
        proposal = dataset.proposals.get("control_key", proposal)
    return text(proposal.reason) if proposal is not None else ""


def _change(name: str, record: Record) -> None:
    """Make another view with one part of the schema chosen; what depends on it is detected again."""
    from perturbdash.io.cell_dataset import FOLLOWS

    value: Option = st.session_state.get(f"pd-schema-{name}")
    if value is None:
        return
    if value in (YES, NO):
        value = value == YES
    if name == "layer" and value == NONE:
        value = X
    kept = {key: item for key, item in record.schema if key not in FOLLOWS.get(name, ())}
    show(record.only_schema({**kept, name: value}))
