"""A data set: conditions and what they mean. Opening one reads names, annotations and a sample of values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.io.detect import Flags
from perturbdash.io.labels import Naming
from perturbdash.io.opening import is_moments_store, open_source
from perturbdash.io.schema import Check, Schema

if TYPE_CHECKING:
    import anndata

    from perturbdash.io.cell_dataset import CellDataset


@dataclass(frozen=True, eq=False)
class Dataset(ABC):
    """What is known of an experiment without its values: from cells, or from a store of moments.

    Attributes
    ----------
    name
        Short name for screens.
    schema
        What the columns mean.
    genes
        Names of genes, in the order of the matrix.
    perturbations
        Labels without control, sorted; combinations joined by ``+``, their parts in the order of the data.
    contexts
        Levels of the context column, sorted; ``("all",)`` where there is none.
    split
        Part of each (context, perturbation): ``train``, ``val`` or ``test``; None without a split column.
    parts
        The parts of each perturbation.
    targets
        The genes of the matrix among the parts of each perturbation.
    left_out
        Cells that are left out, by reason.
    dropped_contexts
        Levels of the context column without control cells or without perturbed ones.
    naming
        How labels from elsewhere are read.
    """

    name: str
    schema: Schema
    genes: tuple[str, ...]
    perturbations: tuple[str, ...]
    contexts: tuple[str, ...]
    split: dict[tuple[str, str], str] | None
    parts: dict[str, tuple[str, ...]]
    targets: dict[str, tuple[str, ...]]
    left_out: dict[str, int]
    dropped_contexts: tuple[str, ...]
    naming: Naming

    @property
    @abstractmethod
    def has_cells(self) -> bool:
        """Whether there are single cells, or only the moments of conditions."""

    @property
    @abstractmethod
    def n_cells(self) -> int:
        """Number of cells, those left out included."""

    @property
    @abstractmethod
    def cell_counts(self) -> NDArray[np.int64]:
        """Cells by context and perturbation, control in the last column, ``(n_contexts, n_perturbations + 1)``."""

    @property
    def n_control(self) -> int:
        """Number of control cells in all contexts."""
        return int(self.cell_counts[:, -1].sum())

    @property
    def n_left_out(self) -> int:
        """Number of cells that are left out."""
        return sum(self.left_out.values())

    @property
    def halves_seed(self) -> int | None:
        """Seed by which halves are drawn already; None where they are still to be drawn, or the seed is not known."""
        return None

    @property
    def given_halves(self) -> bool:
        """Whether the halves are there and were not drawn by a seed that is known."""
        return False

    @abstractmethod
    def cells_for(self, what: str) -> CellDataset:
        """Return the data set with its cells.

        Parameters
        ----------
        what
            What they are asked for, as the beginning of a sentence: ``"A titration"``.

        Raises
        ------
        DataError
            If it is a store of moments, which holds no cells.
        """

    @abstractmethod
    def with_schema(self, **changes: Any) -> Dataset:
        """Return the same data under other choices; what was only detected is detected again.

        Parameters
        ----------
        **changes
            The keywords of `read`; None takes a choice back.

        Raises
        ------
        DataError, SchemaError, SettingsError
            As `read`.
        """

    @abstractmethod
    def checks(self) -> tuple[Check, ...]:
        """Return what was looked at and what follows from it, findings first."""

    @abstractmethod
    def identity(self) -> str:
        """Return a hexadecimal digest that changes with the source, the schema, and what each cell is.

        Asked again after a file has changed, it changes too.
        """

    def canonical(self, label: str) -> str:
        """Return the perturbation that a label from elsewhere means, or ``control``.

        ``B;A`` and ``A_B`` mean ``A+B``, and ``A+ctrl`` means ``A``, where that is a perturbation of the data set.
        A label that is none of them is returned in canonical form.
        """
        return self.naming.match(str(label))


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
    """Open cells, or a store of moments; nothing is read but names, annotations and a sample of values.

    Parameters
    ----------
    data
        A ``.h5ad`` file or ``.zarr`` folder of cells, a store of moments, an AnnData, or a data set to look at under
        other choices.
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
        If the cells cannot be read, or their values are neither counts nor log1p; if a store is damaged.
    SchemaError
        If a column is absent, there are no control cells, or a schema is chosen for a store.
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
        from perturbdash.io.moments_dataset import open_store

        return open_store(Path(data).expanduser(), flags)
    from perturbdash.io.cell_dataset import open_cells

    return open_cells(open_source(data), flags)
