"""Load what scoring needs while the first visitor still reads, so that the first click need not wait for it."""

from __future__ import annotations

import logging
import threading
import time

import streamlit as st
from streamlit import runtime

AFTER_SECONDS = 0.5
"""The first page is painted before the libraries are loaded."""


@st.cache_resource(show_spinner=False, max_entries=1)
def prepare() -> None:
    """Load libraries and compiled kernels once a server, beside the pages."""
    if runtime.exists():
        threading.Thread(target=_load, name="prepare", daemon=True).start()


def _load() -> None:
    time.sleep(AFTER_SECONDS)
    try:
        import perturbdash.judgement.evaluate
        import perturbdash.judgement.result  # noqa: F401
        from perturbdash.warm import warm

        warm()
    except (ImportError, OSError, RuntimeError):
        logging.getLogger("perturbdash").warning("Preparing failed; scoring will load it all.", exc_info=True)
