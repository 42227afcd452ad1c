"""What happens when one slider alone is moved: answers, ranks, systematic variation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.playground.answers import MODEL, levels, scored
from perturbdash.judgement.playground.experiment import experiment
from perturbdash.judgement.playground.knobs import KNOBS
from perturbdash.judgement.playground.story import FORMS, PDS
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.systematic import systematic_variation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perturbdash.judgement.playground.answers import Levels
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
    every = [settings.at(**{knob: at}) for at in KNOBS[knob].along(POINTS)]
    return pd.concat(
        [_rows(own, knob, drawn, found) for own, found in _lines(every, knob, drawn)], ignore_index=True
    )


def point(settings: PlaygroundSettings, knob: str, drawn: str) -> pd.DataFrame:
    """Return the rows of a curve at the place where its slider stands."""
    return _rows(settings, knob, drawn, next(iter(_lines([settings], knob, drawn)))[1])


def with_now(curve: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return a curve with the rows of the place where the slider stands, in order."""
    others = curve[curve["at"] != now["at"].iloc[0]]
    found: pd.DataFrame = pd.concat([others, now], ignore_index=True)
    return found.sort_values("at", kind="stable").reset_index(drop=True)


def _rows(settings: PlaygroundSettings, knob: str, drawn: str, found: Mapping[str, float]) -> pd.DataFrame:
    rows = [(knob, float(getattr(settings, knob)), drawn, line, value) for line, value in found.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _lines(
    every: Sequence[PlaygroundSettings], knob: str, drawn: str
) -> Iterator[tuple[PlaygroundSettings, dict[str, float]]]:
    """Yield settings that differ in one knob with the values of their lines.

    Models of one experiment are scored together, since the experiment and its controls stay.
    """
    if drawn == "systematic":
        of_model = KNOBS[knob].part == "The model"
        known = _forms(every[0]) if of_model else {}
        yield from ((own, known or _forms(own)) for own in every)
        return
    metrics = PDS if drawn == "pds" else (drawn,)
    together = [every] if KNOBS[knob].part == "The model" else [[own] for own in every]
    for same in together:
        models = {f"{MODEL} {place}": own for place, own in enumerate(same)}
        _, calibration = scored(same[0], metrics, models)
        for name, own in models.items():
            yield own, _values(levels(calibration, name), drawn)


def _values(found: Sequence[Levels], drawn: str) -> dict[str, float]:
    if drawn == "pds":
        return {level.metric: level.model for level in found}
    against = "control" if METRICS[drawn].negative_control == "control" else "average"
    return {"model": found[0].model, against: found[0].negative, "repeat": found[0].repeat}


def _forms(settings: PlaygroundSettings) -> dict[str, float]:
    """Return the mean of each form of systematic variation, reference control."""
    table = systematic_variation(experiment(settings).stats, seed=settings.seed)
    means = table[table["reference"] == "control"][list(FORMS)].mean()
    return {form: float(means[form]) for form in FORMS}
