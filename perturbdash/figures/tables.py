"""Which rows of a table a figure shows, and names that are safe in plotly's text."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from perturbdash.vocabulary import COMBINATION_SEPARATOR, POOLED


def of_context(table: pd.DataFrame, context: str | None) -> pd.DataFrame:
    """Return the rows of one context; by default the pooled rows, else those of the first context."""
    if "context" not in table.columns or table.empty:
        return table
    if context is None:
        present = table["context"].unique()
        context = POOLED if POOLED in present else present[0]
    return table[table["context"] == context]


def across_contexts(table: pd.DataFrame, context: str | None) -> pd.DataFrame:
    """Return the rows of one context, or of all where none is named: for tables with a row a condition."""
    if context is None or context == POOLED or "context" not in table.columns:
        return table
    return table[table["context"] == context]


def safe(text: object) -> str:
    """Escape a name for plotly’s text, which knows no quotes as entities.

    Examples
    --------
    >>> safe("<b>A</b>")
    '&lt;b&gt;A&lt;/b&gt;'
    """
    return html.escape(str(text), quote=False)


def float32(values: ArrayLike) -> NDArray[np.float32]:
    """Return values as plotly should carry them: half the size, seven digits."""
    return np.asarray(values, dtype=np.float32)


def is_combination(names: Sequence[object] | pd.Series) -> NDArray[np.bool_]:
    """Return which perturbations are combinations, shown as a cross instead of a disc.

    Examples
    --------
    >>> is_combination(["KLF1", "CBL+CNN1"]).tolist()
    [False, True]
    """
    return np.array([COMBINATION_SEPARATOR in str(name) for name in names], dtype=bool)


def spread_evenly(n: int) -> NDArray[np.float64]:
    """Return ``(n,)`` offsets from -1 to 1 that look scattered and are always the same."""
    golden = 0.6180339887498949
    return np.asarray(2 * ((np.arange(n) + 0.5) * golden % 1.0) - 1, dtype=np.float64)
