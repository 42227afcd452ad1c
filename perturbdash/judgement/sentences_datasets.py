"""Sentences that place a data set among published and loaded ones, made by rule from tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.judgement.sentences import joined, two

FOLLOWS, RISES = 0.9, 0.5
NAMED = 5


@dataclass(frozen=True)
class Place:
    """What is said of one data set.

    Parameters
    ----------
    cosine, split
        Mean cosine to the average effect, as published and with the controls split.
    score
        What the average scores there, Pearson Δcontrol.
    n_contexts
        Of which it is the mean.
    """

    name: str
    cosine: float
    split: float
    score: float
    n_contexts: int = 1


def datasets_answer(
    own: Place | None,
    published: pd.DataFrame,
    correlations: Mapping[str, float],
    *,
    method: str,
    told: Sequence[tuple[str, int, int]] = (),
) -> Answer:
    """Place a data set among the published, and say what scores there mean.

    Parameters
    ----------
    own
        The data set that is open; ``None`` where none is scored.
    published
        Column cosine, a row each published data set.
    correlations
        By reference, r of what the method scores and the cosine over the published data sets.
    method
        Words for what was published.
    told
        Of each loaded data set: name, how many headline metrics can tell anything there, and of how many.
    """
    over = f"{len(published)} published data sets"
    strong = _strength(correlations["control"])
    known = f"(r = {two(correlations['control'])} against control){_so_what(correlations['control'])}"
    centroid = f"against the centroid r = {two(correlations['centroid'])}"
    if own is None or math.isnan(own.cosine):
        sentence = f"Over {over}, the score of {method} {strong} how much one effect is shared."
        why = (
            ""
            if own is None
            else f"{own.name} has one perturbation in a context, so it has no place among them."
        )
        general = f"Correlation of the two {known}; {centroid}."
        return Answer(sentence, " ".join(part for part in (why, general, _told(told)) if part))
    general = f"Over {over} the score of {method} {strong} systematic variation {known}; {centroid}."
    there = "" if math.isnan(own.score) else f", and the average scores {two(own.score)} there"
    sentence = f"{own.name} lies {_place(own.cosine, published['cosine'])}: cosine {two(own.cosine)}{there}."
    muted = [_mean_over(own), _meaning(own), _noise(own), general, _told(told)]
    return Answer(sentence, " ".join(part for part in muted if part))


def _strength(r: float) -> str:
    return "closely follows" if r >= FOLLOWS else "rises with" if r >= RISES else "does not follow"


def _so_what(r: float) -> str:
    return (
        ": the more one shared effect, the higher the score, whatever a model knows" if r >= FOLLOWS else ""
    )


def _place(cosine: float, published: pd.Series) -> str:
    """Return where a cosine lies: outside of all, or in which third."""
    below, n = int((published < cosine).sum()), len(published)
    if below in (0, n):
        return f"{'above' if below else 'below'} all {n} published data sets"
    third = "lower third" if 3 * below < n else "middle" if 3 * below <= 2 * n else "upper third"
    return f"in the {third} of the published"


def _mean_over(own: Place) -> str:
    return f"Means over its {own.n_contexts} contexts." if own.n_contexts > 1 else ""


def _meaning(own: Place) -> str:
    if math.isnan(own.score):
        return ""
    return f"A model with a Pearson Δcontrol of up to {two(own.score)} there shows no more than the average knows."


def _noise(own: Place) -> str:
    from perturbdash.statistics.systematic import NOISE_THRESHOLD

    if not own.cosine - own.split > NOISE_THRESHOLD:
        return ""
    return (
        f"With the controls split the cosine falls to {two(own.split)}: the rest is noise that all shifts share by "
        "one control mean."
    )


def _told(told: Sequence[tuple[str, int, int]]) -> str:
    if not told:
        return ""
    parts = [f"{name} {k or 'none'} of {n}" for name, k, n in told[:NAMED]]
    more = f" and {len(told) - NAMED} more data sets" if len(told) > NAMED else ""
    return (
        f"Headline metrics that can tell anything: {joined(parts) if not more else ', '.join(parts) + more}."
    )
