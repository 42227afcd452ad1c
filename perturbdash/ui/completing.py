"""Metrics that are not waited for: what is still computed, how far it is, and the whole result once it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import label
from perturbdash.judgement.sentences import joined
from perturbdash.ui import address
from perturbdash.ui.blocks import note
from perturbdash.ui.library import library
from perturbdash.ui.progress import follow

if TYPE_CHECKING:
    from perturbdash.ui.jobs import Job
    from perturbdash.ui.view import View


def say(view: View) -> None:
    """Say which metrics of the result are still computed, and compute them."""
    if view.result is None or view.record is None or not view.result.put_off:
        return
    job = library().completing(view.record) or library().complete(view.record, view.result)
    if job.state == "done":
        library().extra_jobs.forget(job.key)
        address.rerun()
    names = joined([label(metric) for metric in view.result.put_off])
    if job.ended:
        _stopped(job, names)
        return
    verb = "compares" if len(view.result.put_off) == 1 else "compare"
    note(f"{names} {verb} all pairs of perturbations; still computing, and everything else is complete.")
    follow(job, library().extra_jobs, "complete")


def _stopped(job: Job, names: str) -> None:
    note(f"Not computed: {names}, since {job.problem or 'the work was stopped.'}")
    st.button("Compute them", key="pd-complete", on_click=library().extra_jobs.forget, args=(job.key,))
