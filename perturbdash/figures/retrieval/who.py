"""Which predictions a figure of ranks shows, in which order and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.figures.metric_words import baseline_label
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.vocabulary import ALL_CELLS

Floats = NDArray[np.float64]
REPEAT = "a repeat"


@dataclass(frozen=True, slots=True)
class Ranked:
    """The ranks of one prediction's own truths.

    Parameters
    ----------
    words
        Its name for the figure, not escaped.
    rank
        Sorted; of a repeat those against each half, one after the other.
    value
        Mean of the metric.
    n_truths
        How often each perturbation is counted: of a repeat once for each half.
    """

    style: ModelStyle
    words: str
    rank: Floats
    value: float
    n_truths: int = 1

    @property
    def is_half(self) -> bool:
        """The truth is one half of the cells, not all."""
        return self.style.role == "positive_control"

    def share(self, k: Floats) -> Floats:
        """Return which share of the ranks is among the first k."""
        found: Floats = np.searchsorted(self.rank, k, side="right") / max(self.rank.size, 1)
        return found


def ranked(
    ranks: pd.DataFrame, *, baseline: str | None, styles: Mapping[str, ModelStyle] | None
) -> list[Ranked]:
    """Return the models in their order, then one baseline, then the repeat; those without any rank are left out.

    Parameters
    ----------
    ranks
        Columns prediction, kind, truth, rank, value.
    """
    there = ranks[ranks["rank"].notna()]
    names = list(dict.fromkeys(there.loc[there["kind"] == "model", "prediction"]))
    names += [baseline] if baseline is not None and (there["prediction"] == baseline).any() else []
    names += list(dict.fromkeys(there.loc[there["truth"] != ALL_CELLS, "prediction"]))
    found = []
    for name in dict.fromkeys(names):
        own, style = there[there["prediction"] == name], style_of(str(name), styles)
        words = {"baseline": baseline_label(style.name), "positive_control": REPEAT}.get(
            style.role, style.label
        )
        found.append(
            Ranked(
                style,
                words,
                np.sort(own["rank"].to_numpy(dtype=float)),
                float(own["value"].mean()),
                own["truth"].nunique(),
            )
        )
    return found


def widest(words: Sequence[str], character: float = 6.6) -> float:
    """Return about how many pixels the longest of some words takes."""
    return character * max((len(word) for word in words), default=0)
