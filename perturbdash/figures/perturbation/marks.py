"""Genes that stand out on every figure of the page: the one that is looked up, and those that are targeted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, tokens

ASKED = {"symbol": "circle-open", "size": 17, "width": 2.0}
TARGETED = {"symbol": "square-open", "size": 14, "width": 1.4}
TARGET_WORD = "target"


def marked_name(gene: str, *, asked: bool, target: bool) -> str:
    """Return a gene's name as figures write it: italic, bold where it is looked up, with a word where it is targeted.

    Examples
    --------
    >>> marked_name("KLF1", asked=True, target=True), marked_name("<b>", asked=False, target=False)
    ('<i><b>KLF1</b></i>, target', '<i>&lt;b&gt;</i>')
    """
    name = f"<b>{safe(gene)}</b>" if asked else safe(gene)
    return f"<i>{name}</i>, {TARGET_WORD}" if target else f"<i>{name}</i>"


def plain_name(gene: str, *, target: bool) -> str:
    """Return as many characters as ``marked_name`` shows, to find a place for them."""
    return f"{gene}, {TARGET_WORD}" if target else gene


def draw_marks(board: Board, table: pd.DataFrame, gene: str | None, *, mode: Mode) -> None:
    """Put a ring round the gene that is looked up, and a square round targeted ones.

    Parameters
    ----------
    table
        Columns gene, target, x, y.
    """
    rings = ((TARGETED, table["target"].to_numpy(dtype=bool)), (ASKED, (table["gene"] == gene).to_numpy()))
    ink = tokens(mode).ink
    for look, chosen in rings:
        rows = table[chosen]
        if rows.empty:
            continue
        marker: dict[str, Any] = {"symbol": look["symbol"], "size": look["size"], "color": ink}
        marker["line"] = {"color": ink, "width": look["width"]}
        board.scatter(rows["x"], rows["y"], mode="markers", marker=marker, hoverinfo="skip", showlegend=False)


def words_of(
    names: list[str], values: list[np.ndarray], words: str, *, plain: bool
) -> tuple[list[Any], list[str] | None, str]:
    """Return ``customdata``, escaped names where needed, and a hover template for points.

    Parameters
    ----------
    values
        True numbers, for points that do not stand at them.
    words
        Of the template, with ``{0}``, ``{1}`` where the numbers stand.
    plain
        Whether the points stand at the true numbers, so that these need not travel.
    """
    if plain:
        place, escaped = hover_names(names)
        return list(names), escaped, f"{place}<br>{words.format('%{x:.2f}', '%{y:.2f}')}<extra></extra>"
    place, escaped = hover_names(names, "%{customdata[0]}")
    columns = [np.round(np.asarray(own, dtype=float), 3).tolist() for own in values]
    said = words.format(*(f"%{{customdata[{i + 1}]:.2f}}" for i in range(len(columns))))
    data = [list(row) for row in zip(names, *columns, strict=True)]
    return data, escaped, f"{place}<br>{said}<extra></extra>"
