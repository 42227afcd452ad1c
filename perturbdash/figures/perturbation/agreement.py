"""The three numbers below a panel's name: r over all genes, r over DEGs, slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CONSTANT = 1e-9
FEWEST_GENES = 3


def agreement(genes: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """Return how each prediction of one perturbation agrees with what was observed.

    Parameters
    ----------
    genes
        Columns gene, observed (shift, log1p units), deg, and mean_group where it is known.
    predicted
        Columns gene, prediction, shift.

    Returns
    -------
    DataFrame
        Columns prediction, r (Pearson over all genes), r_degs (over DEGs; undefined below three), slope of
        predicted on observed; NaN where undefined.

    Examples
    --------
    >>> genes = pd.DataFrame({"gene": list("abcd"), "observed": [1.0, 2.0, 3.0, 4.0], "deg": [True] * 4})
    >>> shifts = pd.DataFrame({"gene": list("abcd"), "prediction": "half", "shift": [0.5, 1.0, 1.5, 2.0]})
    >>> agreement(genes, shifts).round(3).to_dict("records")
    [{'prediction': 'half', 'r': 1.0, 'r_degs': 1.0, 'slope': 0.5}]
    """
    known = "mean_group" in genes and genes["mean_group"].notna().any()
    size = float(np.linalg.norm(genes["mean_group" if known else "observed"].fillna(0.0)))
    rows = []
    for name, own in predicted.groupby("prediction", sort=False):
        both = genes[["gene", "observed", "deg"]].merge(own[["gene", "shift"]], on="gene").dropna()
        x, y = both["observed"].to_numpy(dtype=float), both["shift"].to_numpy(dtype=float)
        degs = both["deg"].to_numpy(dtype=bool)
        r, slope = _line(x, y, size)
        r_degs = _line(x[degs], y[degs], size)[0] if degs.sum() >= FEWEST_GENES else np.nan
        rows.append({"prediction": name, "r": r, "r_degs": r_degs, "slope": slope})
    return pd.DataFrame(rows, columns=["prediction", "r", "r_degs", "slope"])


def _line(x: Floats, y: Floats, size: float) -> tuple[float, float]:
    """Return Pearson's r and the slope of y on x; undefined where a vector is constant."""
    if x.size < 2:
        return np.nan, np.nan
    x, y = x - x.mean(), y - y.mean()
    across, up = float(np.linalg.norm(x)), float(np.linalg.norm(y))
    if across <= CONSTANT * size or up <= CONSTANT * size:
        return np.nan, np.nan
    return float(x @ y) / (across * up), float(x @ y) / across**2
