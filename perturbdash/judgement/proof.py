"""What a picture behind a warning is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Proof:
    """What proves a warning about one model, or the data set, in one context.

    Parameters
    ----------
    points
        What the picture shows, a row a perturbation, gene, bin or cell of a strip.
    limits
        Columns panel, value, words: the thresholds that are drawn as lines.
    n
        Perturbations, or genes, behind it.
    values
        What the warning compares, where it is not in ``points``.
    """

    points: pd.DataFrame
    limits: pd.DataFrame
    n: int
    values: pd.DataFrame = field(default_factory=pd.DataFrame)


def limits(*lines: tuple[str, float, str]) -> pd.DataFrame:
    """Return thresholds as a table: panel, value, words.

    Examples
    --------
    >>> limits(("cosine", 0.5, "half"))["value"].item()
    0.5
    """
    return pd.DataFrame(list(lines), columns=["panel", "value", "words"])
