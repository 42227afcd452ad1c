"""Where the numbers come from, and their tables as they are carried."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SYSTEMA_DOI = "10.1038/s41587-025-02777-8"
SYSTEMA = "Viñas Torné et al., Nat Biotechnol 2025"
MILLER_DOI = "10.1101/2025.10.20.683304"
MILLER = "Miller et al., bioRxiv 2025"
HALF_WIDTH = 0.002
"""The mean cosines were read from the paper's figure, within this distance."""
SCORE_HALF_WIDTH = 0.005
"""The scores stand in the paper's tables with two decimals."""


def table(name: str) -> pd.DataFrame:
    """Return a table of this package, a copy of its own for whoever asks.

    Parameters
    ----------
    name
        ``"systema_scores"``, ``"systema_systematic_variation"`` or ``"miller_datasets"``.

    Examples
    --------
    >>> len(table("miller_datasets"))
    14
    """
    return _read(name).copy()


@cache
def _read(name: str) -> pd.DataFrame:
    import pandas as pd

    with files("perturbdash.published").joinpath("data", f"{name}.csv").open("rb") as file:
        return pd.read_csv(file)
