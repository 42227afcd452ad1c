"""What a store of moments says of the cells that it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.markup import html, join
from perturbdash.ui.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perturbdash.io.dataset import Dataset

SPACES = {"counts": "counts, scaled to 10,000 a cell and log1p-transformed", "log1p": "log1p"}


def draw(dataset: Dataset) -> None:
    """Draw the meaning of the columns that the cells had, and how they were halved."""
    rows = join(
        html("<div><dt>{name}</dt><dd>{value}</dd></div>", name=name, value=value)
        for name, value in _lines(dataset)
    )
    st.html(html('<dl class="pd-store">{rows}</dl>', rows=rows))


def _lines(dataset: Dataset) -> Iterator[tuple[str, str]]:
    schema = dataset.schema
    yield "Perturbation column", schema.perturbation_key
    yield "Control", schema.control if schema.control_key is None else f"marked in {schema.control_key}"
    if schema.separator is not None:
        yield "Combinations", f"A{schema.separator}B"
    contexts = plural(len(dataset.contexts), "context", "contexts")
    yield "Context column", f"{schema.context_key}: {contexts}" if schema.context_key else "none: one context"
    split = "none: 5 folds" if dataset.split is None else schema.split_key or "in the store"
    yield "Split", split
    yield "Values of the cells", SPACES[schema.space]
    drawn = f"drawn with seed {dataset.halves_seed}"
    yield "Halves", "as the store has them" if dataset.given_halves else drawn
