"""The cells of the page Embedding: as marks or in bins, and what a box round them holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from perturbdash.judgement.needing_cells import CELLS_IN_THE_PLANE
from perturbdash.statistics.layout import FEWEST_ROWS
from perturbdash.ui import address, pointer, selection
from perturbdash.ui.blocks import note
from perturbdash.ui.embedding import placing
from perturbdash.ui.embedding.cell_choices import BY_RULE, MOST_MARKED, UMAP, CellChoice
from perturbdash.ui.embedding.cell_words import CellWords
from perturbdash.ui.frame import frame, plot
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.judgement.embedding_cells import CellMap
    from perturbdash.judgement.embedding_view import CentroidView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

KEY = "cells"


@dataclass(frozen=True)
class Box:
    """What lies in a box or a lasso round cells.

    Parameters
    ----------
    counts
        As ``box_counts``.
    n
        Cells in the figure.
    """

    counts: pd.DataFrame
    n: int


@st.cache_resource(show_spinner=False, max_entries=8)
def _drawn(
    key: str,  # noqa: ARG001
    asked: tuple[str, str | None, int],
    _dataset: CellDataset,
    _rows: NDArray[np.intp],
) -> NDArray[np.bool_]:
    from perturbdash.judgement.embedding_cells import sample_of

    _, context, seed = asked
    return sample_of(_dataset, _rows, seed=seed, context=context)


def cells(view: View, result: Result, found: CentroidView, choice: CellChoice) -> Box | None:
    """Draw the cells; return what a box round some of them holds, where there is one."""
    before = placing.known(view, result, choice)
    is_umap = before is not None and placing.is_umap(view, result, choice)
    words = CellWords(view, result, choice, before, is_umap)
    shown = None if before is None else _Shown(words, before, found)
    with frame(
        words.title,
        words.subtitle,
        key=KEY,
        table=None if shown is None else shown.table,
        how_to_read="Drag a box round cells to see of which perturbations they are. A perturbation that forms a cloud "
        "of its own changes its cells more than they differ anyway; one that is strewn among the controls does little, "
        "or to few of them. In a UMAP only who is near to whom means something.",
        caption=words.caption,
        printed=None if shown is None else partial(shown.draw, light=True),
    ):
        now = placing.placed(view, result, choice)
        if now is None:
            return None
        if before is None or shown is None or before.xy is not now.xy:
            address.rerun()
        return shown.plotted()


class _Shown:
    """The cells as they are drawn on this run."""

    def __init__(self, words: CellWords, cells: CellMap, found: CentroidView) -> None:
        self._words, self._cells = words, cells
        self._dataset = words.result.dataset.cells_for(CELLS_IN_THE_PLANE)
        self._choice = words.choice
        by_norm = found.distances.sort_values("norm", ascending=False, kind="stable")
        self._strongest = by_norm["perturbation"].astype(str).tolist()
        self._values: NDArray[np.float32] | None = None

    def plotted(self) -> Box | None:
        """Draw the figure and return what a box in it holds."""
        words, choice, n = self._words, self._choice, len(self._cells.rows)
        if choice.layout == UMAP and n < FEWEST_ROWS:
            note("Too few cells for UMAP; these are the first two components.")
        if choice.colour == "gene" and choice.value is not None:
            self._values = placing.gene_values(words.view, words.result, self._cells, choice)
        figure = self.draw()
        coarse = pointer.is_coarse()
        figure.update_layout(dragmode=False if coarse else "select")
        place = selection.digest([choice.layout, choice.context, words.is_umap, n])
        event = plot(
            figure,
            key=f"{KEY}-{place}",
            select="ignore" if coarse else "rerun",
            selection_mode=("box", "lasso"),
        )
        return self._box(event)

    def draw(self, *, light: bool = False) -> go.Figure:
        """Draw the figure."""
        from perturbdash.figures.embedding import cells_by_level, cells_by_value

        words, choice = self._words, self._choice
        mode = "light" if light else words.view.mode
        table = self.table()
        if "value" not in table:
            chosen = () if choice.colour == "gene" else self._chosen(table)
            return cells_by_level(table, chosen, axes=words.axes, other=words.other, mode=mode)
        label = f"{choice.value}, log1p" if choice.colour == "gene" else str(choice.value)
        label = f"mean {label}" if words.binned else label
        return cells_by_value(table, label=label, axes=words.axes, binned=words.binned, mode=mode)

    def _chosen(self, table: pd.DataFrame) -> tuple[str, ...]:
        from perturbdash.judgement.embedding_colours import chosen_by_rule, largest_levels

        levels = table["level"].to_numpy(dtype=object)
        if self._choice.colour == "column" and self._choice.value is not None:
            return largest_levels(levels)
        selected = self._words.view.selection
        most = MOST_MARKED if selected else BY_RULE
        chosen = self._choice.marked or chosen_by_rule(levels, self._strongest, selected, most)
        return (CONTROL, *chosen)

    def table(self) -> pd.DataFrame:
        """Return one row a cell: place, what was done to it, and what colours it."""
        import pandas as pd

        from perturbdash.judgement import embedding_colours as colours

        dataset, rows, choice = self._dataset, self._cells.rows, self._choice
        names = colours.perturbation_names(dataset, rows)
        seed = self._words.result.settings.seed
        table = pd.DataFrame(
            {
                "cell": dataset.cell_names[rows],
                "name": names,
                "x": self._cells.xy[:, 0],
                "y": self._cells.xy[:, 1],
                "drawn": _drawn(
                    self._words.view.result_key, (choice.layout, choice.context, seed), dataset, rows
                ),
            }
        )
        if choice.colour == "gene" and self._values is not None:
            return table.assign(value=self._values)
        if self._words.is_numeric:
            return table.assign(value=colours.column_numbers(dataset, rows, str(choice.value)))
        if choice.colour == "column" and choice.value is not None:
            return table.assign(level=colours.column_labels(dataset, rows, choice.value))
        return table.assign(level=names)

    def _box(self, event: Any) -> Box | None:
        from perturbdash.figures.cloud import Crowd
        from perturbdash.judgement.embedding_colours import box_counts, perturbation_names

        drawn = event.get("selection", {}) if isinstance(event, Mapping) else {}
        shapes = (*drawn.get("box", ()), *drawn.get("lasso", ()))
        if not shapes:
            return None
        crowd = Crowd(self._cells.xy[:, 0], self._cells.xy[:, 1], ())
        inside = np.any([crowd.holds(shape) for shape in shapes], axis=0)
        names = perturbation_names(self._dataset, self._cells.rows)
        return Box(box_counts(names, inside), len(names))
