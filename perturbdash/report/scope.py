"""What a part of the report is about: one context of a result, or all together, with its rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from perturbdash.figures.models import ModelStyle, model_styles
from perturbdash.figures.tables import of_context
from perturbdash.judgement.sentences import counted, shown_contexts
from perturbdash.vocabulary import ALL_CELLS, POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result


@dataclass(frozen=True)
class Scope:
    """One context of a result, or all of them together.

    Parameters
    ----------
    title
        How the data set is called.
    context
        Name of a context, or ``"pooled"``.
    """

    result: Result
    title: str
    context: str

    @property
    def models(self) -> tuple[str, ...]:
        """Models in the order of loading."""
        return self.result.models

    @property
    def several(self) -> bool:
        """Whether the data have several contexts."""
        return len(self.result.contexts) > 1

    @cached_property
    def styles(self) -> Mapping[str, ModelStyle]:
        """Colour and symbol of each model."""
        return model_styles(self.models)

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """Rows of the verdict."""
        return of_context(self.result.verdict, self.context)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """Rows of the calibration with the positive control that gates follow."""
        table = of_context(self.result.calibration_summary, self.context)
        return table[table["positive_control"] == POSITIVE_CONTROLS[0]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean scores of baselines and models against all cells."""
        table = of_context(self.result.metric_summary, self.context)
        return table[(table["truth"] == ALL_CELLS) & table["kind"].isin(["baseline", "model"])]

    @property
    def informative(self) -> list[str]:
        """Metrics that can tell something."""
        rows = self.calibration
        return [str(metric) for metric in rows.loc[rows["gate"] == "informative", "metric"]]

    @property
    def headline(self) -> list[str]:
        """Headline metrics that can tell something."""
        return [metric for metric in self.result.settings.headline if metric in self.informative]

    @property
    def n_perturbations(self) -> int:
        """Perturbations of the context, or of all."""
        if self.context == POOLED:
            return len(self.result.dataset.perturbations)
        return len(self.result.stats[self.context].perturbations)

    @property
    def n_genes(self) -> int:
        """Genes that are scored."""
        return len(next(iter(self.result.stats.values())).genes)

    @property
    def n_tested(self) -> int:
        """Test perturbations."""
        counts = self.summary[["n_defined", "n_undefined", "n_missing"]].sum(axis=1)
        return int(counts.max()) if len(counts) else 0

    @property
    def tested(self) -> str:
        """Number of test perturbations, in words."""
        return counted(self.n_tested, "test perturbation")

    @property
    def averaged(self) -> str:
        """How values of several contexts become one, in words; empty for one context."""
        return ", averaged within a context, then over contexts" if self.context == POOLED else ""

    @property
    def source(self) -> str:
        """Data set, context, size and seed, for captions."""
        context = "all contexts together" if self.context == POOLED else f"context {self.context}"
        parts = [
            self.title,
            *([context] if self.several else []),
            counted(self.n_perturbations, "perturbation"),
            counted(self.n_genes, "gene"),
            f"seed {self.result.settings.seed}",
        ]
        return " · ".join(parts)


def scopes(result: Result, title: str) -> list[Scope]:
    """Return what parts of a report are about: all contexts together first, where there are several."""
    return [Scope(result, title, context) for context in shown_contexts(result.contexts)]
