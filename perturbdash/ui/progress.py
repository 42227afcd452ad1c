"""The progress of a job, with Cancel, until it ends; then the page runs again."""

from __future__ import annotations

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.jobs import Job, Jobs
from perturbdash.ui.markup import markdown

POLL_SECONDS = 0.5


def follow(job: Job, jobs: Jobs, name: str = "") -> None:
    """Show progress and Cancel until a job ends, then run the page again.

    Parameters
    ----------
    name
        Tells two of them on one page apart.
    """
    _follow(job.key, jobs, f"-{name}" if name else "")


@st.fragment(run_every=POLL_SECONDS)
def _follow(key: str, _jobs: Jobs, suffix: str) -> None:
    job = _jobs.get(key)
    if job is None or job.ended:
        address.rerun()
    with st.container(key=f"pd-progress{suffix}"):
        st.progress(job.share, text=f"{markdown(job.text)} · {job.share:.0%} · {job.seconds:.0f} s")
        st.button(
            "Cancel",
            key=f"pd-cancel{suffix}",
            on_click=job.cancel,
            help="Stops at the next step; nothing is lost.",
        )
