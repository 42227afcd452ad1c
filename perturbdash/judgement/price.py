"""What reading the cells again takes, before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perturbdash.judgement.null_check import null_passes
from perturbdash.judgement.thinning import possible_shares, titration_passes

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

SECONDS_A_VALUE_READ = 5e-9
SECONDS_A_VALUE_ADDED = 4e-9
SECONDS_A_CALIBRATION = 2e-6
"""Times conditions times genes; as the two above measured on two cores."""
SECONDS_OF_CURVES = 1.5
LEAST = 2.0


@dataclass(frozen=True)
class Price:
    """Cells, how often they are read, and about how long all of it takes."""

    cells: int
    passes: int
    seconds: float

    @property
    def words(self) -> str:
        """Say it.

        Examples
        --------
        >>> Price(100_000, 1, 3.7).words, Price(3375, 2, 130).words
        ('reads the 100,000 cells once, about 4 s', 'reads the 3,375 cells 2 times, about 2 min')
        """
        often = "once" if self.passes == 1 else f"{self.passes} times"
        seconds = max(self.seconds, LEAST)
        long = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        return f"reads the {self.cells:,} cells {often}, about {long}"


def null_price(result: Result, trials: int) -> Price:
    """Return what a null check of so many trials takes."""
    return _price(result, passes=null_passes(result, trials), levels=trials)


def titration_price(result: Result) -> Price:
    """Return what a titration takes."""
    found = _price(result, passes=titration_passes(result), levels=len(possible_shares(result)))
    views = len(result.contexts) + (len(result.contexts) > 1)
    return Price(found.cells, found.passes, found.seconds + views * SECONDS_OF_CURVES)


def _price(result: Result, *, passes: int, levels: int) -> Price:
    stored = result.dataset.cells_for("Reading cells again").source.n_stored
    conditions = sum(len(stats.perturbations) for stats in result.stats.values())
    genes = len(next(iter(result.stats.values())).genes)
    seconds = stored * (SECONDS_A_VALUE_READ * passes + SECONDS_A_VALUE_ADDED * levels)
    seconds += levels * SECONDS_A_CALIBRATION * conditions * genes
    return Price(result.dataset.n_cells, passes, seconds)
