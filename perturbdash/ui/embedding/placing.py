"""The work behind the cells of the page Embedding: reading, components, layout, one gene; in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from perturbdash.judgement.needing_cells import CELLS_IN_THE_PLANE
from perturbdash.statistics.cell_sample import MOST_CELLS
from perturbdash.statistics.layout import FEWEST_ROWS
from perturbdash.ui import background
from perturbdash.ui.embedding.cell_choices import UMAP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.judgement.embedding_cells import CellMap
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.layout import Floats
    from perturbdash.ui.embedding.cell_choices import CellChoice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

READ_AT_ONCE = 100_000_000
"""Stored values that are read without being asked for; they take some seconds."""
VALUES_A_SECOND = 20_000_000


def known(view: View, result: Result, choice: CellChoice) -> CellMap | None:
    """Return what `placed` would, as far as it was computed before; draws nothing."""
    cells = cast("CellMap | None", background.kept(view, *_asked(result, choice)))
    layout = background.kept(view, "cell-umap", _asked(result, choice))
    if cells is None or layout is None or choice.layout != UMAP:
        return cells
    return replace(cells, xy=cast("Floats", layout))


def placed(view: View, result: Result, choice: CellChoice) -> CellMap | None:
    """Return the cells with their places, or draw the way to them; their components while UMAP is not there."""
    name, asked = _asked(result, choice)
    cells = background.computed(
        view,
        name,
        asked,
        _work(result, choice),
        title="The cells are not read yet",
        why=f"This reads the file again, {_seconds(result)}, and places at most {MOST_CELLS:,} cells.",
        button="Read the cells",
        automatic=choice.stored is not None or _is_quick(result),
    )
    if cells is None or choice.layout != UMAP:
        return cells
    if cells.scores.shape[0] < FEWEST_ROWS or not cells.scores.shape[1]:
        return cells
    seed = result.settings.seed

    def lay_out(progress: Progress) -> NDArray[np.float32]:
        from perturbdash.judgement.embedding_cells import cell_layout

        return cell_layout(cells, seed=seed, progress=progress)

    n = len(cells.rows)
    layout = background.computed(
        view,
        "cell-umap",
        (name, asked),
        lay_out,
        title=f"UMAP of {n:,} cells",
        why=f"About {5 + n // 700} s, and up to half a minute more the first time. Below are the first two components.",
        button="Compute the UMAP",
        automatic=True,
    )
    return cells if layout is None else replace(cells, xy=layout)


def is_umap(view: View, result: Result, choice: CellChoice) -> bool:
    """Return whether the layout by UMAP that was asked for is there."""
    return choice.layout == UMAP and background.kept(view, "cell-umap", _asked(result, choice)) is not None


def gene_values(view: View, result: Result, cells: CellMap, choice: CellChoice) -> NDArray[np.float32] | None:
    """Return the expression of the chosen gene in the cells, or draw the way to it."""
    gene = str(choice.value)

    def work(progress: Progress) -> NDArray[np.float32]:
        from perturbdash.judgement.embedding_colours import gene_values as read

        return read(_cells(result), cells.rows, gene, progress=progress)

    return background.computed(
        view,
        "cell-gene",
        (_asked(result, choice), gene),
        work,
        title=f"{gene} is not read yet",
        why=f"This reads the file again, {_seconds(result)}.",
        button=f"Read {gene}",
        automatic=_is_quick(result),
    )


def _asked(result: Result, choice: CellChoice) -> tuple[str, object]:
    if choice.stored is not None:
        return "cell-embedding", (choice.stored, choice.context)
    return "cell-components", (choice.context, result.settings.seed)


def _work(result: Result, choice: CellChoice) -> Callable[[Progress], CellMap]:
    def work(progress: Progress) -> CellMap:
        from perturbdash.judgement.embedding_cells import cell_components, stored_cells

        if choice.stored is not None:
            return stored_cells(_cells(result), choice.stored, choice.context)
        return cell_components(result, choice.context, seed=result.settings.seed, progress=progress)

    return work


def _cells(result: Result) -> CellDataset:
    return result.dataset.cells_for(CELLS_IN_THE_PLANE)


def _is_quick(result: Result) -> bool:
    return _cells(result).source.n_stored <= READ_AT_ONCE


def _seconds(result: Result) -> str:
    seconds = max(1, _cells(result).source.n_stored // VALUES_A_SECOND)
    return f"about {seconds:,} s"
