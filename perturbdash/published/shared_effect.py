"""How much one effect is shared in published data sets, and what published methods score there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturbdash.published.screens import screens
from perturbdash.published.sources import SYSTEMA, SYSTEMA_DOI, table

if TYPE_CHECKING:
    import pandas as pd

Reference = Literal["control", "centroid"]

METHODS = {
    "nonctl_mean": "the average (nonctl-mean)",
    "four": "mean of four methods",
    "gears": "GEARS",
    "scgpt": "scGPT",
    "scgpt_ft": "scGPT, fine-tuned",
    "cpa": "CPA",
}
"""Published methods with their words; the mean of four is that of the paper's figure 3c, without CPA."""
FOUR = ("gears", "scgpt", "scgpt_ft", "nonctl_mean")
REFERENCES: dict[Reference, str] = {"control": "control", "centroid": "perturbed_centroid"}


def cosines() -> pd.DataFrame:
    """Return columns systema (the paper's name), cosine and n_cosine of the current state of the source."""
    found = table("systema_systematic_variation")
    chosen = (found["state_of_source"] == "current") & (found["quantity"] == "mean_cosine_to_average_effect")
    named = found[chosen & (found["reference"] == "control")]
    return named.rename(columns={"dataset": "systema", "value": "cosine", "n_perturbations": "n_cosine"})[
        ["systema", "cosine", "n_cosine"]
    ].reset_index(drop=True)


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
    found = cosines().merge(screens()[["systema", "label"]], on="systema")
    found = found.rename(columns={"label": "dataset", "n_cosine": "n"}).astype({"n": int})
    found = found.sort_values("cosine", ascending=False, kind="stable", ignore_index=True)
    return found[["dataset", "n", "cosine"]].assign(source=SYSTEMA, doi=SYSTEMA_DOI)


def scores_against_cosine(method: str = "nonctl_mean") -> pd.DataFrame:
    """Return what a published method scores on each data set beside the systematic variation there.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8, figure 3c and its tables; perturbations of one gene
    that were held out, mean over three splits. Its average is weighted by cells.

    Parameters
    ----------
    method
        A key of `METHODS`.

    Returns
    -------
    DataFrame
        Columns dataset, title, n (perturbations behind the cosine), cosine, control and centroid (Pearson Δ against
        either reference).

    Examples
    --------
    >>> found = scores_against_cosine("four")
    >>> bool(abs(correlation(found, "control") - 0.97032) < 0.005)
    True
    """
    import pandas as pd

    wanted = FOUR if method == "four" else (method,)
    rows = table("systema_scores")
    rows = rows[(rows["metric"] == "pearson_delta") & rows["method"].isin(wanted)]
    by_reference = {
        name: rows[rows["reference"] == theirs].groupby("dataset")["value"].mean()
        for name, theirs in REFERENCES.items()
    }
    scores = pd.DataFrame(by_reference).rename_axis("systema").reset_index()
    found = cosines().merge(scores, on="systema").merge(screens(), on="systema")
    found = found.rename(columns={"label": "dataset", "n_cosine": "n"}).astype({"n": int})
    return found[["dataset", "title", "n", "cosine", "control", "centroid"]]


def correlation(table: pd.DataFrame, reference: Reference) -> float:
    """Return Pearson's r of systematic variation and score over data sets; NaN below three of them.

    Parameters
    ----------
    table
        Of `scores_against_cosine`.
    """
    known = table[["cosine", reference]].dropna()
    return float(known["cosine"].corr(known[reference])) if len(known) > 2 else float("nan")
