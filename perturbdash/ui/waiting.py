"""What stands in a page's place while there is nothing to show: nothing loaded, at work, failed, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NoReturn

import streamlit as st

from perturbdash.errors import PerturbdashError
from perturbdash.ui import address, demo, progress
from perturbdash.ui.frame import empty_state
from perturbdash.ui.jobs import OUT_OF_MEMORY, UNEXPECTED, Job
from perturbdash.ui.library import library
from perturbdash.ui.menu import PAGES
from perturbdash.ui.records import DEMO, Record

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

PATIENCE_SECONDS = 0.25


def nothing_loaded() -> NoReturn:
    """Say that no data set is open and offer the demo; the page ends here."""
    empty_state(
        "No data set is loaded",
        "This page shows what a data set and the predictions of models say; none is open yet.",
        "Open the demo, or load your own file on Start.",
    )
    with st.container(horizontal=True, key="pd-next", vertical_alignment="center"):
        if demo_available():
            st.button("Open the demo", type="primary", key="pd-open-demo", on_click=_open_demo)
        start_link("Load data on Start")
    st.stop()


def demo_available() -> bool:
    """Return whether the demo's files are there."""
    try:
        demo.record()
    except PerturbdashError:
        return False
    return True


def _open_demo() -> None:
    address.write(address.read().of_data(DEMO))


def cannot_open(problem: str) -> NoReturn:
    """Say why the data set cannot be used; the page ends here."""
    empty_state(
        "This data set cannot be used as it is", problem, "Change the columns on Start, or choose other data."
    )
    with st.container(key="pd-primary-link"):
        start_link("Go to Start")
    st.stop()


def no_models(what: str = "This page compares predictions") -> NoReturn:
    """Say that no prediction is loaded; the page ends here."""
    empty_state(
        "No prediction is loaded",
        f"{what}, and there is none for this data set.",
        "Add the predictions of one or more models on Start. Calibration, Systematic variation and Reference "
        "need none.",
    )
    start_link("Add a prediction on Start")
    st.stop()


def start_link(label: str) -> None:
    """Draw a link to the start page that keeps the view."""
    parameters = address.read().parameters()
    st.page_link(PAGES["start"].file, label=label, icon=":material/arrow_forward:", query_params=parameters)


def for_result(record: Record) -> NoReturn:
    """Start or follow the computation of a result, or say why it ended; the page ends here."""
    job = library().job(record)
    if job is None:
        job = library().score(record)
    job.wait(PATIENCE_SECONDS)
    if job.state == "done":
        if library().result(record) is not None:
            address.rerun()
        job = library().score(record)
    if job.state == "failed":
        empty_state(
            "This could not be scored", job.problem, "Change it on Start; what is loaded stays loaded."
        )
        _again(job, "Try again", first="again" if job.problem in (UNEXPECTED, OUT_OF_MEMORY) else "start")
    elif job.state == "cancelled":
        empty_state(
            "Stopped", "The computation was stopped before its end.", "Nothing that was loaded is lost."
        )
        _again(job, "Score again")
    else:
        progress.follow(job, library().jobs)
    st.stop()


def have_profiles(record: Record, result: Result) -> bool:
    """Return whether the profiles of a result are there; where they are not, read them and follow the work.

    A result of the store has scores and tables; moments and predictions are read when a page asks for them.
    """
    if result.has_profiles:
        return True
    job = library().read_profiles(record, result)
    job.wait(PATIENCE_SECONDS)
    if job.state == "done":
        address.rerun()
    if job.state in ("failed", "cancelled"):
        why = job.problem or "Reading was stopped before its end."
        empty_state("Moments and predictions could not be read", why, "What is loaded stays loaded.")
        _again(job, "Read them")
        return False
    progress.follow(job, library().jobs, "profiles")
    return False


def _again(job: Job, label: str, *, first: Literal["again", "start"] = "again") -> None:
    """Offer to do it again and to go to Start; the first of them is the likely way on."""
    with st.container(horizontal=True, key="pd-next", vertical_alignment="center"):
        if first == "start":
            with st.container(key="pd-primary-link", width="content"):
                start_link("Go to Start")
        kind: Literal["primary", "secondary"] = "primary" if first == "again" else "secondary"
        st.button(label, type=kind, key="pd-again", on_click=library().jobs.forget, args=(job.key,))
        if first == "again":
            start_link("Go to Start")
