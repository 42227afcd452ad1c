"""What a page says in the place of an answer that needs single cells, where a store of moments is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturbdash.ui.frame import empty_state

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset


def said(dataset: Dataset, what: str) -> bool:
    """Say that something needs cells, where the data set has none; return whether it was said.

    Parameters
    ----------
    what
        What needs them, as the beginning of a sentence (see `perturbdash.judgement.needing_cells`).
    """
    if dataset.has_cells:
        return False
    empty_state(
        "This needs the single cells",
        f"{what} needs the single cells, and {dataset.name} is a store of moments, which holds none.",
        "Open the file of cells that the store was made from; everything else on this page comes from moments.",
    )
    return True
