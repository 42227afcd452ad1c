"""A data set of cells: a source with a schema, and what each cell is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import SettingsError
from perturbdash.io.assign import IS_CONTROL, Assignment
from perturbdash.io.columns import Columns
from perturbdash.io.dataset import Dataset
from perturbdash.io.detect import Detection, Flags, detect
from perturbdash.io.schema import Check, Proposal
from perturbdash.io.source import CellSource
from perturbdash.io.space import ValueFacts, read_totals
from perturbdash.io.targets import targeted

FOLLOWS = {
    "perturbation_key": ("control", "context_key", "split_key", "separator", "merge_guides"),
    "layer": ("space", "totals_key"),
    "space": ("totals_key",),
}
"""What was chosen under another choice and is asked of detection again once that one changes."""


@dataclass(frozen=True, eq=False)
class CellDataset(Dataset):
    """Cells, the meaning of their columns, and what each cell is.

    Attributes
    ----------
    source
        The cells, in chunks.
    proposals
        For each field of the schema what detection proposed or the user chose, why, and what else there is.
    label_codes
        For each cell an index into `perturbations`, -1 for control, -2 where it is left out, ``(n_cells,)``.
    context_codes
        For each cell an index into `contexts`, -1 where it is left out, ``(n_cells,)``.
    cell_names
        Unique names, ``(n_cells,)``.
    values
        What a sample of cells holds.
    flags
        What was chosen; everything else was detected.
    """

    source: CellSource
    proposals: dict[str, Proposal]
    label_codes: NDArray[np.int32]
    context_codes: NDArray[np.int32]
    cell_names: NDArray[np.object_]
    values: ValueFacts
    flags: Flags

    @property
    def has_cells(self) -> bool:
        """Always true."""
        return True

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

    def cells_for(self, what: str) -> CellDataset:  # noqa: ARG002  it has cells for everything
        """Return this data set."""
        return self

    def with_schema(self, **changes: Any) -> CellDataset:
        """Return the same cells under other choices; what was only detected is detected again."""
        unknown = set(changes) - {field.name for field in fields(Flags)}
        if unknown:
            raise SettingsError(
                f"The schema has no {', '.join(sorted(unknown))}; it has {', '.join(_names())}."
            )
        taken_back: dict[str, Any] = {}
        for name, following in FOLLOWS.items():
            if name in changes and changes[name] != getattr(self.flags, name):
                taken_back.update(dict.fromkeys(following))
        return open_cells(self.source, replace(self.flags, **(taken_back | changes)))

    def checks(self) -> tuple[Check, ...]:
        """Return what was looked at and what follows from it, findings first."""
        from perturbdash.io.checks import all_checks

        return all_checks(self)

    def identity(self) -> str:
        """Return a hexadecimal digest that changes with the source, the schema, and what each cell is."""
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


def open_cells(source: CellSource, flags: Flags) -> CellDataset:
    """Find the schema of a source of cells, and what each cell is (see `perturbdash.io.dataset.read`)."""
    found: Detection = detect(source, flags)
    cells: Assignment = found.cells
    return CellDataset(
        name=found.source.name,
        schema=found.schema,
        genes=tuple(found.source.genes),
        perturbations=cells.perturbations,
        contexts=cells.contexts,
        split=found.split,
        parts=cells.parts,
        targets={name: targeted(pieces, found.symbols) for name, pieces in cells.parts.items()},
        left_out=cells.left_out,
        dropped_contexts=cells.dropped_contexts,
        naming=found.naming,
        source=found.source,
        proposals=found.proposals,
        label_codes=cells.codes,
        context_codes=cells.context_codes,
        cell_names=found.cell_names,
        values=found.values,
        flags=flags,
    )


def _names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Flags))
