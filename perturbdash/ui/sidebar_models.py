"""The models in the sidebar of a page that does not wait for a result: their files are read beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address, progress
from perturbdash.ui.library import library
from perturbdash.ui.start.matching import read_all

if TYPE_CHECKING:
    from perturbdash.ui.view import View


def read_models(view: View) -> None:
    """Read the predictions of what is loaded, where nobody did yet; call it last, the page is complete without.

    What cannot be read is said on Start, where it can be changed.
    """
    if view.record is None or view.dataset is None or view.all_models or not view.record.predictions:
        return
    read, _, waits = read_all(view.record)
    if waits:
        with st.sidebar:
            progress.follow(waits[0], library().readings)
    elif any(models for _, _, models in read):
        address.rerun()
