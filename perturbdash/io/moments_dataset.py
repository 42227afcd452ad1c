"""A data set without cells: a store of moments, with what it says of the cells that it was made from."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import DataError, SchemaError
from perturbdash.io.assign import spelled_by_parts
from perturbdash.io.dataset import Dataset
from perturbdash.io.detect import Flags, known_names
from perturbdash.io.h5_columns import read_names, read_texts
from perturbdash.io.h5ad import open_h5, refuse_outside
from perturbdash.io.labels import Naming
from perturbdash.io.opening import MOMENT_LAYERS
from perturbdash.io.schema import Check, Schema
from perturbdash.io.store_facts import StoreFacts
from perturbdash.io.store_groups import read_groups, read_symbols, refuse_bad_groups, usable_groups
from perturbdash.io.targets import targeted
from perturbdash.vocabulary import ALL_CONTEXTS, COMBINATION_SEPARATOR, CONTROL

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset

ABOUT = "perturbdash"
"""The entry of ``uns`` that says what a store was made from."""
UNREADABLE = (OSError, KeyError, TypeError, ValueError, RuntimeError, AttributeError, IndexError)
"""What h5py and json raise on a file that is damaged, or not what its names promise."""


@dataclass(frozen=True, eq=False)
class MomentsDataset(Dataset):
    """Conditions of a store of moments.

    Attributes
    ----------
    path
        The store.
    facts
        What it says of the cells that it was made from.
    groups
        Columns context, perturbation, part, n_cells, in the order of its rows.
    """

    path: Path
    facts: StoreFacts
    groups: pd.DataFrame

    @property
    def has_cells(self) -> bool:
        """Always false."""
        return False

    @property
    def n_cells(self) -> int:
        """Number of cells that the store was made from."""
        return self.facts.n_cells or int(self.groups["n_cells"].sum())

    @cached_property
    def cell_counts(self) -> NDArray[np.int64]:
        """Cells by context and perturbation, control in the last column, ``(n_contexts, n_perturbations + 1)``."""
        table = self.groups.pivot_table("n_cells", "context", "perturbation", "sum", fill_value=0)
        table = table.reindex(index=list(self.contexts), columns=[*self.perturbations, CONTROL], fill_value=0)
        return table.to_numpy(dtype=np.int64)

    @property
    def halves_seed(self) -> int | None:
        """Seed by which the halves of the store were drawn; None where they were given, or it does not say."""
        return None if self.facts.halves == "given" else self.facts.seed

    @property
    def given_halves(self) -> bool:
        """Whether the halves of the store were not drawn by a seed that is known."""
        return self.halves_seed is None

    def cells_for(self, what: str) -> CellDataset:
        """Refuse: there are no cells."""
        raise DataError(needs_cells(what, self.name))

    def with_schema(self, **changes: Any) -> MomentsDataset:
        """Return this data set; its schema was chosen when its moments were taken."""
        chosen = sorted(name for name, value in changes.items() if value is not None)
        if chosen:
            raise SchemaError(
                f"{self.name} is a store of moments, whose schema was chosen when it was made; found "
                f"{', '.join(chosen)}: leave that out, or open the file of cells."
            )
        return self

    def checks(self) -> tuple[Check, ...]:
        """Return what was looked at and what follows from it, findings first."""
        from perturbdash.io.checks import store_checks

        return store_checks(self)

    def identity(self) -> str:
        """Return a hexadecimal digest that changes with the file."""
        real = Path(os.path.realpath(self.path))
        stat = real.stat()
        facts = ["moments", str(real), stat.st_size, stat.st_mtime_ns, stat.st_ino]
        return hashlib.blake2b(json.dumps(facts).encode(), digest_size=16).hexdigest()


def needs_cells(what: str, name: str) -> str:
    """Return the sentence for what cannot be had from moments.

    Examples
    --------
    >>> needs_cells("A titration", "norman")
    'A titration needs the single cells, and norman is a store of moments, which holds none: open the file of cells.'
    """
    return f"{what} needs the single cells, and {name} is a store of moments, which holds none: open the file of cells."


def open_store(path: Path, flags: Flags) -> MomentsDataset:
    """Open a store of moments; nothing is read but names and numbers of cells.

    Parameters
    ----------
    path
        A file that `perturbdash.io.opening.is_moments_store` recognises.
    flags
        A store has its schema; only flags without a choice are taken.

    Raises
    ------
    DataError
        If it is damaged, or its rows are not the groups of an experiment with control.
    SchemaError
        If a schema is chosen.
    """
    if path.is_dir():
        raise DataError(
            f"{path.name} is a store of moments as zarr; expected .h5ad: write it as .h5ad with anndata."
        )
    try:
        with open_h5(path) as file:
            refuse_outside(file, file, path.name)
            groups, genes = read_groups(file), read_names(file["var"])
            symbols = read_symbols(file["var"], genes)
            facts = StoreFacts.from_texts(read_texts(file, ABOUT))
            shapes = {file["layers"][name].shape for name in MOMENT_LAYERS}
    except UNREADABLE as error:
        raise DataError(
            f"{path.name} is not a readable store of moments ({error}); make it again from the cells."
        ) from error
    refuse_bad_groups(groups, genes, shapes, path.name)
    dataset = _dataset(path, facts, groups, genes, symbols)
    return dataset.with_schema(**asdict(flags))


def _dataset(
    path: Path, facts: StoreFacts, groups: pd.DataFrame, genes: tuple[str, ...], symbols: dict[str, str]
) -> MomentsDataset:
    kept, left_out, dropped = usable_groups(groups, path.name)
    perturbations = tuple(sorted(set(kept["perturbation"]) - {CONTROL}))
    contexts = tuple(sorted(set(kept["context"])))
    schema = facts.schema or Schema(
        perturbation_key="perturbation",
        control=CONTROL,
        context_key=None if contexts == (ALL_CONTEXTS,) else "context",
        separator=COMBINATION_SEPARATOR,
    )
    known = facts.known | known_names(perturbations, symbols)
    naming = Naming(schema.control, schema.separator, schema.merge_guides, known)
    parts = {
        name: facts.parts.get(name) or naming.parts(name, COMBINATION_SEPARATOR) or (name,)
        for name in perturbations
    }
    naming = Naming(schema.control, schema.separator, schema.merge_guides, known, spelled_by_parts(parts))
    here = set(genes)
    written = {
        name: tuple(g for g in facts.targets[name] if g in here) for name in parts if name in facts.targets
    }
    return MomentsDataset(
        name=facts.name or path.stem,
        schema=schema,
        genes=genes,
        perturbations=perturbations,
        contexts=contexts,
        split=None if facts.split is None else dict(facts.split),
        parts=parts,
        targets={name: targeted(pieces, symbols) for name, pieces in parts.items()} | written,
        left_out={**facts.left_out, **left_out},
        dropped_contexts=tuple(dict.fromkeys((*facts.dropped_contexts, *dropped))),
        naming=naming,
        path=path,
        facts=facts,
        groups=kept,
    )
