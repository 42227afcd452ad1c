"""What the scorecard shows: the tables of one context, for the models that are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perturbdash.judgement.context_tables import ContextTables
from perturbdash.ui import session
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View


@dataclass(frozen=True)
class Board(ContextTables):
    """The rows of the tables that a view shows, and the view."""

    view: View

    def source(self, *more: str) -> str:
        """Return data set, context, test perturbations and seed, for the caption of a figure."""
        record, result = self.view.record, self.result
        assert record is not None
        context = [] if len(result.contexts) < 2 else [f"context {self.context}"]
        if self.context == POOLED:
            context = [f"{len(result.contexts)} contexts together"]
        known = len(result.dataset.perturbations)
        of = f" of {known:,}" if known != self.n_tested else ""
        parts = [session.title(record), *context, f"{self.n_tested:,}{of} perturbations, those tested", *more]
        return " · ".join([*parts, f"{self.n_genes:,} genes", f"seed {result.settings.seed}"])

    @property
    def judged(self) -> pd.DataFrame:
        """Rows of the verdict on metrics that can tell something."""
        return self.verdict[self.verdict["gate"] == "informative"]


def board(view: View, result: Result) -> Board:
    """Return what the scorecard shows."""
    return Board(result, view.context, view.models, view)
