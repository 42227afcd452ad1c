"""What the address says of the playground: the step, and what the reader moved since.

All parameters are the page's own: they stand in the address only where they differ from the step, and vanish when the
page is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.judgement.playground.knobs import HIGHEST_SEED, KNOBS, PlaygroundSettings
from perturbdash.judgement.playground.story import DRAWN, STEPS, Step, Trick
from perturbdash.ui.blocks import note
from perturbdash.vocabulary import Reference

ARROWS: dict[Reference, str] = {"control": "control", "centroid": "average"}
LABELS = {
    "step": "Step",
    "seed": "Seed",
    "drawn": "What the curve shows",
    "over": "Over which slider",
    "arrows": "Arrows from",
    **{name: knob.label for name, knob in KNOBS.items()},
}
"""What each parameter is called on the screen."""


@dataclass(frozen=True)
class State:
    """Where everything on the page stands.

    Parameters
    ----------
    over, drawn
        The slider that the curve runs over, and what it shows.
    arrows
        Where the arrows start.
    """

    step: Step
    settings: PlaygroundSettings
    over: str
    drawn: str
    arrows: Reference

    @property
    def is_story(self) -> bool:
        """Whether all sliders stand as the step sets them."""
        return not self.settings.differences(self.step.settings)


def read() -> State:
    """Read the address; what it names and is not here falls back to the step, with a notice."""
    unknown: list[str] = []

    def known(name: str, take: Callable[[str], Any], default: Any) -> Any:
        text = st.query_params.get(name)
        if text is None:
            return default
        found = take(text)
        if found is None:
            unknown.append(name)
            note(
                f"The link asks for “{cut(text)}” under “{LABELS[name]}”, which is not here; showing "
                f"{_said(name, default)} instead."
            )
            return default
        return found

    number = known("step", _step, 1)
    step = STEPS[number - 1]
    settings = PlaygroundSettings(
        **{name: known(name, knob.read, getattr(step.settings, name)) for name, knob in KNOBS.items()},
        seed=known("seed", _seed, step.settings.seed),
    )
    state = State(
        step,
        settings,
        over=known("over", lambda text: text if text in KNOBS else None, step.over),
        drawn=known("drawn", lambda text: text if text in DRAWN else None, step.drawn),
        arrows=cast("Reference", known("arrows", lambda text: text if text in ARROWS else None, step.arrows)),
    )
    if unknown:
        _write(dict.fromkeys(unknown))
    return state


def go_to(number: int) -> None:
    """Open a step as it is set, with the seed as it stands; one step of the browser's history."""
    _write({**_nothing_moved(), "step": None if number == 1 else str(number)})


def go_on() -> None:
    """Open the step after that of the address, so that no click is lost while the page is drawn."""
    go_to(min((_step(st.query_params.get("step", "1")) or 1) + 1, len(STEPS)))


def put_back() -> None:
    """Put all sliders back to where the step sets them."""
    _write(dict.fromkeys(KNOBS))


def show(trick: Trick) -> None:
    """Set the sliders and the curve as an experiment of the first step wants them."""
    moved = STEPS[0].settings.at(**trick.changes).differences(STEPS[0].settings)
    written = {name: KNOBS[name].write(value) for name, value in moved.items()}
    _write({**_nothing_moved(), "step": None, **written, "over": trick.over, "drawn": trick.drawn})


def moved(name: str, key: str, default: float) -> None:
    """Write where a slider stands to the address; for ``on_change``."""
    value = st.session_state[key]
    _write({name: None if value == default else KNOBS[name].write(value)})


def chosen(name: str, key: str, default: str) -> None:
    """Write a choice to the address; for ``on_change``."""
    value = st.session_state.get(key)
    _write({name: None if value in (None, default) else str(value)})


def another_seed(now: int, default: int) -> None:
    """Take the next seed."""
    seed = (now + 1) % (HIGHEST_SEED + 1)
    _write({"seed": None if seed == default else str(seed)})


def _nothing_moved() -> dict[str, str | None]:
    return dict.fromkeys([*KNOBS, "over", "drawn", "arrows"])


def _write(changes: Mapping[str, str | None]) -> None:
    """Change parameters of the page, those without a value left out, as one message to the browser."""
    before = {name: st.query_params.get_all(name) for name in st.query_params}
    after = {name: value for name, value in before.items() if name not in changes}
    after |= {name: [value] for name, value in changes.items() if value is not None}
    if after != before:
        st.query_params.from_dict(after)


def _step(text: str) -> int | None:
    return next((step.number for step in STEPS if str(step.number) == text), None)


def _seed(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= HIGHEST_SEED else None


def _said(name: str, value: Any) -> str:
    """Return what a parameter holds, as the screen writes it."""
    if name in KNOBS:
        return KNOBS[name].said(value)
    words: dict[str, Mapping[Any, str]] = {
        "over": {knob.name: knob.label for knob in KNOBS.values()},
        "drawn": DRAWN,
        "arrows": ARROWS,
    }
    return words[name][value] if name in words else str(value)
