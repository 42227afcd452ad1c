"""Controls of the page Retrieval; what they say stands in the address while the page is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.judgement.retrieval_words import REPEAT
from perturbdash.ui.address import LONGEST_SHOWN
from perturbdash.ui.blocks import note
from perturbdash.ui.sidebar import hold

if TYPE_CHECKING:
    from perturbdash.figures.retrieval.matrix import Colour
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

Kind = Literal["select", "segments"]
METRICS = {
    "nir": "Euclidean (NIR)",
    "pds_l1": "city-block (PDS L1)",
    "pds_l2": "Euclidean (PDS L2)",
    "pds_cosine": "angle (PDS cosine)",
}
COLOURS = {"rank": "rank", "distance": "distance"}
REPEAT_WORDS = "a repeat (truth: a half)"
WERE = "pd-own-were"


@dataclass(frozen=True)
class Choice:
    """What the reader chose on this page.

    Parameters
    ----------
    metric
        The rank variant: which distance, over which genes.
    matrix
        Whose predictions the matrix and the confusions show; ``None`` where nobody predicts anything.
    beside
        A second model for the confusions, where there is one.
    """

    metric: str
    matrix: str | None
    beside: str | None
    colour: Colour


def choose(view: View, result: Result) -> Choice:
    """Draw the page's controls and return what they say."""
    models = {name: name for name in view.models}
    if any(REPEAT in scores.value for scores in result.halves):
        models[REPEAT] = REPEAT_WORDS
    with st.container(horizontal=True, key="pd-controls", gap="medium", vertical_alignment="bottom"):
        with st.container(width=200):
            metric = own_choice(
                "distance",
                METRICS,
                label="Distance",
                help="How near a prediction is to a truth. NIR: Euclidean over all genes. The PDS forms leave out the "
                "target genes of all perturbations; the angle is that of shifts from control, whatever their size.",
            )
        matrix = None
        if models:
            with st.container(width=200):
                matrix = own_choice(
                    "matrix",
                    models,
                    label="Model of the matrix",
                    help="Whose predictions the matrix and the confusions show. A repeat: one half of the cells as the "
                    "prediction, the other as the truth.",
                )
        beside = _beside(view, matrix)
        with st.container(width="content"):
            colour = own_choice(
                "colour",
                COLOURS,
                label="Colour",
                help="Of the matrix. Rank: place of a truth in the row of a prediction. Distance: as it is, which "
                "mostly shows how strong perturbations are.",
                kind="segments",
            )
    return Choice(metric, matrix, beside, cast("Colour", colour))


def _beside(view: View, matrix: str | None) -> str | None:
    others = {name: name for name in view.models if name != matrix}
    if len(others) < 2:
        return next(iter(others), None)
    if st.query_params.get("beside") == matrix:
        st.query_params.pop("beside", None)
    with st.container(width=170):
        return own_choice(
            "beside", others, label="Beside it", help="A second model for the confusions of one perturbation."
        )


def own_choice(
    name: str,
    words: Mapping[str, str],
    *,
    label: str,
    help: str,
    default: str | None = None,
    kind: Kind = "select",
) -> str:
    """Draw a choice that the address keeps until the page is left, and return it.

    A value that is not here is said where a link brought it. One that was here before in this visit fell away by what
    the reader chose (another context, a model hidden): it goes without a word.

    Parameters
    ----------
    name
        The query parameter; a default is left out of the address.
    words
        What an option is called on the screen.
    default
        The first option where not given.
    """
    usual = default or next(iter(words))
    asked = st.query_params.get(name)
    shown = usual if asked is None else asked
    were: set[tuple[str, str]] = st.session_state.setdefault(WERE, set())
    if shown in words:
        were.add((name, shown))
    else:
        if (name, shown) not in were:
            note(
                f"The link asks for the {label.lower()} “{cut(shown, LONGEST_SHOWN)}”, which is not here; showing "
                f"“{words[usual]}” instead."
            )
        st.query_params.pop(name)
        shown = usual
    key = f"pd-own-{name}"
    hold(key, shown)
    rest: dict[str, Any] = {"on_change": _keep, "args": (name, key, usual)}
    if kind == "segments":
        st.segmented_control(
            label, list(words), key=key, required=True, format_func=words.__getitem__, help=help, **rest
        )
    else:
        st.selectbox(label, list(words), key=key, format_func=words.__getitem__, help=help, **rest)
    return shown


def _keep(name: str, key: str, usual: str) -> None:
    value = st.session_state.get(key)
    if value is None or value == usual:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)
