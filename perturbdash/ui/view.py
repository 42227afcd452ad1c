"""What a page shows, and what it can ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from perturbdash.ui import address, controls, selection, session, waiting
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, model_tag
from perturbdash.ui.menu import PAGES, Page
from perturbdash.ui.mode import Mode
from perturbdash.ui.numbers import plural
from perturbdash.ui.records import Record
from perturbdash.vocabulary import POOLED, Reference

if TYPE_CHECKING:
    from perturbdash.figures.models import ModelStyle
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result


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

    @cached_property
    def result_key(self) -> str:
        """Name of the result, for what is kept of it; files are looked at once a run."""
        assert self.record is not None
        return library().key(self.record)

    @property
    def selection(self) -> tuple[str, ...]:
        """Perturbations that the reader selected on some page; empty for no selection."""
        if self.dataset is None:
            return ()
        known = set(self.dataset.perturbations)
        return tuple(name for name in selection.current() if name in known)

    def select(self, perturbations: Iterable[str]) -> None:
        """Select perturbations on all pages; for callbacks of figures, before the page is drawn again."""
        selection.choose(perturbations)

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

    def require_profiles(self) -> Result:
        """Return the result with its profiles; where they are to be read again, follow that, and end the page."""
        result = self.require_result()
        assert self.record is not None
        if not waiting.have_profiles(self.record, result):
            st.stop()
        return result

    def has_profiles(self, result: Result) -> bool:
        """Say whether the profiles of a result are there; where they are not, read them, and show how far it is."""
        assert self.record is not None
        return waiting.have_profiles(self.record, result)

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
        st.switch_page(PAGES[page].file, query_params=replace(self.address, **changes).parameters())  # type: ignore[arg-type]

    def going(self) -> None:
        """Open the page that a callback asked for, if any; the page that was asked for before ends here."""
        target, changes = st.session_state.pop(selection.GOING, None) or (self.page.name, {})
        if target != self.page.name:
            self.go(target, **changes)
        if changes:
            address.change(**changes)

    def source_line(self) -> str:
        """Return data set, context, number of perturbations and seed, for a caption."""
        if self.dataset is None or self.record is None:
            return ""
        context = "all contexts together" if self.context == POOLED else f"context {self.context}"
        parts = [session.title(self.record)]
        n = len(self.dataset.perturbations)
        if len(self.dataset.contexts) > 1:
            parts.append(context)
            if self.context != POOLED and self.result is not None:
                n = len(self.result.perturbations[self.context])
        parts += [plural(n, "perturbation", "perturbations"), f"{len(self.dataset.genes):,} genes"]
        parts.append(f"seed {self.seed}")
        return " · ".join(parts)

    @property
    def seed(self) -> object:
        """The seed of every random choice; of a store of moments, that of its halves."""
        own = self.dataset.halves_seed if self.dataset is not None else None
        chosen = dict(self.record.settings) if self.record is not None else {}
        return chosen.get("seed", 0 if own is None else own)
