"""A table to sort and to search, with help on every header and numbers as screens write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.figures.numbers import count, number

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
    written: dict[Any, Any] = {
        name: partial(Numbers.write, column)
        for name, column in columns.items()
        if isinstance(column, Numbers)
    }
    shown = table[list(columns)].reset_index(drop=True)
    st.dataframe(
        shown.style.format(written, na_rep="–"),
        hide_index=True,
        row_height=ROW,
        height=ROW * min(len(shown), MOST_ROWS) + 38,
        placeholder="–",
        column_config={name: column.config() for name, column in columns.items()},
        key=f"table-{key}",
    )
