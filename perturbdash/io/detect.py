"""All proposals for a source of cells, in the order in which one depends on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.assign import (
    Assignment,
    assign_contexts,
    assign_labels,
    assign_split,
    spelled_by_parts,
)
from perturbdash.io.columns import Columns, simplified
from perturbdash.io.detect_combinations import propose_guides, propose_separator
from perturbdash.io.detect_context import propose_context, propose_split
from perturbdash.io.detect_labels import propose_control, propose_perturbation
from perturbdash.io.labels import SEPARATORS, Naming, control_rank
from perturbdash.io.schema import NONE, Proposal, Schema
from perturbdash.io.source import CellSource
from perturbdash.io.space import SAMPLED_CELLS, ValueFacts, examine, no_totals, propose_space, propose_totals
from perturbdash.vocabulary import Space

X = "X"
SYMBOL_COLUMNS = (
    "genename",
    "genenames",
    "genesymbol",
    "genesymbols",
    "symbol",
    "symbols",
    "featurename",
    "geneshortname",
)


@dataclass(frozen=True, slots=True)
class Flags:
    """What a user chose; None asks detection, ``"none"`` says that there is none."""

    perturbation_key: str | None = None
    control: str | None = None
    context_key: str | None = None
    split_key: str | None = None
    layer: str | None = None
    space: str | None = None
    totals_key: str | None = None
    separator: str | None = None
    merge_guides: bool | None = None
    number_duplicates: bool | None = None


@dataclass(frozen=True)
class Detection:
    """A schema, its proposals, and what follows for the cells."""

    source: CellSource
    schema: Schema
    proposals: dict[str, Proposal]
    cells: Assignment
    split: dict[tuple[str, str], str] | None
    naming: Naming
    symbols: dict[str, str]
    values: ValueFacts
    cell_names: NDArray[np.object_]


def detect(source: CellSource, flags: Flags) -> Detection:
    """Find the schema of a source of cells.

    Parameters
    ----------
    source
        The cells.
    flags
        What is given.

    Raises
    ------
    DataError
        If names are not unique, or values are neither counts nor log1p.
    SchemaError
        If a column is absent, or there are no control cells.
    """
    cell_names = unique_names(source, number_duplicates=bool(flags.number_duplicates))
    columns = Columns(source.obs)
    source, layer = _choose_layer(source, flags.layer)
    rows = source.sample_rows(SAMPLED_CELLS, 0)
    values = examine(source.sample(SAMPLED_CELLS, 0), _matrix_name(source), _other_matrices(source))
    space = propose_space(values, source.n_genes, flags.space)
    if space.value == "counts":
        totals = propose_totals(columns, values, rows=rows, n_genes=source.n_genes, chosen=flags.totals_key)
    else:
        totals = no_totals(flags.totals_key)
    symbols = gene_symbols(source)
    labels, naming, found = _labels(columns, symbols, flags)
    taken = [str(p.value) for p in (*labels, totals) if p.field.endswith("_key") and p.value]
    context = propose_context(columns, found, taken, flags.context_key)
    if context.value is not None:
        key = str(context.value)
        found = assign_contexts(found, columns.require_levels(key, "context"), key)
    naming = replace(naming, spelled=spelled_by_parts(found.parts))
    split = propose_split(columns, found, flags.split_key)
    proposals = {p.field: p for p in (*labels, context, split, layer, space, totals)}
    return Detection(
        source,
        _schema(proposals),
        proposals,
        found,
        _parts(columns, found, split),
        naming,
        symbols,
        values,
        cell_names,
    )


def _schema(proposals: dict[str, Proposal]) -> Schema:
    values = {name: proposal.value for name, proposal in proposals.items()}
    optional = {
        name: cast("str | None", values[name])
        for name in ("control_key", "context_key", "split_key", "layer", "totals_key", "separator")
    }
    return Schema(
        perturbation_key=str(values["perturbation_key"]),
        control=str(values["control"]),
        space=cast(Space, values["space"]),
        merge_guides=bool(values["merge_guides"]),
        **optional,
    )


def _labels(
    columns: Columns, symbols: dict[str, str], flags: Flags
) -> tuple[tuple[Proposal, ...], Naming, Assignment]:
    key = propose_perturbation(columns, flags.perturbation_key)
    control, control_key = propose_control(columns, str(key.value), flags.control)
    levels = columns.require_levels(str(key.value), "perturbation")
    naming = Naming(str(control.value), known=known_names(levels.names, symbols))
    separator = propose_separator(levels.names, naming, flags.separator)
    naming = replace(naming, separator=cast("str | None", separator.value))
    guides = propose_guides(levels.names, naming, flags.merge_guides)
    naming = replace(naming, merge_guides=bool(guides.value))
    marks = columns.flags(str(control_key.value)) if control_key.value else None
    return (key, control, control_key, separator, guides), naming, assign_labels(levels, naming, marks)


def _parts(columns: Columns, found: Assignment, split: Proposal) -> dict[tuple[str, str], str] | None:
    if split.value is None:
        return None
    key = str(split.value)
    return assign_split(found, columns.require_levels(key, "split"), key)


def known_names(labels: Sequence[str], symbols: dict[str, str]) -> frozenset[str]:
    """Return the names that may be parts of a combination: genes, and labels that join nothing."""
    single = (label for label in labels if not any(separator in label for separator in SEPARATORS))
    return frozenset(symbols) | {label for label in single if control_rank(label) is None}


def gene_symbols(source: CellSource) -> dict[str, str]:
    """Return the gene of the matrix for each name that labels may use: its own, and its symbol in ``var``."""
    genes = source.genes.tolist()
    symbols: dict[str, str] = {}
    for column in source.var.columns:
        if simplified(str(column)) in SYMBOL_COLUMNS:
            for symbol, gene in zip(source.var[column].astype(str), genes, strict=True):
                symbols.setdefault(symbol, gene)
    return symbols | dict(zip(genes, genes, strict=True))


def unique_names(source: CellSource, *, number_duplicates: bool) -> NDArray[np.object_]:
    """Return the names of the cells, numbered where they are duplicates and that is wanted.

    Raises
    ------
    DataError
        If names of genes, or of cells unless they are numbered, occur more than once, or there are none.
    """
    if not source.n_cells or not source.n_genes:
        raise DataError(
            f"{source.name} holds {source.n_cells:,} cells and {source.n_genes:,} genes; expected some."
        )
    genes = pd.Index(source.genes)
    if not genes.is_unique:
        raise DataError(
            _duplicates(genes, "gene") + "genes are matched by name: make them unique in the file."
        )
    cells = pd.Index(source.cell_names)
    if cells.is_unique:
        return source.cell_names
    if not number_duplicates:
        raise DataError(
            _duplicates(cells, "cell") + "halves are drawn by name: make them unique, or have them numbered "
            "(number_duplicates)."
        )
    return _numbered(cells)


def _duplicates(names: pd.Index[str], what: str) -> str:
    again = names[names.duplicated()]
    return f"{len(again):,} {what} names repeat an earlier one (such as {again[0]!r}); "


def _numbered(names: pd.Index[str]) -> NDArray[np.object_]:
    from anndata.utils import make_index_unique

    return np.asarray(make_index_unique(names), dtype=object)


def _choose_layer(source: CellSource, chosen: str | None) -> tuple[CellSource, Proposal]:
    is_x = chosen in (X, NONE) and chosen not in source.layers
    wanted = None if is_x else chosen or source.layer
    source = source.with_layer(wanted)
    others = tuple(name for name in (X, *source.layers) if name != (wanted or X))
    reason = f"{'Chosen: ' if chosen else ''}{_matrix_name(source)}"
    reason += f"; there is also {', '.join(others)}." if others else ", the only matrix."
    return source, Proposal("layer", wanted, reason, others)


def _matrix_name(source: CellSource) -> str:
    return X if source.layer is None else f"layer {source.layer}"


def _other_matrices(source: CellSource) -> tuple[str, ...]:
    return tuple(name for name in (X, *source.layers) if name != (source.layer or X))
