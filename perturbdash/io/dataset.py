"""A data set: cells with a schema. Opening one reads names, annotations and a sample of values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError, SettingsError
from perturbdash.io.assign import IS_CONTROL, Assignment
from perturbdash.io.columns import Columns
from perturbdash.io.detect import Detection, Flags, detect
from perturbdash.io.labels import Naming, guide_gene
from perturbdash.io.opening import is_moments_store, open_source
from perturbdash.io.schema import Check, Proposal, Schema
from perturbdash.io.source import CellSource
from perturbdash.io.space import ValueFacts, read_totals

if TYPE_CHECKING:
    import anndata

FOLLOWS = {
    "perturbation_key": ("control", "context_key", "split_key", "separator", "merge_guides"),
    "layer": ("space", "totals_key"),
    "space": ("totals_key",),
}
"""What was chosen under another choice and is asked of detection again once that one changes."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Cells, the meaning of their columns, and what each cell is.

    Attributes
    ----------
    name
        Short name for screens.
    source
        The cells, in chunks.
    schema
        What the columns mean.
    proposals
        For each field of the schema what detection proposed or the user chose, why, and what else there is.
    genes
        Names of genes, in the order of the matrix.
    perturbations
        Labels without control, sorted; combinations joined by ``+``, their parts in the order of the data.
    label_codes
        For each cell an index into `perturbations`, -1 for control, -2 where it is left out, ``(n_cells,)``.
    contexts
        Levels of the context column, sorted; ``("all",)`` where there is none.
    context_codes
        For each cell an index into `contexts`, -1 where it is left out, ``(n_cells,)``.
    split
        Part of each (context, perturbation): ``train``, ``val`` or ``test``; None without a split column.
    cell_names
        Unique names, ``(n_cells,)``.
    parts
        The parts of each perturbation.
    targets
        The genes of the matrix among the parts of each perturbation.
    left_out
        Cells that are left out, by reason.
    dropped_contexts
        Levels of the context column without control cells or without perturbed ones.
    values
        What a sample of cells holds.
    flags
        What was chosen; everything else was detected.
    """

    name: str
    source: CellSource
    schema: Schema
    proposals: dict[str, Proposal]
    genes: tuple[str, ...]
    perturbations: tuple[str, ...]
    label_codes: NDArray[np.int32]
    contexts: tuple[str, ...]
    context_codes: NDArray[np.int32]
    split: dict[tuple[str, str], str] | None
    cell_names: NDArray[np.object_]
    parts: dict[str, tuple[str, ...]]
    targets: dict[str, tuple[str, ...]]
    left_out: dict[str, int]
    dropped_contexts: tuple[str, ...]
    values: ValueFacts
    naming: Naming
    flags: Flags

    @property
    def n_cells(self) -> int:
        """Number of cells in the source, those left out included."""
        return len(self.cell_names)

    @cached_property
    def columns(self) -> Columns:
        """The columns of ``obs``."""
        return Columns(self.source.obs)

    @cached_property
    def cell_counts(self) -> NDArray[np.int64]:
        """Cells by context and perturbation, control in the last column, ``(n_contexts, n_perturbations + 1)``."""
        width = len(self.perturbations) + 1
        used = self.context_codes >= 0
        labels = np.where(self.label_codes == IS_CONTROL, width - 1, self.label_codes)[used]
        flat = self.context_codes[used].astype(np.int64) * width + labels
        return np.bincount(flat, minlength=len(self.contexts) * width).reshape(-1, width).astype(np.int64)

    @cached_property
    def totals(self) -> NDArray[np.float64] | None:
        """Total counts of each cell by the schema's column, ``(n_cells,)``; None for the sums of rows."""
        return None if self.schema.totals_key is None else read_totals(self.columns, self.schema.totals_key)

    def canonical(self, label: str) -> str:
        """Return the perturbation that a label from elsewhere means, or ``control``.

        ``B;A`` and ``A_B`` mean ``A+B``, and ``A+ctrl`` means ``A``, where that is a perturbation of the data set.
        A label that is none of them is returned in canonical form.
        """
        return self.naming.match(str(label))

    def with_schema(self, **changes: Any) -> Dataset:
        """Return the same cells under other choices; what was only detected is detected again.

        Parameters
        ----------
        **changes
            The keywords of `read`; None takes a choice back.

        Raises
        ------
        DataError, SchemaError, SettingsError
            As `read`.
        """
        unknown = set(changes) - {field.name for field in fields(Flags)}
        if unknown:
            raise SettingsError(
                f"The schema has no {', '.join(sorted(unknown))}; it has {', '.join(_names())}."
            )
        taken_back: dict[str, Any] = {}
        for name, following in FOLLOWS.items():
            if name in changes and changes[name] != getattr(self.flags, name):
                taken_back.update(dict.fromkeys(following))
        return _build(self.source, replace(self.flags, **(taken_back | changes)))

    def checks(self) -> tuple[Check, ...]:
        """Return what was looked at and what follows from it, findings first."""
        from perturbdash.io.checks import all_checks

        return all_checks(self)

    def identity(self) -> str:
        """Return a hexadecimal digest that changes with the source, the schema, and what each cell is.

        Asked again after a file has changed, it changes too.
        """
        facts = {"source": self.source.identity(), "cells": self._meaning}
        return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()

    @cached_property
    def _meaning(self) -> str:
        facts = {
            "schema": asdict(self.schema),
            "number_duplicates": self.flags.number_duplicates,
            "perturbations": self.perturbations,
            "contexts": self.contexts,
            "split": sorted((*condition, part) for condition, part in (self.split or {}).items()),
        }
        digest = hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16)
        for array in (self.label_codes, self.context_codes, self.totals):
            if array is not None:
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def read(
    data: str | Path | anndata.AnnData | Dataset,
    *,
    perturbation_key: str | None = None,
    control: str | None = None,
    context_key: str | None = None,
    split_key: str | None = None,
    layer: str | None = None,
    space: str | None = None,
    totals_key: str | None = None,
    separator: str | None = None,
    merge_guides: bool | None = None,
    number_duplicates: bool | None = None,
) -> Dataset:
    """Open cells and find out what their columns mean; nothing is read but names, annotations and a sample.

    Parameters
    ----------
    data
        A ``.h5ad`` file, a ``.zarr`` folder, an AnnData, or a data set to look at under other choices.
    perturbation_key
        Column of ``obs`` with the label of what was done to a cell.
    control
        The label of unperturbed cells, or a column of true and false that marks them.
    context_key
        Column within whose levels everything is computed; ``"none"`` for one context.
    split_key
        Column with the words train, test and val; ``"none"`` to leave it unused.
    layer
        A layer to read instead of X; ``"X"`` for X.
    space
        ``"counts"`` or ``"log1p"``.
    totals_key
        Column with the total counts of each cell; ``"none"`` for the sums of rows.
    separator
        What joins the parts of a combination, one of ``+ ; | _``; ``"none"`` for no combinations.
    merge_guides
        Count ``ZAP70_1`` as ``ZAP70``.
    number_duplicates
        Make duplicate cell names unique by numbers, in the order of the file, instead of refusing them.

    Returns
    -------
    Dataset
        What is not given is detected; ``proposals`` says why.

    Raises
    ------
    DataError
        If the cells cannot be read, or their values are neither counts nor log1p.
    SchemaError
        If a column is absent, or there are no control cells.
    SettingsError
        If a choice has a value that is not allowed.
    """
    flags = Flags(
        perturbation_key=perturbation_key,
        control=control,
        context_key=context_key,
        split_key=split_key,
        layer=layer,
        space=space,
        totals_key=totals_key,
        separator=separator,
        merge_guides=merge_guides,
        number_duplicates=number_duplicates,
    )
    if isinstance(data, Dataset):
        given = {name: value for name, value in asdict(flags).items() if value is not None}
        return data.with_schema(**given) if given else data
    if isinstance(data, str | Path) and is_moments_store(data):
        raise DataError(
            f"{Path(data).name} is a store of moments; expected cells: give the file of cells that it was made from."
        )
    return _build(open_source(data), flags)


def _names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Flags))


def _build(source: CellSource, flags: Flags) -> Dataset:
    found: Detection = detect(source, flags)
    cells: Assignment = found.cells
    return Dataset(
        name=found.source.name,
        source=found.source,
        schema=found.schema,
        proposals=found.proposals,
        genes=tuple(found.source.genes),
        perturbations=cells.perturbations,
        label_codes=cells.codes,
        contexts=cells.contexts,
        context_codes=cells.context_codes,
        split=found.split,
        cell_names=found.cell_names,
        parts=cells.parts,
        targets={name: _targets(pieces, found.symbols) for name, pieces in cells.parts.items()},
        left_out=cells.left_out,
        dropped_contexts=cells.dropped_contexts,
        values=found.values,
        naming=found.naming,
        flags=flags,
    )


def _targets(pieces: tuple[str, ...], symbols: dict[str, str]) -> tuple[str, ...]:
    """Return the genes among parts; of a guide, its gene."""
    found = (symbols.get(piece) or symbols.get(guide_gene(piece) or "") for piece in pieces)
    return tuple(dict.fromkeys(gene for gene in found if gene is not None))
