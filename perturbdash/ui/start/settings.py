"""Settings of an evaluation that change a number: each with its default and what it does."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from perturbdash.judgement.settings import CHOICES, Settings
from perturbdash.metrics.registry import METRICS
from perturbdash.ui.records import Option, Record
from perturbdash.ui.sidebar import hold
from perturbdash.ui.start.change import show
from perturbdash.vocabulary import MAX_SEED

DEFAULTS = Settings()


@dataclass(frozen=True)
class Words:
    """How a setting and its values are written on the screen."""

    label: str
    help: str
    values: dict[str, str]


CHOSEN: dict[str, Words] = {
    "genes": Words(
        "Genes",
        "A prediction that lacks genes of the data set is an error, or only the genes that every prediction has "
        "are scored.",
        {"all": "all of the data set", "shared": "shared with every prediction"},
    ),
    "targets": Words(
        "Targeted genes",
        "The gene that was perturbed changes by construction. Drop takes it out of everything that is said about "
        "its own perturbation.",
        {"keep": "keep", "drop": "drop"},
    ),
    "candidates": Words(
        "Retrieval among",
        "Among which perturbations a retrieval metric looks for the right one.",
        {"all": "all perturbations", "test": "tested perturbations"},
    ),
    "mean": Words(
        "Mean baseline",
        "Each perturbation has one vote, or each cell has.",
        {"centroid": "one vote a perturbation", "cell": "one vote a cell"},
    ),
    "calibration": Words(
        "Calibration",
        "Published repeats the calibration of Miller et al. to the letter: one half as truth, their negative "
        "controls.",
        {"default": "default", "published": "as published"},
    ),
}


def draw(record: Record, halves_seed: int | None = None) -> None:
    """Draw the settings in an expander; each change makes another view.

    Parameters
    ----------
    halves_seed
        Of a store of moments, whose halves are drawn; no other seed can then be chosen.
    """
    changed = len(record.settings)
    title = "Settings" if not changed else f"Settings ({changed} changed)"
    with st.expander(title, icon=":material/tune:", key="pd-settings"):
        left, right = st.columns(2, gap="medium")
        with left:
            _seed(record, halves_seed)
        with right:
            _whole(
                "min_perturbations",
                "Fewest perturbations",
                record,
                2,
                10_000,
                "Below this number of perturbations with a value, nothing is said about a metric.",
            )
        for place, name in enumerate(CHOSEN):
            with left if place % 2 == 0 else right:
                _choice(name, record)
        _headline(record)
        _combination_folds(record)


def _value(record: Record, name: str) -> Option:
    value: Option = dict(record.settings).get(name, getattr(DEFAULTS, name))
    return value


def _set(name: str, record: Record) -> None:
    value = st.session_state.get(_key(name))
    if value is None:
        return
    if isinstance(value, list):
        value = tuple(value) or DEFAULTS.headline
    settings = {**dict(record.settings), name: value}
    kept = {key: item for key, item in settings.items() if item != getattr(DEFAULTS, key)}
    show(record.only_settings(kept))


def _key(name: str) -> str:
    return f"pd-setting-{name}"


def _whole(name: str, label: str, record: Record, low: int, high: int, help: str) -> None:
    hold(_key(name), _value(record, name))
    st.number_input(
        label,
        min_value=low,
        max_value=min(high, 2**53 - 1),
        step=1,
        key=_key(name),
        help=f"{help} Default: {getattr(DEFAULTS, name)}.",
        on_change=_set,
        args=(name, record),
    )


def _seed(record: Record, halves_seed: int | None) -> None:
    if halves_seed is None or "seed" in dict(record.settings):
        _whole("seed", "Seed", record, 0, MAX_SEED, "Every random choice follows from it.")
        return
    st.number_input(
        "Seed",
        value=halves_seed,
        key="pd-store-seed",
        disabled=True,
        help="The halves of the store were drawn with it; for another one, open the file of cells.",
    )


def _choice(name: str, record: Record) -> None:
    words = CHOSEN[name]
    default = words.values[str(getattr(DEFAULTS, name))]
    hold(_key(name), _value(record, name))
    st.selectbox(
        words.label,
        CHOICES[name],
        key=_key(name),
        format_func=lambda value: words.values.get(value, value),
        help=f"{words.help} Default: {default}.",
        on_change=_set,
        args=(name, record),
    )


def _headline(record: Record) -> None:
    chosen = _value(record, "headline")
    hold(_key("headline"), list(chosen) if isinstance(chosen, tuple) else [])
    st.multiselect(
        "Headline metrics",
        list(METRICS),
        key=_key("headline"),
        format_func=lambda name: METRICS[name].label,
        help="The metrics that count in the verdict's sentence. Default: one for each kind of skill.",
        on_change=_set,
        args=("headline", record),
    )


def _combination_folds(record: Record) -> None:
    hold(_key("combination_folds"), bool(_value(record, "combination_folds")))
    st.toggle(
        "Two folds over combinations only",
        key=_key("combination_folds"),
        help="Singles always train and are not calibrated; combinations are tested in two folds.",
        on_change=_set,
        args=("combination_folds", record),
    )
