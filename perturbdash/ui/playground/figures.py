"""Two figures of the playground: where the shifts point, and what one slider alone does."""

from __future__ import annotations

from functools import partial

from perturbdash.figures.numbers import number
from perturbdash.judgement import sentences_playground as sentences
from perturbdash.judgement.playground.knobs import (
    GUESS,
    KNOBS,
    N_GENES,
    N_PERTURBATIONS,
    NOISE,
    STRENGTH_SPREAD,
)
from perturbdash.judgement.playground.story import DRAWN, MILLER, SYSTEMA
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.markup import bold, html
from perturbdash.ui.playground import computed
from perturbdash.ui.playground.state import State
from perturbdash.ui.view import View

TAILS = {"control": "control", "centroid": "the average"}
SIMULATION = (
    f"{N_PERTURBATIONS} perturbations, {N_GENES} genes, Gaussian noise of {NOISE} a cell in log1p units; log strengths "
    f"spread by {STRENGTH_SPREAD}; a guess is {GUESS} times as long as the effect it stands for. Nothing here comes "
    "from loaded data. Sources: "
    f"{SYSTEMA[0]}, doi {SYSTEMA[1]}; {MILLER[0]}, doi {MILLER[1]}."
)


def shifts(view: View, state: State) -> None:
    """Draw observed and predicted shifts from control or from the average."""
    from perturbdash.figures.playground import playground_shifts

    found = computed.plane(state.settings)
    n = found.points["perturbation"].nunique()
    length = float(found.anchors.loc[found.anchors["anchor"] == "average", "along"].iloc[0])
    draw = partial(playground_shifts, found.points, found.anchors, reference=state.arrows)
    with frame(
        "Where do the shifts point?",
        html(
            "{observed} in grey, {predicted} in blue, {n} of {all} perturbations, all cells, from {tail}; the average "
            "effect is {length} long.",
            observed=bold("Observed"),
            predicted=html('<b class="pd-m1 pd-predicted">predicted</b>'),
            n=n,
            all=N_PERTURBATIONS,
            tail=TAILS[state.arrows],
            length=number(length),
        ),
        key="playground_shifts",
        table=found.points,
        how_to_read="Arrows that start at control and all point the same way are one shared effect, and a correlation "
        "of such shifts is high whatever a model knows. Arrows that start at the average show what is left.",
        caption=("Simulation", f"{_set(state)} {SIMULATION}"),
        printed=draw,
        of_data=False,
    ):
        plot(draw(mode=view.mode), key="playground-shifts")


def curve(view: View, state: State) -> None:
    """Draw what happens when one slider alone moves over its range."""
    from perturbdash.figures.playground import playground_curve

    knob = KNOBS[state.over]
    found = computed.curve(state.settings, state.over, state.drawn)
    draw = partial(
        playground_curve,
        found,
        now=float(getattr(state.settings, state.over)),
        x_label=knob.label.lower() + (", per cent" if knob.unit else ""),
        y_label=_axis(state.drawn),
        logarithmic=knob.logarithmic,
    )
    with frame(
        f"What if only {_lower(knob.label)} changed?",
        sentences.curve_sentence(found),
        key="playground_curve",
        table=found,
        how_to_read="All other sliders stay where they are; the vertical line is where this one stands. Between the "
        "average and a repeat, tinted, lies all that the metric can tell a good model by.",
        caption=(DRAWN[state.drawn], f"{_behind(state.drawn)} {_set(state)}"),
        printed=draw,
        of_data=False,
    ):
        plot(draw(mode=view.mode), key="playground-curve")


def _lower(label: str) -> str:
    return label[0].lower() + label[1:]


def _axis(drawn: str) -> str:
    if drawn == "systematic":
        return "mean cosine to the average effect"
    return {"pds": "PDS of the model", "wmse": "weighted MSE: share of error removed"}.get(
        drawn, DRAWN[drawn]
    )


def _behind(drawn: str) -> str:
    """Return reference, truth and n of what a curve shows."""
    n = f"{N_PERTURBATIONS} perturbations"
    if drawn == "systematic":
        return (
            f"Shifts from the control mean, {n}, all cells; split controls: each side its own half of them."
        )
    if drawn == "pds":
        return f"Shifts from the control mean, {n}, each half of the cells once as truth; 0.5 is chance."
    return f"Mean over {n}, each half of the cells once as truth; a repeat is the interpolated duplicate."


def _set(state: State) -> str:
    settings = state.settings
    parts = [f"{_lower(knob.label)} {knob.said(getattr(settings, name))}" for name, knob in KNOBS.items()]
    return f"{', '.join(parts)}, seed {settings.seed}.".capitalize()
