"""The published data sets by the names that their sources give them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from perturbdash.published.sources import table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Screen:
    """A data set that was published with numbers.

    Parameters
    ----------
    title, label
        In full, and as short as a figure wants it.
    systema, miller
        What the two sources call it; empty where a source does not have it.
    """

    title: str
    label: str
    systema: str = ""
    miller: str = ""


SCREENS = (
    Screen("Adamson 2016", "Adamson", "adamson2016", "adamson16"),
    Screen("Norman 2019", "Norman, full", "norman2019", "norman19"),
    Screen("Replogle 2022 RPE1", "RPE1", "replogle2022_rpe1", "replogle22rpe1"),
    Screen(
        "Replogle 2022 K562 genome-wide", "Replogle K562 GWPS", "replogle2022_k562_gwps", "replogle22k562gwps"
    ),
    Screen("Replogle 2022 K562 essential", "K562 essential", "", "replogle22k562"),
    Screen("Tian 2021 CRISPRa", "Tian CRISPRa", "tian2021_crispra", "tian21crispra"),
    Screen("Tian 2021 CRISPRi", "Tian CRISPRi", "tian2021_crispri", "tian21crispri"),
    Screen("Xu 2024", "Xu", "xu2024"),
    Screen("Frangieh 2021, control", "Frangieh control", "frangieh2021_control"),
    Screen("Frangieh 2021, co-culture", "Frangieh co-culture", "frangieh2021_coculture"),
    Screen("Frangieh 2021, IFN", "Frangieh IFN", "frangieh2021_ifn"),
    Screen("Frangieh 2021", "Frangieh", "", "frangieh21"),
    Screen("Nadig 2025 HepG2", "Nadig HepG2", "", "nadig25hepg2"),
    Screen("Nadig 2025 Jurkat", "Nadig Jurkat", "", "nadig25jurkat"),
    Screen("Kaden 2025 RPE1", "Kaden RPE1", "", "kaden25rpe1"),
    Screen("Kaden 2025 fibroblast", "Kaden fibroblast", "", "kaden25fibroblast"),
    Screen("Sunshine 2023", "Sunshine", "", "sunshine23"),
    Screen("Wessels 2023", "Wessels", "", "wessels23"),
)


def screens() -> pd.DataFrame:
    """Return the published data sets with the names that their sources give them.

    Returns
    -------
    DataFrame
        Columns title, label, systema, miller.
    """
    import pandas as pd

    return pd.DataFrame([asdict(screen) for screen in SCREENS])


def overview() -> pd.DataFrame:
    """Return one row for each published data set: size, DEGs, and how much one effect is shared.

    DEGs: t-test with overestimated variance against the other perturbed cells of one half, adjusted p < 0.05,
    Miller et al. 2025, 10.1101/2025.10.20.683304. Cosines and their n: Viñas Torné et al. 2025,
    10.1038/s41587-025-02777-8.

    Returns
    -------
    DataFrame
        Columns title, label, n_perturbations, n_cells (with controls), cells_each, mean_degs, share_without_deg,
        cosine, n_cosine (perturbations behind it); NaN where nothing was published.

    Examples
    --------
    >>> found = overview().set_index("title")
    >>> int(found.loc["Wessels 2023", "n_perturbations"]), int(found["cosine"].notna().sum())
    (186, 10)
    """
    from perturbdash.published.shared_effect import cosines

    sizes = table("miller_datasets").rename(
        columns={
            "dataset": "miller",
            "n_cells_incl_controls": "n_cells",
            "cells_per_perturbation": "cells_each",
            "share_perturbations_with_no_deg": "share_without_deg",
        }
    )
    kept = ["miller", "n_perturbations", "n_cells", "cells_each", "mean_degs", "share_without_deg"]
    found = screens().merge(sizes[kept], on="miller", how="left").merge(cosines(), on="systema", how="left")
    return found.drop(columns=["systema", "miller"])
