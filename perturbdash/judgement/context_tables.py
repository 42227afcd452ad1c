"""The rows of a result's tables that belong to one context, or to all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from perturbdash.judgement.context_outcomes import tested
from perturbdash.judgement.sentences import Sentence, counted
from perturbdash.judgement.sentences_scorecard import what_can_be_told
from perturbdash.vocabulary import ALL_CELLS, POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result


@dataclass(frozen=True)
class ContextTables:
    """One context of a result, or all of them together, for some of its models.

    Parameters
    ----------
    context
        Name of a context, or ``"pooled"``.
    models
        In the order of loading.
    """

    result: Result
    context: str
    models: tuple[str, ...]

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table that belong to the context."""
        return table[table["context"] == self.context]

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """Rows of the verdict."""
        table = self.rows(self.result.verdict)
        return table[table["model"].isin(self.models)]

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """Rows of the calibration with the headline positive control."""
        table = self.rows(self.result.calibration_summary)
        return table[table["positive_control"] == POSITIVE_CONTROLS[0]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean scores of baselines and models against all cells."""
        table = self.rows(self.result.metric_summary)
        named = (table["kind"] == "baseline") | table["prediction"].isin(self.models)
        return table[(table["truth"] == ALL_CELLS) & named & table["kind"].isin(["baseline", "model"])]

    @cached_property
    def informative(self) -> list[str]:
        """Metrics that can tell something."""
        gates = self.result.gates.items()
        return [
            metric for (context, metric), gate in gates if context == self.context and gate == "informative"
        ]

    @property
    def headline(self) -> list[str]:
        """Headline metrics that can tell something."""
        return [metric for metric in self.result.settings.headline if metric in self.informative]

    @property
    def told(self) -> Sentence:
        """Which kinds of skill can be told, and why others cannot."""
        settings = self.result.settings
        table = self.result.calibration_summary
        return what_can_be_told(table, self.context, settings.headline, needed=settings.min_perturbations)

    @cached_property
    def n_tested(self) -> int:
        """Number of different test perturbations."""
        return tested(self.result, self.context)

    @property
    def tested(self) -> str:
        """Number of test perturbations, in words."""
        return counted(self.n_tested, "test perturbation")

    @property
    def averaged(self) -> str:
        """How values of several contexts become one, in words; empty for one context."""
        return ", averaged within a context, then over contexts" if self.context == POOLED else ""

    @property
    def n_genes(self) -> int:
        """Genes that are scored."""
        return len(self.result.genes)
