"""What the reader chose about cells on the page Embedding: which, where, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from perturbdash.judgement.needing_cells import CELLS_IN_THE_PLANE
from perturbdash.statistics.cell_sample import MOST_CELLS
from perturbdash.ui import without_cells
from perturbdash.ui.blocks import note
from perturbdash.ui.gene_search import gene_search
from perturbdash.ui.jobs import sentence
from perturbdash.ui.markup import markdown
from perturbdash.ui.remembered import segments, select
from perturbdash.ui.sidebar import hold

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

Colour = Literal["perturbation", "gene", "column"]
STORED = "obsm:"
PCA, UMAP = "pca", "umap"
MARK, MARKED = "pd-cell-mark", "pd-cell-marked"
MOST_MARKED, BY_RULE = 7, 5


@dataclass(frozen=True)
class CellChoice:
    """Which cells are shown, where, and what colours them.

    Parameters
    ----------
    context
        ``None`` for the cells of all contexts.
    layout
        ``"pca"``, ``"umap"``, or ``"obsm:"`` and the name of an embedding of the file.
    value
        The gene or the column; ``None`` for perturbations, or where no gene was named yet.
    marked
        Perturbations in colour; empty for those by rule.
    """

    context: str | None
    layout: str
    colour: Colour
    value: str | None
    marked: tuple[str, ...]

    @property
    def stored(self) -> str | None:
        """Name of the embedding of the file, where one is shown."""
        return self.layout.removeprefix(STORED) if self.layout.startswith(STORED) else None


def has_cells(result: Result) -> bool:
    """Return whether there are cells to place; where there are none, say so."""
    return not without_cells.said(result.dataset, CELLS_IN_THE_PLANE)


def cell_choices(view: View, result: Result) -> CellChoice:
    """Draw the controls of the cells and return what they say."""
    dataset = result.dataset
    with st.container(horizontal=True, key="pd-cell-controls", gap="small"):
        with st.container(width=190):
            layout = select(
                "cell-layout",
                _layouts(result),
                label="Cells in",
                help=f"PCA and UMAP are computed here from the cells, at most {MOST_CELLS:,} of them; an embedding "
                "of the file is drawn as it is, with all cells.",
            )
        context: str | None = view.context
        if len(dataset.contexts) > 1:
            with st.container(width="content"):
                shown = segments(
                    "cell-context",
                    {"one": "this context", "all": "all contexts"},
                    label="Cells of",
                    help=f"The cells of {markdown(view.context)} alone, or of all {len(dataset.contexts)} contexts.",
                )
            context = view.context if shown == "one" else None
        with st.container(width="content"):
            colour = segments(
                "cell-colour",
                {"perturbation": "perturbation", "gene": "gene", "column": "column"},
                label="Colour cells by",
                help="Up to seven perturbations, the expression of one gene, or a column of the data set.",
            )
        with st.container(width=340):
            value, marked = _details(cast("Colour", colour), result)
    return CellChoice(context, layout, cast("Colour", colour), value, marked)


def _layouts(result: Result) -> dict[str, str]:
    """Return the layouts that there are, those of the file in two columns first."""
    from perturbdash.errors import PerturbdashError
    from perturbdash.io.obsm import embeddings

    try:
        stored = embeddings(_cells(result).source)
    except (PerturbdashError, OSError) as error:
        note(f"The embeddings of the file cannot be shown: {sentence(error)}")
        stored = ()
    words = {
        f"{STORED}{item.name}": f"{item.name}, of the file"
        + (f" (2 of {item.n_columns})" if item.n_columns > 2 else "")
        for item in stored
    }
    plane = [key for key, item in zip(words, stored, strict=True) if item.n_columns == 2]
    computed = {PCA: "PCA", UMAP: "UMAP"}
    return {key: words[key] for key in plane} | computed | words


def _cells(result: Result) -> CellDataset:
    return result.dataset.cells_for(CELLS_IN_THE_PLANE)


def _details(colour: Colour, result: Result) -> tuple[str | None, tuple[str, ...]]:
    if colour == "gene":
        gene = gene_search(
            result.dataset.genes,
            help="Its log1p expression colours the cells, whatever the case of its letters.",
            said_below=True,
        )
        return gene, ()
    if colour == "column":
        from perturbdash.judgement.embedding_colours import colour_columns

        names = colour_columns(_cells(result))
        if not names:
            note("The data set has no column in which cells differ.")
            return None, ()
        return (
            select(
                "cell-column",
                {name: name for name in names},
                label="Column",
                help="Of the data set’s obs: labels in up to seven colours, numbers on a scale.",
            ),
            (),
        )
    return None, _marked(result.dataset.perturbations)


def _marked(perturbations: tuple[str, ...]) -> tuple[str, ...]:
    known = set(perturbations)
    kept = [name for name in st.session_state.get(MARKED, ()) if name in known]
    hold(MARK, kept)
    st.multiselect(
        "Perturbations",
        list(perturbations),
        key=MARK,
        placeholder="By rule: the selected, else the strongest",
        max_selections=MOST_MARKED,
        on_change=_keep,
        help=f"Up to {MOST_MARKED} perturbations in colour. Without a choice: those that are selected, else the "
        f"{BY_RULE} with the longest shift.",
    )
    return tuple(kept)


def _keep() -> None:
    st.session_state[MARKED] = list(st.session_state[MARK])
