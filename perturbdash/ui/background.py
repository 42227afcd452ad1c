"""Work that a page asks for beyond the scores: offered with its price, followed with progress, kept by content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from perturbdash.ui.blocks import note
from perturbdash.ui.jobs import Job
from perturbdash.ui.library import library
from perturbdash.ui.markup import html, markdown
from perturbdash.ui.progress import follow
from perturbdash.ui.view import View
from perturbdash.vocabulary import Progress

PATIENCE_SECONDS = 0.15

T = TypeVar("T")


def computed(
    view: View,
    name: str,
    asked: object,
    work: Callable[[Progress], T],
    *,
    title: str,
    why: str,
    button: str,
    automatic: bool = False,
) -> T | None:
    """Return what work gives, or draw in its place how to ask for it, its progress with Cancel, or why it ended.

    Visitors who ask for the same share the work. What is returned must be immutable: all visitors see it.

    Parameters
    ----------
    name
        Of the work, ASCII; with the result and ``asked`` it names what is kept.
    asked
        Whatever else changes the outcome (settings, seed, context); its ``repr`` must tell values apart.
    work
        Called in a thread with a report of progress, which raises ``Cancelled`` when somebody stops it.
    title, why
        What would stand here, and what it takes: cells read again, about how long.
    button
        What the button that starts it says.
    automatic
        Start without being asked, for what takes a few seconds.
    """
    key = _key(view, name, asked)
    kept = library().extras.get(key)
    if kept is not None:
        return cast("T", kept)

    def keep(progress: Progress) -> None:
        library().extras.put(key, work(progress))

    jobs = library().extra_jobs
    job = jobs.get(key)
    if job is None and automatic:
        job = jobs.start(key, keep)
    if job is not None and not job.ended:
        job.wait(PATIENCE_SECONDS)
    if job is not None and job.state == "done":
        kept = library().extras.get(key)
        if kept is not None:
            return cast("T", kept)

    def start() -> None:
        jobs.start(key, keep)

    _instead(job, name, title, why, button, start)
    return None


def kept(view: View, name: str, asked: object) -> object | None:
    """Return what was computed under a name, or ``None``; draws nothing."""
    return library().extras.get(_key(view, name, asked))


def _key(view: View, name: str, asked: object) -> str:
    of = view.result_key if view.record is not None else ""
    return f"{name}:{hashlib.sha256(repr((of, asked)).encode()).hexdigest()}"


def _instead(
    job: Job | None, name: str, title: str, why: str, button: str, start: Callable[[], None]
) -> None:
    with st.container(key=f"pd-work-{name}", gap="small"):
        if job is not None and not job.ended:
            follow(job, library().extra_jobs, name)
            return
        st.html(
            html('<section class="pd-offer"><h2>{title}</h2><p>{why}</p></section>', title=title, why=why)
        )
        if job is not None and job.state == "failed":
            note(f"It could not be computed: {job.problem}")
        elif job is not None and job.state == "cancelled":
            note("It was stopped before its end; nothing is lost.")
        st.button(markdown(button), key=f"pd-start-{name}", on_click=start)
