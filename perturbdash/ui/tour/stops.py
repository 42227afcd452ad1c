"""The five stops of the tour: a page and its address, the thing on it that is spoken of, and what is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.records import DEMO

if TYPE_CHECKING:
    from perturbdash.judgement.exemplar import Gain, GeneGain
    from perturbdash.judgement.result import Result

N_STOPS = 5
FIRST_PAGE = "scorecard"
VERDICT = ".pd-verdict"


@dataclass(frozen=True)
class Stop:
    """One stop.

    Parameters
    ----------
    page
        Key in `perturbdash.ui.menu.PAGES`.
    here
        CSS selector of the thing that is spoken of; where it is not on the page, the verdict is.
    parameters
        Of the address.
    """

    page: str
    title: str
    text: str
    here: str
    parameters: dict[str, str] = field(default_factory=dict)


def stops(result: Result) -> tuple[Stop, ...]:
    """Return the stops that the tables allow: three where no model gains anything over the average."""
    from perturbdash.judgement.exemplar import best_model, gene_gains, largest_gain, largest_gene

    model = best_model(result.verdict)
    gain = largest_gain(result.metrics, model) if model is not None else None
    context = gain.context if gain is not None else result.contexts[0]
    found = _about_metrics(result, context)
    if gain is None:
        return found
    gene = largest_gene(gene_gains(result, gain))
    return (*found, *_about_one(result, gain, gene))


def _about_metrics(result: Result, context: str) -> tuple[Stop, ...]:
    from perturbdash.judgement import sentences_tour

    return (
        Stop("scorecard", "The verdict", sentences_tour.verdict_stop(result), VERDICT, {"dataset": DEMO}),
        Stop(
            "calibration",
            "Which metrics may speak",
            sentences_tour.calibration_stop(result),
            ".st-key-frame-dynamic_range_fraction",
            {"dataset": DEMO},
        ),
        Stop(
            "systematic_variation",
            "Why the average scores",
            sentences_tour.average_stop(result, context),
            ".st-key-frame-systematic_variation",
            {"dataset": DEMO, "context": context},
        ),
    )


def _about_one(result: Result, gain: Gain, gene: GeneGain | None) -> tuple[Stop, ...]:
    from perturbdash.judgement import sentences_tour

    where = {"dataset": DEMO, "context": gain.context, "perturbation": gain.perturbation}
    first = Stop(
        "perturbation",
        "Where the best model gains most",
        sentences_tour.perturbation_stop(result, gain),
        ".st-key-frame-agreement",
        where,
    )
    if gene is None:
        return (first,)
    last = Stop(
        "perturbation",
        "The gene behind it",
        sentences_tour.gene_stop(gain, gene),
        ".st-key-frame-top-genes",
        {**where, "gene": gene.gene},
    )
    return (first, last)


@st.cache_resource(show_spinner=False, max_entries=4)
def stops_of(key: str, _result: Result) -> tuple[Stop, ...]:  # noqa: ARG001  the key names the result
    """Return the stops of a result, made once."""
    return stops(_result)
