"""From one or many files of cells, or stores of moments, to moments: on this machine or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash import __version__
from perturbdash.errors import DataError, SettingsError
from perturbdash.io.cell_dataset import CellDataset, open_cells
from perturbdash.io.columns import shown
from perturbdash.io.detect import Flags
from perturbdash.io.joining import join_files
from perturbdash.io.opening import is_moments_store
from perturbdash.io.schema import NONE
from perturbdash.io.store_facts import StoreFacts
from perturbdash.statistics.cluster.part import Plan
from perturbdash.statistics.cluster.reducing import reduce
from perturbdash.statistics.cluster.scheduler import ARITY, reduce_on
from perturbdash.statistics.cluster.stores import join_stores
from perturbdash.statistics.halves import Groups, assign_groups
from perturbdash.statistics.moments import Moments
from perturbdash.statistics.moments_file import write_moments
from perturbdash.statistics.partial import Partial, merge_partials

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.vocabulary import Progress

Paths = str | Path | Sequence[str | Path]


def moments(
    data: Paths,
    *,
    out: str | Path | None = None,
    scheduler: str | None = None,
    contexts: Sequence[str] = (),
    only_genes: Sequence[str] | None = None,
    seed: int = 0,
    halves: pd.DataFrame | None = None,
    rows: int | None = None,
    retries: int = 2,
    device: str = "auto",
    progress: Progress | None = None,
    **schema: Any,
) -> Moments:
    """Reduce files of cells to the moments of their groups, or join stores of moments.

    Several files are one experiment: halves and control blocks are drawn over all of them, by cell name, so that
    nothing depends on how cells lie in files, parts and machines.

    Parameters
    ----------
    data
        One or many ``.h5ad`` files or ``.zarr`` folders of cells over the same genes, in any order; or stores of
        moments over other contexts, or over other genes, of one experiment.
    out
        The store to write, ``.h5ad``; what lies there is replaced.
    scheduler
        Address of a Dask scheduler whose workers see the files under the same paths; None for this machine.
    contexts
        Only the cells with one of these levels in the context column, which must be named; empty for all.
    only_genes
        Names of the genes to keep, in their order; cell totals are taken over all genes first. None for all.
    seed
        0 to 10¹⁶ − 1, of the random halves and control blocks.
    halves
        Columns ``cell`` and ``half`` in place of the random halves.
    rows
        Rows of a file that are one task; None: by the number of stored values and of threads.
    retries
        How often a task that fails is tried again.
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``, on each machine.
    progress
        Called with the share done and a short text; it may raise ``Cancelled``.
    **schema
        Keywords of `perturbdash.read`; what is not given is detected.

    Raises
    ------
    DataError
        If a file cannot be read, changes, or is over other genes; if cell names repeat.
    SchemaError, SettingsError
        If a column, a level, a gene, the seed or the scheduler is not there.
    """
    paths = [data] if isinstance(data, str | Path) else list(data)
    target = None if out is None else _checked(Path(out).expanduser(), paths)
    stores = [path for path in paths if is_moments_store(path)]
    if stores:
        _refuse_mixture(paths, stores)
        _refuse_choices({"contexts": contexts, "only_genes": only_genes, "halves": halves, **schema})
        found, facts = join_stores(stores)
    else:
        dataset = open_files(paths, contexts=contexts, **schema)
        groups = assign_groups(dataset, seed=seed, given=halves)
        plan = Plan(rows=rows, genes=_positions(dataset, only_genes), device=device)
        if scheduler is None:
            partial = _reduced_here(plan, dataset, groups, progress)
        else:
            partial = reduce_on(
                scheduler,
                lambda threads: list(replace(plan, threads=threads).parts(dataset, groups)),
                retries=retries,
                progress=progress,
            )
        genes = dataset.genes if only_genes is None else tuple(only_genes)
        found = Moments(groups.conditions, genes, partial.mean, partial.m2, partial.nnz.astype(np.int64))
        facts = StoreFacts.of(dataset, seed=seed, halves="seeded" if halves is None else "given")
    if target is not None:
        write_moments(target, found, facts.texts() | {"version": __version__})
    return found


def open_files(paths: Sequence[str | Path], *, contexts: Sequence[str] = (), **schema: Any) -> CellDataset:
    """Open files of cells as one data set, with a schema that is given or found.

    Parameters
    ----------
    paths, contexts, **schema
        As of `moments`, which also says what is raised.
    """
    if not paths:
        raise SettingsError("There is no file of cells; name at least one.")
    if unknown := sorted(set(schema) - {field.name for field in fields(Flags)}):
        raise SettingsError(f"The schema has no {', '.join(unknown)}; see the keywords of read.")
    flags = Flags(**schema)
    key = None if flags.context_key == NONE else flags.context_key
    return open_cells(join_files(paths, context_key=key, contexts=contexts), flags)


def _reduced_here(plan: Plan, dataset: CellDataset, groups: Groups, progress: Progress | None) -> Partial:
    """Reduce the parts one after the other, each a whole file unless rows are given."""
    parts = list(replace(plan, rows=plan.rows or dataset.n_cells).parts(dataset, groups))
    waiting: list[Partial] = []
    for number, part in enumerate(parts):
        waiting.append(reduce(part, _share_of(progress, number, len(parts))))
        if len(waiting) == ARITY:
            waiting = [merge_partials(waiting)]
    return merge_partials(waiting)


def _share_of(progress: Progress | None, number: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda share, text: progress((number + share) / total, f"Reducing {text}")


def _positions(dataset: CellDataset, names: Sequence[str] | None) -> NDArray[np.int64] | None:
    if names is None:
        return None
    place = {gene: position for position, gene in enumerate(dataset.genes)}
    unknown = [name for name in names if name not in place]
    if unknown:
        raise SettingsError(
            f"{len(unknown):,} of the {len(names):,} genes to keep are not in {dataset.name} ({shown(unknown)}); "
            "expected names of its genes."
        )
    if not names or len(set(names)) < len(names):
        raise SettingsError("The genes to keep are none, or one is named twice; name each once.")
    return np.array([place[name] for name in names], dtype=np.int64)


def _refuse_mixture(paths: Sequence[str | Path], stores: Sequence[str | Path]) -> None:
    cells = [str(path) for path in paths if path not in stores]
    if cells:
        raise DataError(
            f"{shown(cells)} holds cells and {stores[0]} moments; expected one of both: make moments of the cells "
            "first."
        )


def _refuse_choices(chosen: Mapping[str, Any]) -> None:
    given = [name for name, value in chosen.items() if value is not None and len(value)]
    if given:
        raise SettingsError(
            f"Stores of moments are joined as they are; found {shown(given)}: leave that out, or start from the cells."
        )


def _checked(out: Path, paths: Sequence[str | Path]) -> Path:
    if out.suffix != ".h5ad":
        raise SettingsError(f"The store {out.name} is to be written; expected a name that ends in .h5ad.")
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise SettingsError(f"{out} cannot be written; expected a file in a folder that is there.")
    if any(out.exists() and out.samefile(path) for path in map(Path, paths) if path.exists()):
        raise SettingsError(f"{out} is read too; expected another name for the store.")
    return out
