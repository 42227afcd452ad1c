"""A table to sort and to search, with help on every header and numbers as screens write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.figures.numbers import count, number
from perturbdash.ui import selection

if TYPE_CHECKING:
    import pandas as pd

ROW = 28
MOST_ROWS = 14


@dataclass(frozen=True)
class Words:
    """A column of text."""

    label: str
    help: str
    width: int = 120
    pinned: bool = False

    def config(self) -> Any:
        """Return how the column is drawn."""
        return st.column_config.TextColumn(self.label, help=self.help, width=self.width, pinned=self.pinned)


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, sorted by value; whole ones have no decimals."""

    label: str
    help: str
    decimals: int = 2
    width: int = 80

    def config(self) -> Any:
        """Return how the column is drawn."""
        return st.column_config.NumberColumn(self.label, help=self.help, width=self.width)

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
        return st.column_config.ImageColumn(self.label, help=self.help, width=self.width)


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
    """
    place = f"table-{key}"
    chosen = selection.current()
    if chosen and not selection.made_here(place):
        kept = table[table["perturbation"].isin(chosen)]
        st.caption(f"{len(kept):,} selected of {len(table):,} perturbations")
        table = kept
    widget = selection.widget(place)
    shown = table[list(columns)].reset_index(drop=True)
    st.dataframe(
        _written(shown, columns),
        key=widget,
        on_select=selection.from_rows(place, widget, [str(name) for name in table["perturbation"]]),
        selection_mode=("multi-row", "single-cell"),
        **_look(shown, columns),
    )


def _written(shown: pd.DataFrame, columns: Mapping[str, Column]) -> Any:
    written: dict[Any, Any] = {
        name: partial(Numbers.write, column)
        for name, column in columns.items()
        if isinstance(column, Numbers)
    }
    return shown.style.format(written, na_rep="–")


def _look(shown: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, Any]:
    return {
        "hide_index": True,
        "row_height": ROW,
        "height": ROW * min(len(shown), MOST_ROWS) + 38,
        "placeholder": "–",
        "column_config": {name: column.config() for name, column in columns.items()},
    }
