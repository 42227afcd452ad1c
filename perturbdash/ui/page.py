"""How a page is written.

A page is a thin script: open it, ask for what it needs, draw tables that are computed elsewhere::

    from perturbdash.figures.drf_bars import drf_bars
    from perturbdash.ui.blocks import verdict
    from perturbdash.ui.frame import empty_state, frame, plot
    from perturbdash.ui.markup import html
    from perturbdash.ui.page import open_page

    view = open_page("calibration")        # style, menu, sidebar, title, chips
    result = view.require_result()         # or progress, an empty state, an error: then the page ends here
    table = result.calibration_summary
    table = table[table["context"] == view.context]

    metric = view.choose("metric", tuple(table["metric"]), label="Metric", help="Which metric is shown.")
    verdict(html("{k} of {n} metrics can tell a repeated experiment from the average.", k=k, n=n), "Rule ...")
    with frame(
        "Which metrics can tell a repeat from the average?", "Mean over perturbations, 95 % BCa interval.",
        key="drf", table=table, how_to_read="...", caption=("Dynamic range fraction", view.source_line()),
    ):
        plot(drf_bars(table, mode=view.mode), key="drf")

``view.models`` are the models that are shown; ``view.styles`` gives their colours and symbols to figures, and
``view.tag(name)`` is symbol and name for sentences and tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import (
    address,
    completing,
    file_notices,
    link,
    mode,
    pointer,
    report_button,
    selection,
    selection_controls,
    session,
    sidebar,
    tour,
)
from perturbdash.ui.blocks import chips, note
from perturbdash.ui.files import app_folder
from perturbdash.ui.jobs import sentence
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, html
from perturbdash.ui.menu import APP_TITLE, PAGES, Page
from perturbdash.ui.selection_notice import settle
from perturbdash.ui.view import View
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

__all__ = ["View", "open_page"]

SIDEBAR_WIDTH = 256
STYLE = Path(__file__).with_name("style.css")


def open_page(name: str, *, linked: Callable[[View], Mapping[str, Sequence[str]]] | None = None) -> View:
    """Open a page: browser title, style, menu, sidebar, headline and chips; must be its first call.

    Parameters
    ----------
    name
        Key in `perturbdash.ui.menu.PAGES`.
    linked
        What the page's copied link says beyond the address (see `link.copy_link`).
    """
    page = PAGES[name]
    st.set_page_config(
        page_title=f"{page.title} · {APP_TITLE}" if name != "start" else APP_TITLE,
        page_icon=str(app_folder() / "static" / "icon.png"),
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
    )
    st.html(_blocks_style())
    st.html(STYLE)
    view = _load(page, _dataset_key())
    view.going()
    tour.going(view)
    if view.dataset is not None:
        settle(view.dataset)
    selection.arrive(name)
    pointer.watch(selection.open_perturbation)
    with st.sidebar:
        sidebar.menu()
        if view.key is not None and view.record is not None:
            view = _with_widgets(view)
    if name != "start" or view.key is not None:
        _header(view, linked(view) if linked is not None else {})
    for text in address.take_notices():
        note(text)
    file_notices.say_what_is_left_out(view)
    if name != "start":
        completing.say(view)
    tour.draw(view)
    return view


def _blocks_style() -> Html:
    """Return the style of the HTML blocks of figures; the app's own style comes after it and wins."""
    from perturbdash.figures.html import blocks_css

    return Html(f"<style>{blocks_css()}</style>")


def _dataset_key() -> str | None:
    asked = address.read().dataset
    if asked is None:
        asked = session.first_dataset()
        address.assume(asked)
    return asked


def _load(page: Page, key: str | None) -> View:
    """Find what the address names; whatever fails becomes a sentence on the page."""
    shown = mode.current()
    if key is None:
        return View(page, shown)
    record = None
    try:
        record = library().record(key)
        with st.spinner("Opening the data set", show_time=True):
            dataset = library().dataset(record)
        result = library().result(record)
        models = result.models if result is not None else library().models(record) or ()
    except Exception as error:
        return View(page, shown, key=key, record=record, problem=sentence(error))
    session.remember(key, record)
    file_notices.say_what_changed(key)
    return View(page, shown, key, record, dataset, result, all_models=models)


def _with_widgets(view: View) -> View:
    """Draw the sidebar's choices and return the view with what they say."""
    assert view.key is not None
    assert view.record is not None
    st.html('<hr class="pd-rule">')
    sidebar.dataset_select(view.key, session.title(view.record))
    if view.dataset is None:
        return view
    models = sidebar.model_pills(view.all_models) if view.all_models else ()
    context = sidebar.context_select(view.dataset.contexts, view.page)
    return replace(view, models=models, context=context)


def _header(view: View, linked: Mapping[str, Sequence[str]]) -> None:
    with st.container(key="pd-head", gap=None):
        with st.container(horizontal=True, key="pd-title-row", vertical_alignment="center", gap="small"):
            st.html(
                html(
                    '<header class="pd-page"><h1>{title}</h1><p>{question}</p></header>',
                    title=view.page.title,
                    question=view.page.question,
                )
            )
            with st.container(
                horizontal=True,
                key="pd-page-tools",
                width="content",
                gap="xsmall",
                wrap=False,
                vertical_alignment="center",
            ):
                link.copy_link(view, linked=linked)
                report_button.offer(view)
        if found := _chips(view):
            st.html(found)
    if view.dataset is not None:
        selection_controls.bar(view.dataset, view.selection)


def _chips(view: View) -> Html:
    if view.dataset is None or view.record is None:
        return Html("")
    cells, perturbations = _counts(view.dataset, view.context)
    items: list[tuple[str, object] | Html] = [
        ("data", session.title(view.record)),
        ("cells" if view.dataset.has_cells else "moments of cells", cells),
        ("perturbations", perturbations),
        ("genes", f"{len(view.dataset.genes):,}"),
    ]
    if len(view.dataset.contexts) > 1:
        items.append(("context", "all together" if view.context == POOLED else view.context))
    if view.page.truth:
        published = dict(view.record.settings).get("calibration") == "published"
        items.append(("truth", (published and view.page.truth_as_published) or view.page.truth))
    return chips([*items, *(view.tag(model) for model in view.models)])


def _counts(dataset: Dataset, context: str) -> tuple[str, str]:
    """Return the numbers of cells and of perturbations, of the context out of all where one is chosen."""
    cells, perturbations = dataset.n_cells, len(dataset.perturbations)
    if len(dataset.contexts) < 2 or context not in dataset.contexts:
        return f"{cells:,}", f"{perturbations:,}"
    own = dataset.cell_counts[dataset.contexts.index(context)]
    found = int((own[:-1] > 0).sum())
    return _part(int(own.sum()), cells), _part(found, perturbations)


def _part(n: int, of: int) -> str:
    return f"{n:,}" if n == of else f"{n:,} of {of:,}"
