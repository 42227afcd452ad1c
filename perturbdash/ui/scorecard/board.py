"""What the scorecard shows: the tables of one context, for the models that are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from perturbdash.figures.tables import of_context
from perturbdash.judgement.context_outcomes import tested
from perturbdash.judgement.sentences import counted
from perturbdash.ui import session
from perturbdash.ui.library import library
from perturbdash.vocabulary import ALL_CELLS, POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View


@dataclass(frozen=True)
class Board:
    """The view, its result, and the rows of the tables that belong to it."""

    view: View
    result: Result

    @property
    def context(self) -> str:
        """Name of the context, or ``"pooled"``."""
        return self.view.context

    @property
    def models(self) -> tuple[str, ...]:
        """Models that are shown, in the order of loading."""
        return self.view.models

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """Rows of the verdict."""
        table = of_context(self.result.verdict, self.context)
        return table[table["model"].isin(self.models)]

    @cached_property
    def informative(self) -> list[str]:
        """Metrics that can tell something here."""
        gates = self.result.gates.items()
        return [
            metric for (context, metric), gate in gates if context == self.context and gate == "informative"
        ]

    @property
    def headline(self) -> list[str]:
        """Headline metrics that can tell something here."""
        return [metric for metric in self.result.settings.headline if metric in self.informative]

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """Rows of the calibration with the headline positive control."""
        table = of_context(self.result.calibration_summary, self.context)
        return table[table["positive_control"] == POSITIVE_CONTROLS[0]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean scores of baselines and shown models against all cells."""
        table = of_context(self.result.metric_summary, self.context)
        named = (table["kind"] == "baseline") | table["prediction"].isin(self.models)
        return table[(table["truth"] == ALL_CELLS) & named & table["kind"].isin(["baseline", "model"])]

    @cached_property
    def n_tested(self) -> int:
        """Number of different test perturbations."""
        return tested(self.result, self.context)

    @property
    def tested(self) -> str:
        """Number of test perturbations, in words."""
        return counted(self.n_tested, "test perturbation")

    @property
    def pooled(self) -> str:
        """How means are taken over several contexts, in words; empty for one context."""
        return ", averaged within a context, then over contexts" if self.context == POOLED else ""

    @property
    def key(self) -> str:
        """Name of the result, for what is kept of it."""
        assert self.view.record is not None
        return library().key(self.view.record)

    def source(self, *more: str) -> str:
        """Return data set, context, test perturbations and seed, for the caption of a figure."""
        record, result = self.view.record, self.result
        assert record is not None
        context = [] if len(result.contexts) < 2 else [f"context {self.context}"]
        if self.context == POOLED:
            context = [f"{len(result.contexts)} contexts together"]
        known = len(result.dataset.perturbations)
        of = f" of {known:,}" if known != self.n_tested else ""
        genes = len(next(iter(result.stats.values())).genes)
        parts = [session.title(record), *context, f"{self.n_tested:,}{of} perturbations, those tested", *more]
        return " · ".join([*parts, f"{genes:,} genes", f"seed {result.settings.seed}"])

    @property
    def told(self) -> pd.DataFrame:
        """Rows of the verdict on metrics that can tell something."""
        return self.verdict[self.verdict["gate"] == "informative"]


def board(view: View, result: Result) -> Board:
    """Return what the scorecard shows."""
    return Board(view, result)
