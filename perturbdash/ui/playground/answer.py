"""The page's sentence and the answer of each metric, with what it can tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.markup import Html, html, join
from perturbdash.figures.numbers import bounds, number
from perturbdash.judgement import sentences_playground as sentences
from perturbdash.judgement.playground.knobs import N_PERTURBATIONS
from perturbdash.judgement.playground.story import NAMES
from perturbdash.ui.blocks import verdict
from perturbdash.ui.markup import gate_mark
from perturbdash.ui.playground import computed
from perturbdash.ui.playground.state import State

if TYPE_CHECKING:
    import pandas as pd


def answer(state: State) -> None:
    """Draw the verdict, a card for each metric, and what the marks mean."""
    found = computed.answers(state.settings)
    say = sentences.story_answer if state.is_story else sentences.own_answer
    said = say(state.step, found, state.settings)
    verdict(said.sentence, said.muted)
    cards = [_card(row, now=row["metric"] == state.step.metric) for _, row in found.iterrows()]
    st.html(html('<div class="pd-answer-cards">{cards}</div>{legend}', cards=join(cards), legend=_legend()))


def _card(row: pd.Series, *, now: bool) -> Html:
    metric = str(row["metric"])
    return html(
        '<section class="pd-answer{now}"><h3>{name}</h3><p class="pd-asks">{asks}</p>'
        '<div class="pd-answer-row"><b>{model}</b><p><span>average {average}</span> <span>repeat {repeat}</span></p>'
        '</div>{bar}<p class="pd-gate-says">{gate}<b>{says}</b> <span title="{range}">DRF {drf}</span></p></section>',
        now=Html(" pd-answer-now") if now else Html(""),
        name=NAMES[metric],
        asks=sentences.ASKS[metric],
        model=number(row["model"]),
        average=number(row["average"]),
        repeat=number(row["repeat"]),
        bar=_bar(row),
        gate=gate_mark(row["gate"]),
        says=sentences.GATE_SAYS[row["gate"]],
        range=f"95 % interval {bounds(row['drf_low'], row['drf_high'])}, n = {int(row['n'])}",
        drf=number(row["drf_mean"]),
    )


def _bar(row: pd.Series) -> Html:
    """Return a track from 0 to 1 with the average, a repeat and the model; the words beside it say the same."""
    low, high = _place(row["negative"]), _place(row["repeat"])
    parts = []
    if high > low:
        parts.append(
            html('<i class="pd-tint" style="left:{low}%;width:{width}%"></i>', low=low, width=high - low)
        )
    for kind, value in (("average", row["average"]), ("repeat", row["repeat"]), ("model", row["model"])):
        if not math.isnan(value):
            parts.append(html('<i class="pd-at-{kind}" style="left:{at}%"></i>', kind=kind, at=_place(value)))
    return html('<div class="pd-track" aria-hidden="true">{parts}</div>', parts=join(parts))


def _place(value: float) -> float:
    """Return a place on the track, 0 to 100; what lies beyond stands at its end."""
    return round(100 * min(1.0, max(0.0, float(value))), 1) if not math.isnan(value) else 0.0


def _legend() -> Html:
    return html(
        '<p class="pd-answer-legend"><span><i class="pd-at-model"></i>model</span>'
        '<span><i class="pd-at-average"></i>the average</span>'
        '<span><i class="pd-at-repeat"></i>a repeat: the interpolated duplicate</span>'
        '<span><i class="pd-tint"></i>what the metric can tell</span>'
        "<span>bar 0 to 1; mean over {n} perturbations, each half of the cells once as truth</span></p>",
        n=N_PERTURBATIONS,
    )
