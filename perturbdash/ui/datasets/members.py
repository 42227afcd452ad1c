"""The data sets of a comparison: each is opened and scored by itself, and one that fails leaves the others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address, progress, session
from perturbdash.ui.blocks import note
from perturbdash.ui.datasets.choosing import asked, name_of
from perturbdash.ui.jobs import Job, sentence
from perturbdash.ui.library import library
from perturbdash.ui.markup import html
from perturbdash.ui.numbers import plural
from perturbdash.ui.recent import Recent
from perturbdash.ui.view import View

if TYPE_CHECKING:
    from perturbdash.judgement.standing import Standing
    from perturbdash.ui.records import Record

MOST_KEPT = 64
ASKED_FOR = "pd-score-datasets"
PATIENCE_SECONDS = 0.25


@dataclass(frozen=True)
class Member:
    """One data set of a comparison.

    Parameters
    ----------
    key
        Its ``dataset`` parameter.
    name
        How screens name it; no two members have the same.
    standing
        Its tables, where it is scored.
    job
        The work on it, where it is not.
    problem
        Why it cannot be opened; empty where it can.
    """

    key: str
    name: str
    record: Record | None = None
    standing: Standing | None = None
    job: Job | None = None
    problem: str = ""

    @property
    def at_work(self) -> bool:
        """Whether it is being scored."""
        return self.standing is None and self.job is not None and not self.job.ended


def members(view: View, keys: Sequence[str]) -> tuple[Member, ...]:
    """Open each data set; start to score those that the address names, and take up what is scored."""
    wanted, again = {view.key, *asked()}, st.session_state.get(ASKED_FOR, ())
    found = []
    for key in keys:
        with st.spinner("Opening the data sets"):
            found.append(_member(key, start=key in wanted, again=key in again))
    st.session_state.pop(ASKED_FOR, None)
    names = session.told_apart([name_of(key) for key in keys])
    return tuple(replace(member, name=name) for member, name in zip(found, names, strict=True))


def _member(key: str, *, start: bool, again: bool) -> Member:
    try:
        return _opened(key, start=start, again=again)
    except Exception as error:
        return Member(key, key, problem=sentence(error))


def _opened(key: str, *, start: bool, again: bool) -> Member:
    record = library().record(key)
    result_key = library().key(record)
    session.remember(key, record)
    standing = _standing(result_key, record)
    if standing is not None:
        return Member(key, key, record, standing)
    job = library().job(record)
    if again or (start and (job is None or job.state == "done")):
        job = library().score(record)
    if job is not None and not job.ended:
        job.wait(PATIENCE_SECONDS)
    if job is not None and job.state == "done":
        return Member(key, key, record, _standing(result_key, record))
    return Member(key, key, record, job=job)


def _standing(result_key: str, record: Record) -> Standing | None:
    """Return what is kept of a result, which outlives the result itself."""
    kept = _memory().get(result_key)
    if kept is not None:
        return kept
    result = library().result(record)
    if result is None:
        return None
    from perturbdash.judgement.standing import standing

    made = standing(result)
    _memory().put(result_key, made)
    return made


@st.cache_resource(show_spinner=False, max_entries=1)
def _memory() -> Recent[Standing]:
    return Recent(MOST_KEPT)


def follow(found: Sequence[Member]) -> None:
    """Draw what is not there yet: progress with Cancel, what could not be scored and why, and what could be."""
    for member in found:
        if member.problem:
            _left_out(member, member.problem)
        elif member.standing is None and member.job is not None:
            _at_work(member, member.job)
    idle = [member for member in found if not (member.problem or member.standing or member.job)]
    if idle:
        names = ", ".join(member.name for member in idle)
        note(f"{plural(len(idle), 'data set', 'data sets')} of this visit not scored yet: {names}.")
        st.button(
            "Score and compare",
            key="pd-score-beside",
            on_click=_ask_for,
            args=(tuple(member.key for member in idle),),
        )


def _left_out(member: Member, problem: str) -> None:
    note(html("<b>{name}</b> is left out: {problem}", name=member.name, problem=problem), "finding")


def _at_work(member: Member, job: Job) -> None:
    short = hashlib.sha256(member.key.encode()).hexdigest()[:8]
    if not job.ended:
        st.html(html('<p class="pd-sub">{name} is being scored.</p>', name=member.name))
        progress.follow(job, library().jobs, short)
        return
    if job.state == "done":
        address.rerun()
    if job.state == "failed":
        _left_out(member, job.problem)
    else:
        note(html("<b>{name}</b> is left out: its scoring was stopped.", name=member.name))
    st.button(
        "Score again",
        key=f"pd-again-{short}",
        on_click=_ask_for,
        args=((member.key,),),
    )


def _ask_for(keys: tuple[str, ...]) -> None:
    """Have data sets scored when the page runs, which says what hinders it."""
    st.session_state[ASKED_FOR] = keys
