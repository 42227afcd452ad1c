"""A table to sort and to search, with help on every header, as plain words, and numbers as screens write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.figures.numbers import count, number
from perturbdash.ui import selection
from perturbdash.ui.markup import markdown
from perturbdash.ui.pointer import ROW

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 14
MOST_WRITTEN = 20_000
"""Cells above which the browser writes numbers: here it takes seconds, there it costs the true minus sign."""
HINT = "Tick rows to select them on all pages; click into a row to open it."


@dataclass(frozen=True)
class Words:
    """A column of text."""

    label: str
    help: str
    width: int = 120
    pinned: bool = False

    def config(self) -> Any:
        """Return how the column is drawn."""
        words = markdown(self.help)
        return st.column_config.TextColumn(self.label, help=words, width=self.width, pinned=self.pinned)


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, sorted by value; whole ones have no decimals."""

    label: str
    help: str
    decimals: int = 2
    width: int = 80

    def config(self, *, written: bool = True) -> Any:
        """Return how the column is drawn; where its numbers are not written here, with their decimals."""
        form = None if written else f"%.{self.decimals}f" if self.decimals else "localized"
        words = markdown(self.help)
        return st.column_config.NumberColumn(self.label, help=words, width=self.width, format=form)

    def write(self, value: float) -> str:
        """Return a value as it is written."""
        return number(value, self.decimals) if self.decimals else count(value)


@dataclass(frozen=True)
class Bars:
    """A column of small pictures, as data addresses."""

    label: str
    help: str
    width: int = 130

    def config(self) -> Any:
        """Return how the column is drawn."""
        return st.column_config.ImageColumn(self.label, help=markdown(self.help), width=self.width)


Column = Words | Numbers | Bars


def data_table(table: pd.DataFrame, columns: Mapping[str, Column], *, key: str) -> None:
    """Draw the named columns of a table; undefined numbers are a dash."""
    shown = table[list(columns)].reset_index(drop=True)
    st.dataframe(_written(shown, columns), key=f"table-{key}", **_look(shown, columns))


def perturbation_table(table: pd.DataFrame, columns: Mapping[str, Column], *, key: str) -> None:
    """Draw the named columns of a table with one perturbation a row.

    Ticked rows are selected on all pages, a click into a row opens the page Perturbation. A selection that was
    made elsewhere leaves only its rows.

    Parameters
    ----------
    table
        With a column ``perturbation``.
    columns
        ``perturbation`` is the first.
    """
    place, selected = f"table-{key}", set(selection.current())
    names = [str(name) for name in table["perturbation"]]
    rows = selection.rows(place, names)
    st.caption(_which_rows(len(rows), len(names), len(selected), len(selected.intersection(names))))
    if len(rows) < len(names):
        table = table[table["perturbation"].isin(rows)]
    widget = selection.widget(place, selection.digest(rows))
    shown = table[list(columns)].reset_index(drop=True)
    with st.container(key=f"opens-{place}"):
        st.dataframe(
            _written(shown, columns),
            key=widget,
            on_select=selection.from_rows(place, widget, rows),
            selection_mode="multi-row",
            **_look(shown, columns),
        )


def _which_rows(shown: int, of: int, selected: int, here: int) -> str:
    if not selected:
        return HINT
    if not here:
        return f"None of the {selected:,} selected is in this table; all {of:,} perturbations are shown."
    ticked = f"; {shown:,} are shown to tick among" if shown > here else ""
    return f"{here:,} selected of {of:,} perturbations{ticked}"


def _written(shown: pd.DataFrame, columns: Mapping[str, Column]) -> Any:
    if shown.size > MOST_WRITTEN:
        return shown
    written: dict[Any, Any] = {
        name: column.write for name, column in columns.items() if isinstance(column, Numbers)
    }
    return shown.style.format(written, na_rep="–")


def _look(shown: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, Any]:
    return {
        "hide_index": True,
        "row_height": ROW,
        "height": ROW * min(len(shown), MOST_ROWS) + 38,
        "placeholder": "–",
        "column_config": {
            name: column.config(written=shown.size <= MOST_WRITTEN)
            if isinstance(column, Numbers)
            else column.config()
            for name, column in columns.items()
        },
    }
