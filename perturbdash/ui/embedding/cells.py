"""The cells of the page Embedding: as marks or in bins, and what a box round them holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from perturbdash.judgement.sentences_embedding import cells_in_words
from perturbdash.ui import address, pointer, selection
from perturbdash.ui.blocks import note
from perturbdash.ui.embedding import placing
from perturbdash.ui.embedding.cell_choices import BY_RULE, MOST_MARKED, UMAP, CellChoice
from perturbdash.ui.frame import frame, plot
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from perturbdash.judgement.embedding_cells import CellMap
    from perturbdash.judgement.embedding_view import CentroidView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

MANY = 20_000
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


def cells(view: View, result: Result, found: CentroidView, choice: CellChoice) -> Box | None:
    """Draw the cells; return what a box round some of them holds, where there is one."""
    before = placing.known(view, result, choice)
    shown = _Shown(view, result, choice, found, before)
    with frame(
        shown.title,
        shown.subtitle,
        key=KEY,
        table=None if before is None else shown.table,
        how_to_read="Cells that lie together are alike. A perturbation that forms a cloud of its own changes its cells "
        "more than they differ anyway; one that is strewn among the controls does little, or to few of them. Only "
        "who is near to whom means something in a UMAP.",
        caption=shown.caption,
        printed=None if before is None else partial(shown.draw, light=True),
    ):
        now = placing.placed(view, result, choice)
        if now is None:
            return None
        if before is None or before.xy is not now.xy:
            address.rerun()
        return shown.plotted()


class _Shown:
    """The cells as they are shown on this run.

    Parameters
    ----------
    cells
        ``None`` where they are not placed yet.
    """

    def __init__(
        self, view: View, result: Result, choice: CellChoice, found: CentroidView, cells: CellMap | None
    ) -> None:
        self._view, self._result, self._choice, self._cells = view, result, choice, cells
        self._strongest = (
            found.distances.sort_values("norm", ascending=False)["perturbation"].astype(str).tolist()
        )
        self._is_umap = cells is not None and placing.is_umap(view, result, choice)
        self._values: NDArray[np.float32] | None = None

    @property
    def title(self) -> str:
        """The question that the colours answer."""
        choice = self._choice
        if choice.colour == "perturbation" or choice.value is None:
            return "Do the cells of a perturbation lie together?"
        return (
            f"Where is {choice.value} high?"
            if choice.colour == "gene"
            else f"Where do cells differ in {choice.value}?"
        )

    @property
    def subtitle(self) -> str:
        """How many cells, where, and what a mark is."""
        if self._cells is None:
            return "Cells are read again for this picture; moments hold no single cell."
        return f"{cells_in_words(self._cells)}; {self._where()}. {self._marks()}"

    @property
    def caption(self) -> tuple[str, str]:
        """What the picture is made of."""
        parts = [f"{self._view.source_line()}."]
        if self._choice.context is None:
            parts.append("Cells of all contexts.")
        if self._choice.colour != "gene":
            parts.append("Colours are not models here: they are bound in the legend of this figure alone.")
        if self._cells is not None and len(self._cells.rows) > MANY:
            parts.append(
                "Above 20,000 cells density stands for single ones; a box is counted over all of them."
            )
        parts.append("Drag a box round cells to see of which perturbations they are.")
        return "Cells", " ".join(parts)

    def _where(self) -> str:
        assert self._cells is not None
        if self._choice.stored is not None:
            return f"placed by the file’s {self._choice.stored}"
        seed = self._result.settings.seed
        of = f"{self._cells.scores.shape[1]} components of log1p expression, {self._cells.n_genes:,} genes"
        if len(self._result.dataset.genes) > self._cells.n_genes:
            of += " with the largest variance"
        if self._is_umap:
            return f"UMAP of {of}, 30 neighbours, seed {seed}"
        share = float(self._cells.shares[:2].sum())
        return f"first two of {of}, {100 * share:.0f} % of the variance, seed {seed}"

    def _marks(self) -> str:
        choice = self._choice
        if choice.colour == "perturbation":
            return "Open squares: control; grey: all other perturbations."
        if choice.value is None:
            return "Name a gene to colour the cells by it."
        if choice.colour == "gene":
            return "Colour: mean of the bin, log1p; bins below 3 cells are empty; lines: density of cells."
        if self._is_numeric():
            return "Colour: its value" + (", mean of the bin." if self._binned() else ".")
        return "Up to seven labels in colour, those of most cells; grey: the others."

    def _is_numeric(self) -> bool:
        from perturbdash.judgement.embedding_cells import is_numeric

        choice = self._choice
        return (
            choice.colour == "column"
            and choice.value is not None
            and is_numeric(self._result.dataset, choice.value)
        )

    def _binned(self) -> bool:
        assert self._cells is not None
        return self._choice.colour == "gene" or len(self._cells.rows) > MANY

    @property
    def _axes(self) -> tuple[str, str]:
        if self._choice.stored is not None:
            return f"{self._choice.stored} 1", f"{self._choice.stored} 2"
        word = "UMAP" if self._is_umap else "PC"
        return f"{word} 1", f"{word} 2"

    def plotted(self) -> Box | None:
        """Draw the figure and return what a box in it holds."""
        assert self._cells is not None
        choice = self._choice
        if (
            choice.layout == UMAP
            and not self._is_umap
            and self._cells.scores.shape[0] < placing.FEWEST_FOR_UMAP
        ):
            note("Too few cells for UMAP; these are the first two components.")
        if choice.colour == "gene" and choice.value is not None:
            self._values = placing.gene_values(self._view, self._result, self._cells, choice)
        figure = self.draw()
        coarse = pointer.is_coarse()
        figure.update_layout(dragmode=False if coarse else "select")
        place = selection.digest([choice.layout, choice.context, self._is_umap, len(self._cells.rows)])
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

        mode = "light" if light else self._view.mode
        table, axes = self.table(), self._axes
        if "value" in table:
            label = (
                f"{self._choice.value}, log1p" if self._choice.colour == "gene" else str(self._choice.value)
            )
            return cells_by_value(
                table,
                label=f"mean {label}" if self._binned() else label,
                axes=axes,
                binned=self._binned(),
                mode=mode,
            )
        if self._choice.colour == "gene":
            return cells_by_level(table, (), axes=axes, other="cells", mode=mode)
        return cells_by_level(table, self._chosen(table), axes=axes, other=self._other(), mode=mode)

    def _other(self) -> str:
        return "other perturbations" if self._choice.colour == "perturbation" else "other"

    def _chosen(self, table: pd.DataFrame) -> tuple[str, ...]:
        from perturbdash.judgement.embedding_cells import chosen_by_rule, largest_levels

        levels = table["level"].to_numpy(dtype=object)
        if self._choice.colour != "perturbation":
            return largest_levels(levels)
        most = MOST_MARKED if self._view.selection else BY_RULE
        chosen = self._choice.marked or chosen_by_rule(levels, self._strongest, self._view.selection, most)
        return (CONTROL, *chosen)

    def table(self) -> pd.DataFrame:
        """Return one row a cell: place, what was done to it, and what colours it."""
        import pandas as pd

        from perturbdash.judgement import embedding_cells as of

        assert self._cells is not None
        dataset, rows, choice = self._result.dataset, self._cells.rows, self._choice
        names = of.perturbation_names(dataset, rows)
        table = pd.DataFrame(
            {
                "cell": dataset.cell_names[rows],
                "name": names,
                "x": self._cells.xy[:, 0],
                "y": self._cells.xy[:, 1],
                "drawn": of.sample_of(dataset, rows, seed=self._result.settings.seed, context=choice.context),
            }
        )
        if choice.colour == "gene" and self._values is not None:
            return table.assign(value=self._values)
        if self._is_numeric():
            return table.assign(value=of.column_numbers(dataset, rows, str(choice.value)))
        if choice.colour == "column" and choice.value is not None:
            return table.assign(level=of.column_labels(dataset, rows, choice.value))
        return table.assign(level=names)

    def _box(self, event: Any) -> Box | None:
        import numpy as np

        from perturbdash.figures.cloud import Crowd
        from perturbdash.judgement.embedding_cells import box_counts, perturbation_names

        assert self._cells is not None
        drawn = event.get("selection", {}) if isinstance(event, Mapping) else {}
        shapes = (*drawn.get("box", ()), *drawn.get("lasso", ()))
        if not shapes:
            return None
        n = len(self._cells.rows)
        crowd = Crowd(self._cells.xy[:, 0], self._cells.xy[:, 1], ())
        inside = np.any([crowd.holds(shape) for shape in shapes], axis=0)
        names = perturbation_names(self._result.dataset, self._cells.rows)
        return Box(box_counts(names, inside), n)
