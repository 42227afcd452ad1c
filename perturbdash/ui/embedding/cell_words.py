"""What stands round the cells of the page Embedding: which cells, where they lie, what their colours mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perturbdash.judgement.needing_cells import CELLS_IN_THE_PLANE
from perturbdash.judgement.sentences_embedding import cells_in_words
from perturbdash.statistics.cell_sample import MOST_CELLS

if TYPE_CHECKING:
    from perturbdash.judgement.embedding_cells import CellMap
    from perturbdash.judgement.result import Result
    from perturbdash.ui.embedding.cell_choices import CellChoice
    from perturbdash.ui.view import View


@dataclass(frozen=True, eq=False)
class CellWords:
    """The words for cells as they are shown on this run.

    Parameters
    ----------
    cells
        ``None`` where they are not placed yet.
    is_umap
        They lie where UMAP put them.
    """

    view: View
    result: Result
    choice: CellChoice
    cells: CellMap | None
    is_umap: bool

    @property
    def title(self) -> str:
        """The question that the colours answer."""
        choice = self.choice
        if choice.colour == "perturbation" or choice.value is None:
            return "Do the cells of a perturbation lie together?"
        if choice.colour == "gene":
            return f"Where is {choice.value} high?"
        return f"Where do cells differ in {choice.value}?"

    @property
    def subtitle(self) -> str:
        """How many cells, where, and what a mark is."""
        if self.cells is None:
            return "Cells are read again for this picture; moments hold no single cell."
        return f"{cells_in_words(self.cells)}; {self._where(self.cells)}. {self._marks()}"

    @property
    def caption(self) -> tuple[str, str]:
        """What the picture is made of."""
        parts = [f"{self.view.source_line()}."]
        if self.choice.context is None:
            parts.append("Cells of all contexts.")
        if self.choice.colour != "gene":
            parts.append("Colours are not models here: they are bound in the legend of this figure alone.")
        if self.cells is not None and len(self.cells.rows) > MOST_CELLS:
            parts.append(
                f"Above {MOST_CELLS:,} cells density stands for single ones; a box counts all of them."
            )
        return "Cells", " ".join(parts)

    @property
    def axes(self) -> tuple[str, str]:
        """Names of both axes."""
        word = self.choice.stored or ("UMAP" if self.is_umap else "PC")
        return f"{word} 1", f"{word} 2"

    @property
    def is_numeric(self) -> bool:
        """Whether a column of numbers colours the cells."""
        from perturbdash.judgement.embedding_colours import is_numeric

        choice = self.choice
        by_column = choice.colour == "column" and choice.value is not None
        return by_column and is_numeric(self.result.dataset.cells_for(CELLS_IN_THE_PLANE), str(choice.value))

    @property
    def binned(self) -> bool:
        """Whether a value is averaged in bins."""
        return self.choice.colour == "gene" or (self.cells is not None and len(self.cells.rows) > MOST_CELLS)

    @property
    def other(self) -> str:
        """What the grey cells are."""
        if self.choice.colour == "gene":
            return "cells"
        return "other perturbations" if self.choice.colour == "perturbation" else "other"

    def _where(self, cells: CellMap) -> str:
        if self.choice.stored is not None:
            return f"placed by the file’s {self.choice.stored}"
        from perturbdash.judgement.embedding_cells import NEIGHBOURS

        seed = self.result.settings.seed
        of = f"{cells.scores.shape[1]} components of log1p expression, {cells.n_genes:,} genes"
        if len(self.result.dataset.genes) > cells.n_genes:
            of += " with the largest variance"
        if self.is_umap:
            return f"UMAP of {of}, {NEIGHBOURS} neighbours, seed {seed}"
        return f"first two of {of}, {100 * cells.shares[:2].sum():.0f}\u00a0% of the variance, seed {seed}"

    def _marks(self) -> str:
        choice = self.choice
        if choice.colour == "perturbation":
            return "Open squares: control; grey: all other perturbations."
        if choice.colour == "gene":
            if choice.value is None:
                return "Name a gene to colour the cells by it."
            return "Colour: mean of the bin, log1p; bins below 3 cells are empty; lines: density of cells."
        if choice.value is None:
            return "No column has a value by which cells differ."
        if self.is_numeric:
            return "Colour: its value" + (", mean of the bin." if self.binned else ".")
        return "Up to seven labels in colour, those of most cells; grey: the others."
