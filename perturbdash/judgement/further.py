"""Tables that an evaluation writes only where they are asked for, since they take longer or are seldom needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perturbdash.errors import SettingsError
from perturbdash.judgement.halvings import FEWEST, MOST
from perturbdash.judgement.needing_cells import ANOTHER_HALVING, HALVES_BY_COLUMN, NULL_CHECK, TITRATION
from perturbdash.judgement.null_trials import check_trials
from perturbdash.judgement.progress import part

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress


@dataclass(frozen=True)
class FurtherTables:
    """Tables by name, and what ``run.json`` says of each."""

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    record: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Further:
    """What is asked for beyond the tables of every evaluation.

    Parameters
    ----------
    halvings
        Number of halvings, 2 to 20, for the table ``halvings``.
    compare_halves
        ``obs`` column for the table ``halves_compared``.
    negative_controls, own_control
        Whether the tables of these names are made.
    null_check
        Number of trials with permuted labels, 1 to 20, for the table ``null_check``.
    titration
        Whether the tables ``titration`` and ``titration_needed`` are made.

    Raises
    ------
    SettingsError
        If the number of halvings or of trials is out of range.
    """

    halvings: int | None = None
    compare_halves: str | None = None
    negative_controls: bool = False
    own_control: bool = False
    null_check: int | None = None
    titration: bool = False

    def __post_init__(self) -> None:
        if self.halvings is not None and not FEWEST <= self.halvings <= MOST:
            raise SettingsError(f"The number of halvings is {self.halvings}; expected {FEWEST} to {MOST}.")
        if self.null_check is not None:
            check_trials(self.null_check)

    @property
    def asked(self) -> bool:
        """Whether anything is asked for."""
        return bool(self._makers())

    def check(self, dataset: Dataset) -> None:
        """Refuse, before anything is scored, what cannot be made of this data set.

        Raises
        ------
        DataError
            If cells are needed, and it is a store of moments.
        SettingsError
            If the column of the halves cannot serve.
        """
        if self.halvings is not None:
            dataset.cells_for(ANOTHER_HALVING)
        if self.null_check is not None:
            dataset.cells_for(NULL_CHECK)
        if self.titration:
            dataset.cells_for(TITRATION)
        if self.compare_halves is not None:
            from perturbdash.judgement.column_halves import column_halves

            column_halves(dataset.cells_for(HALVES_BY_COLUMN), self.compare_halves, leave_out=True)

    def made(self, result: Result, *, progress: Progress | None = None) -> FurtherTables:
        """Make the tables of a result.

        Parameters
        ----------
        progress
            Called with the share done; it may raise ``Cancelled``.

        Raises
        ------
        PerturbdashError
            If one of them cannot be made of this data.
        """
        tables: dict[str, pd.DataFrame] = {}
        record: dict[str, object] = {}
        makers = self._makers()
        for i, (name, make) in enumerate(makers.items()):
            tables[name], record[name] = make(result, part(progress, i / len(makers), (i + 1) / len(makers)))
        return FurtherTables(tables, record)

    def _makers(self) -> dict[str, Maker]:
        makers: dict[str, Maker] = {}
        if self.halvings is not None:
            makers["halvings"] = self._halvings
        if self.compare_halves is not None:
            makers["halves_compared"] = self._halves_compared
        if self.negative_controls:
            makers["negative_controls"] = _negative_controls
        if self.own_control:
            makers["own_control"] = _own_control
        if self.null_check is not None:
            makers["null_check"] = self._null_check
        if self.titration:
            makers |= {"titration": _titration, "titration_needed": _titration_needed}
        return makers

    def _halvings(self, result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
        from perturbdash.judgement.halvings import halvings

        assert self.halvings is not None
        table = halvings(result, self.halvings, progress=progress)
        return table, {"halvings": self.halvings, "seeds": sorted({int(seed) for seed in table["seed"]})}

    def _halves_compared(self, result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
        from perturbdash.judgement.halves_comparison import halves_compared

        assert self.compare_halves is not None
        found = halves_compared(result, self.compare_halves, progress=progress)
        return found.table, found.halves.record()

    def _null_check(self, result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
        assert self.null_check is not None
        found = result.null_check(self.null_check, progress=progress)
        return found.table, found.record()


Maker = Callable[["Result", "Progress | None"], "tuple[pd.DataFrame, object]"]


def _negative_controls(result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
    from perturbdash.judgement.negative_controls import modes_of, negative_controls

    return negative_controls(result, progress=progress), {"modes": list(modes_of(result.calibrated))}


def _own_control(result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
    from perturbdash.judgement.own_control import own_control

    cells = {
        context: [int(stats.control_first.n.sum()), int(stats.control_second.n.sum())]
        for context, stats in result.stats.items()
    }
    return own_control(result, progress=progress), {"control_cells_of_halves": cells}


def _titration(result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
    found = result.titration(progress=progress)
    return found.table, found.record()


def _titration_needed(result: Result, progress: Progress | None) -> tuple[pd.DataFrame, object]:
    found = result.titration(progress=progress)
    return found.needed, {"targets": found.targets}
