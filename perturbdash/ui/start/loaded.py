"""The start page after something is loaded: what was found, what is in order, what is predicted, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import address, session, tour
from perturbdash.ui.blocks import heading, note, verdict
from perturbdash.ui.downloads import all_tables
from perturbdash.ui.frame import empty_state
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, html, join
from perturbdash.ui.menu import PAGES
from perturbdash.ui.numbers import number_word, plural
from perturbdash.ui.records import DEMO
from perturbdash.ui.start import predictions, schema, settings, store

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.io.schema import Check
    from perturbdash.ui.view import View


def draw(view: View) -> None:
    """Draw the page; where the data set cannot be used, its columns can still be chosen."""
    assert view.record is not None
    if view.dataset is None:
        empty_state("This data set cannot be used as it is", view.problem, _next_step(view))
    place = st.empty()
    columns, found = st.columns([1.3, 1], gap="large")
    with columns:
        _meaning(view)
        settings.draw(view.record, None if view.dataset is None else view.dataset.halves_seed)
        go = st.container()
    matched = None
    with found:
        if view.dataset is not None:
            _checks(view.dataset)
            heading("Which predictions?", "Colour and symbol stay with a model on every page.")
            matched = predictions.draw(view)
            with place.container():
                _verdict(view.dataset, matched)
    with go:
        _buttons(view, matched)


def _meaning(view: View) -> None:
    if view.dataset is not None and not view.dataset.has_cells:
        heading("What is what in this store?", "Chosen when its moments were taken; no columns to change.")
        store.draw(view.dataset)
        return
    heading("What is what in this file?", "Found in obs; change what is wrong.")
    schema.draw(view)


def _next_step(view: View) -> str:
    columns = schema.columns_of(view)
    if columns is None:
        return "Choose other data, or convert the file to .h5ad (AnnData) and load it again."
    if not columns.names:
        return "Add a column to obs that says what was done to each cell, and load the file again."
    return "Choose the columns below, or choose other data."


def _verdict(dataset: Dataset, matched: predictions.Matched) -> None:
    n_control = dataset.n_control
    found = (
        f"{plural(len(dataset.perturbations), 'perturbation', 'perturbations')} and "
        f"{plural(n_control, 'control cell', 'control cells')} found"
    )
    verb = "is" if matched.left_out == 1 else "are"
    left_out = f", and {number_word(matched.left_out)} {verb} left out" if matched.left_out else ""
    if matched.models:
        ready = plural(matched.models, "prediction", "predictions", words=True)
        verdict(
            f"{found}; ready to score {ready}{left_out}.",
            f"{matched.summary} Confirm the columns, or change them.",
        )
    elif matched.left_out:
        verdict(
            f"{found}; {plural(matched.left_out, 'prediction needs', 'predictions need', words=True)} a look.",
            "No prediction can be scored as it is: the reason stands beside it. Without one, perturbdash calibrates "
            "the data set alone.",
        )
    else:
        verdict(
            f"{found}; ready to calibrate.",
            "No prediction is loaded yet: perturbdash can say which metrics tell anything on this data, and how "
            "much is one shared effect. Add a prediction to judge a model.",
        )


def _checks(dataset: Dataset) -> None:
    checks = dataset.checks()
    findings = [check for check in checks if check.level == "finding"]
    passed = [check for check in checks if check.level != "finding"]
    heading(
        "Is the file in order?",
        f"{plural(len(checks), 'check', 'checks')}: {len(passed)} passed, {len(findings)} worth knowing.",
    )
    st.html(
        html('<ul class="pd-checks">{items}</ul>', items=join(_check(check) for check in findings + passed))
    )


def _check(check: Check) -> Html:
    finding = check.level == "finding"
    return html(
        '<li class="{css}"><span class="pd-sign" role="img" aria-label="{word}">{sign}</span>'
        "<span>{title} <small>{text}</small></span></li>",
        css="pd-finding" if finding else "pd-passed",
        word="worth knowing" if finding else "passed",
        sign="!" if finding else "✓",
        title=check.title,
        text=check.text,
    )


def _buttons(view: View, matched: predictions.Matched | None) -> None:
    assert view.record is not None
    with st.container(horizontal=True, key="pd-go", vertical_alignment="center"):
        if matched is not None:
            target = "scorecard" if matched.models else "calibration"
            label = "Looks right: score" if matched.models else "Looks right: calibrate"
            if st.button(label, type="primary", key="pd-score"):
                st.switch_page(PAGES[target].file, query_params=address.read().parameters())
        st.button("Choose other data", type="tertiary", key="pd-other", on_click=_leave)
        if view.key == DEMO:
            tour.button()
        all_tables(view)
    if view.key is not None and not library().lasts(view.key):
        note(
            "Uploads and changes last until the server stops: it keeps no store, so a link to this view ends then."
        )


def _leave() -> None:
    session.close()
    address.write(address.Address())
