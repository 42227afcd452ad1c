"""The story of the playground in five steps, and three experiments that fool a metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from perturbdash.judgement.playground.knobs import PlaygroundSettings
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import Reference

ANSWERED = ("pearson_expression", "pearson_delta_control", "pearson_delta_centroid", "wmse", "nir")
"""Metrics that the page answers with, each with its dynamic range and gate."""
PDS = ("pds_l1", "pds_cosine")
FORMS = ("cosine", "cosine_leave_one_out", "cosine_split_control")
NAMES: MappingProxyType[str, str] = MappingProxyType(
    {
        metric: METRICS[metric].label.replace("Pearson, expression", "Pearson on expression")
        for metric in ANSWERED
    }
)
DRAWN: MappingProxyType[str, str] = MappingProxyType(
    {
        **NAMES,
        "pds": "PDS, city-block and cosine",
        "systematic": "Systematic variation",
    }
)
"""What a curve can show, with its words."""

SYSTEMA = ("Systema", "10.1038/s41587-025-02777-8")
MILLER = ("Miller et al.", "10.1101/2025.10.20.683304")


@dataclass(frozen=True)
class Step:
    """One step of the story: where the sliders stand, and what is looked at.

    Parameters
    ----------
    point
        Stands below the title.
    source, doi
        The paper that makes the point.
    metric
        The answer that the step is about.
    over, drawn
        The slider that the curve runs over, and what it shows.
    """

    number: int
    title: str
    point: str
    source: str
    doi: str
    settings: PlaygroundSettings
    metric: str
    over: str
    drawn: str
    arrows: Reference


@dataclass(frozen=True)
class Trick:
    """A curve that shows how a number is moved without any knowledge.

    Parameters
    ----------
    changes
        Sliders that do not stand as in the first step.
    """

    label: str
    help: str
    changes: Mapping[str, float]
    over: str
    drawn: str


FIRST = PlaygroundSettings()
STEPS: tuple[Step, ...] = (
    Step(
        1,
        "The score is high",
        "a model without any skill",
        *SYSTEMA,
        FIRST,
        metric="pearson_delta_control",
        over="shared",
        drawn="pearson_delta_control",
        arrows="control",
    ),
    Step(
        2,
        "So is the average",
        "what was measured?",
        *SYSTEMA,
        FIRST,
        metric="pearson_delta_control",
        over="skill",
        drawn="pearson_delta_control",
        arrows="control",
    ),
    Step(
        3,
        "Move the reference",
        "subtract the average",
        *SYSTEMA,
        FIRST,
        metric="pearson_delta_centroid",
        over="shared",
        drawn="pearson_delta_centroid",
        arrows="centroid",
    ),
    Step(
        4,
        "Ask for a repeat",
        "can the metric tell?",
        *MILLER,
        PlaygroundSettings(cells=16),
        metric="pearson_delta_centroid",
        over="cells",
        drawn="pearson_delta_centroid",
        arrows="centroid",
    ),
    Step(
        5,
        "Now believe it",
        "a model with skill",
        *MILLER,
        PlaygroundSettings(specific=2.0, skill=0.4, cells=200),
        metric="pearson_delta_centroid",
        over="skill",
        drawn="pearson_delta_centroid",
        arrows="centroid",
    ),
)
TRICKS: MappingProxyType[str, Trick] = MappingProxyType(
    {
        "bias": Trick(
            "Bias the control",
            "No effect is shared, and the control cells carry a technical shift that grows: the average scores ever "
            "higher on Pearson Δcontrol.",
            {"shared": 0.0},
            over="bias",
            drawn="pearson_delta_control",
        ),
        "scale": Trick(
            "Stretch the predictions",
            "The predicted shifts grow, their direction stays: PDS by city-block distance moves, PDS by angle stays.",
            {"specific": 2.0, "skill": 0.2},
            over="scale",
            drawn="pds",
        ),
        "controls": Trick(
            "Take control cells away",
            "Nothing has any effect: the fewer control cells, the more systematic variation in its published form, "
            "since all shifts share the noise of one control mean.",
            {"shared": 0.0, "specific": 0.0},
            over="controls",
            drawn="systematic",
        ),
    }
)
