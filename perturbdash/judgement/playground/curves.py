"""What happens when one slider alone is moved: answers, ranks, systematic variation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.playground.answers import levels, scored
from perturbdash.judgement.playground.experiment import experiment
from perturbdash.judgement.playground.knobs import KNOBS
from perturbdash.judgement.playground.story import DRAWN, FORMS, PDS
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.systematic import systematic_variation

if TYPE_CHECKING:
    from perturbdash.judgement.playground.knobs import PlaygroundSettings

POINTS = 15
COLUMNS = ("knob", "at", "drawn", "line", "value")


def curve(settings: PlaygroundSettings, knob: str, drawn: str) -> pd.DataFrame:
    """Move one slider over its range, all others as set.

    Parameters
    ----------
    knob
        Name in `KNOBS`.
    drawn
        Name in `DRAWN`.

    Returns
    -------
    Columns knob, at, drawn, line, value; 15 places at most. Lines are ``model``, ``repeat`` and ``average`` (or
    ``control`` where the average has no pattern) for a metric, ``pds_l1`` and ``pds_cosine`` of the model, or the three
    forms of systematic variation, reference control.
    """
    points = [point(settings.at(**{knob: at}), knob, drawn) for at in KNOBS[knob].along(POINTS)]
    return pd.concat(points, ignore_index=True)


def point(settings: PlaygroundSettings, knob: str, drawn: str) -> pd.DataFrame:
    """Return the rows of a curve at the place where its slider stands."""
    found = _LINES.get(drawn, _of_metric)(settings, drawn)
    rows = [(knob, float(getattr(settings, knob)), drawn, line, value) for line, value in found.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_now(curve: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return a curve with the rows of the place where the slider stands, in order."""
    others = curve[curve["at"] != now["at"].iloc[0]]
    found: pd.DataFrame = pd.concat([others, now], ignore_index=True)
    return found.sort_values("at", kind="stable").reset_index(drop=True)


def _of_metric(settings: PlaygroundSettings, drawn: str) -> dict[str, float]:
    found = levels(scored(settings, (drawn,))[1])[0]
    against = "control" if METRICS[drawn].negative_control == "control" else "average"
    return {"model": found.model, against: found.negative, "repeat": found.repeat}


def _pds(settings: PlaygroundSettings, _: str) -> dict[str, float]:
    return {found.metric: found.model for found in levels(scored(settings, PDS)[1])}


def _systematic(settings: PlaygroundSettings, _: str) -> dict[str, float]:
    table = systematic_variation(experiment(settings).stats, seed=settings.seed)
    means = table[table["reference"] == "control"][list(FORMS)].mean()
    return {form: float(means[form]) for form in FORMS}


_LINES: dict[str, Callable[[PlaygroundSettings, str], dict[str, float]]] = {
    "pds": _pds,
    "systematic": _systematic,
}
assert set(_LINES) <= set(DRAWN)
