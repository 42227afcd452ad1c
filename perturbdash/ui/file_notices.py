"""What a page says of its files: what changed since the link was made, and which predictions are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.blocks import note
from perturbdash.ui.library import library
from perturbdash.ui.markup import bold, html

if TYPE_CHECKING:
    from perturbdash.ui.view import View

TOLD = "pd-changed-told"


def say_what_changed(key: str) -> None:
    """Say once which files are not what they were when the link was made."""
    told: set[tuple[str, str, str]] = st.session_state.setdefault(TOLD, set())
    for file, stamp in library().changed(key).items():
        if (key, file, stamp) not in told:
            told.add((key, file, stamp))
            address.notice(
                f"{file} was changed after this link was made; everything here is computed anew from the file as it "
                "is now."
            )


def say_what_is_left_out(view: View) -> None:
    """Say which predictions are not in the result, and why; Start says it in its own words."""
    if view.result is None or view.record is None or view.page.name == "start":
        return
    for model, problem in library().left_out(view.record).items():
        note(
            html(
                "{name} is left out. {problem} Change or remove it on Start.",
                name=bold(model),
                problem=problem,
            ),
            "finding",
        )
