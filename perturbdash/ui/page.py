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

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from perturbdash.ui import address, controls, mode, session, sidebar, waiting
from perturbdash.ui.blocks import chips, note
from perturbdash.ui.files import app_folder
from perturbdash.ui.jobs import sentence
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, html, model_tag
from perturbdash.ui.menu import APP_TITLE, PAGES, Page
from perturbdash.ui.mode import Mode
from perturbdash.ui.records import Record
from perturbdash.vocabulary import POOLED, Reference

if TYPE_CHECKING:
    from perturbdash.figures.models import ModelStyle
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result

SIDEBAR_WIDTH = 256
STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class View:
    """What a page shows: the data, the result where it is computed, and what the reader chose.

    Parameters
    ----------
    key
        The ``dataset`` parameter; ``None`` where nothing is loaded.
    all_models, models
        Every model in order of loading, and those that are shown; empty until the predictions are read.
    context
        Name of a context, or ``"pooled"``; empty where nothing is loaded.
    problem
        Why the data set cannot be used, in a sentence; empty where it can.
    """

    page: Page
    mode: Mode
    key: str | None = None
    record: Record | None = None
    dataset: Dataset | None = None
    result: Result | None = None
    all_models: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    context: str = ""
    problem: str = ""

    @property
    def address(self) -> address.Address:
        """The address as it stands now."""
        return address.read()

    @property
    def selection(self) -> tuple[str, ...]:
        """Perturbations that the reader selected on some page; empty for no selection."""
        if self.dataset is None:
            return ()
        known = set(self.dataset.perturbations)
        return tuple(name for name in self.address.selection if name in known)

    def select(self, perturbations: Iterable[str]) -> None:
        """Select perturbations on all pages; for callbacks of figures, before the page is drawn again."""
        address.change(selection=tuple(dict.fromkeys(perturbations)))

    @property
    def styles(self) -> dict[str, ModelStyle]:
        """Colour and symbol of each model, for figures."""
        from perturbdash.figures.models import model_styles

        return model_styles(self.all_models, self.models or None)

    def tag(self, model: str) -> Html:
        """Return symbol and name of a model or a baseline, for sentences and tables."""
        from perturbdash.figures.models import style_of

        return model_tag(style_of(model, self.styles))

    def require_dataset(self) -> Dataset:
        """Return the data set, or say what is missing and end the page."""
        if self.problem:
            waiting.cannot_open(self.problem)
        if self.dataset is None:
            waiting.nothing_loaded()
        return self.dataset

    def require_result(self) -> Result:
        """Return the result; where it is not computed, start or follow the work, and end the page."""
        self.require_dataset()
        if self.result is None:
            assert self.record is not None
            waiting.for_result(self.record)
        return self.result

    def require_models(self, what: str = "This page compares predictions") -> tuple[str, ...]:
        """Return the models that are shown, or say that none is loaded and end the page."""
        if not self.models:
            waiting.no_models(what)
        return self.models

    def reference(self) -> Reference:
        """Draw the choice of the reference, which follows the reader over pages, and return it."""
        return controls.reference()

    def choose(
        self,
        name: str,
        options: tuple[str, ...],
        *,
        label: str,
        help: str,
        default: str | None = None,
        labels: dict[str, str] | None = None,
        kind: controls.Kind = "select",
    ) -> str:
        """Draw a choice that the address keeps under ``name``, and return it (see `controls.choose`)."""
        return controls.choose(
            name, options, label=label, help=help, default=default, labels=labels, kind=kind
        )

    def go(self, page: str, **changes: object) -> NoReturn:
        """Open another page on this view, with parts of the address changed."""
        address.change(**changes)
        st.switch_page(PAGES[page].file, query_params=address.read().parameters())

    def source_line(self) -> str:
        """Return data set, context, number of perturbations and seed, for a caption."""
        if self.dataset is None or self.record is None:
            return ""
        context = "all contexts together" if self.context == POOLED else f"context {self.context}"
        parts = [session.title(self.record)]
        if len(self.dataset.contexts) > 1:
            parts.append(context)
        parts += [f"{len(self.dataset.perturbations):,} perturbations", f"{len(self.dataset.genes):,} genes"]
        parts.append(f"seed {dict(self.record.settings).get('seed', 0)}")
        return " · ".join(parts)


def open_page(name: str) -> View:
    """Open a page: browser title, style, menu, sidebar, headline and chips; must be its first call.

    Parameters
    ----------
    name
        Key in `perturbdash.ui.menu.PAGES`.
    """
    page = PAGES[name]
    st.set_page_config(
        page_title=f"{page.title} · {APP_TITLE}" if name != "start" else APP_TITLE,
        page_icon=str(app_folder() / "static" / "icon.png"),
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
    )
    st.html(STYLE)
    view = _load(page, _dataset_key())
    with st.sidebar:
        sidebar.menu()
        if view.key is not None and view.record is not None:
            view = _with_widgets(view)
    if name != "start" or view.key is not None:
        _header(view)
    for text in address.take_notices():
        note(text)
    return view


def _dataset_key() -> str | None:
    asked = address.read().dataset
    if asked is None:
        asked = session.first_dataset()
        if asked is not None:
            address.change(dataset=asked)
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
        models = library().models(record) or ()
    except Exception as error:
        return View(page, shown, key=key, record=record, problem=sentence(error))
    session.remember(key, record)
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


def _header(view: View) -> None:
    st.html(
        html(
            '<header class="pd-page"><h1>{title}</h1><p>{question}</p></header>{chips}',
            title=view.page.title,
            question=view.page.question,
            chips=_chips(view),
        )
    )
    if view.selection:
        controls.selection_chip(view.selection)


def _chips(view: View) -> Html:
    if view.dataset is None or view.record is None:
        return Html("")
    items: list[tuple[str, object] | Html] = [
        ("data", session.title(view.record)),
        ("cells", f"{view.dataset.n_cells:,}"),
        ("perturbations", f"{len(view.dataset.perturbations):,}"),
        ("genes", f"{len(view.dataset.genes):,}"),
    ]
    if len(view.dataset.contexts) > 1:
        items.append(("context", "all together" if view.context == POOLED else view.context))
    if view.page.truth:
        items.append(("truth", view.page.truth))
    return chips([*items, *(view.tag(model) for model in view.models)])
