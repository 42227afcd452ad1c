"""Published numbers that are shown beside the user's own, each with its source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SYSTEMA_DOI = "10.1038/s41587-025-02777-8"
SYSTEMA = "Viñas Torné et al., Nat Biotechnol 2025"
HALF_WIDTH = 0.002
"""The means were read from the paper's figure, within this distance."""


@dataclass(frozen=True, slots=True)
class PublishedCosine:
    """Mean cosine of the shifts of one data set to its average effect, reference control, as published.

    Parameters
    ----------
    n
        Number of perturbations.
    """

    dataset: str
    n: int
    cosine: float
    source: str = SYSTEMA
    doi: str = SYSTEMA_DOI


SYSTEMATIC_VARIATION = (
    PublishedCosine("Adamson", 78, 0.762),
    PublishedCosine("RPE1", 1410, 0.560),
    PublishedCosine("Tian CRISPRa", 96, 0.527),
    PublishedCosine("Tian CRISPRi", 178, 0.522),
    PublishedCosine("Norman, full", 273, 0.503),
    PublishedCosine("Replogle K562 GWPS", 1813, 0.322),
    PublishedCosine("Xu", 196, 0.315),
    PublishedCosine("Frangieh control", 163, 0.195),
    PublishedCosine("Frangieh co-culture", 163, 0.192),
    PublishedCosine("Frangieh IFN", 164, 0.158),
)


def systematic_variation() -> pd.DataFrame:
    """Return the published mean cosines to the average effect, the largest first.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8, read from the figure.

    Returns
    -------
    DataFrame
        Columns dataset, n (perturbations), cosine, source, doi.

    Examples
    --------
    >>> systematic_variation().loc[0, ["dataset", "n", "cosine"]].to_dict()
    {'dataset': 'Adamson', 'n': 78, 'cosine': 0.762}
    """
    import pandas as pd

    return pd.DataFrame([asdict(row) for row in SYSTEMATIC_VARIATION])
