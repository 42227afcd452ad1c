"""What the playground computes, kept for all visitors: the same settings are the same experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.judgement.playground.knobs import KNOBS, PlaygroundSettings
from perturbdash.judgement.playground.story import ANSWERED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.playground.plane import Plane


@st.cache_resource(show_spinner=False, max_entries=512)
def answers(settings: PlaygroundSettings) -> pd.DataFrame:
    """Return what the metrics of the page answer."""
    from perturbdash.judgement.playground import answers as made

    return made.answers(settings, ANSWERED)


@st.cache_resource(show_spinner=False, max_entries=256)
def plane(settings: PlaygroundSettings) -> Plane:
    """Return the shifts in the plane."""
    from perturbdash.judgement.playground.experiment import experiment, predict
    from perturbdash.judgement.playground.plane import plane as project

    made = experiment(settings)
    return project(made, predict(made, settings))


def curve(settings: PlaygroundSettings, over: str, drawn: str) -> pd.DataFrame:
    """Return a curve with the place where its slider stands; moving that slider computes this place alone."""
    from perturbdash.judgement.playground.curves import with_now

    start = settings.at(**{over: KNOBS[over].values[0]})
    return with_now(_curve(start, over, drawn), _point(settings, over, drawn))


@st.cache_resource(show_spinner=False, max_entries=256)
def _curve(settings: PlaygroundSettings, over: str, drawn: str) -> pd.DataFrame:
    from perturbdash.judgement.playground import curves

    return curves.curve(settings, over, drawn)


@st.cache_resource(show_spinner=False, max_entries=512)
def _point(settings: PlaygroundSettings, over: str, drawn: str) -> pd.DataFrame:
    from perturbdash.judgement.playground import curves

    return curves.point(settings, over, drawn)
