"""What a part of the report is about: one context of a result, or all together, with its rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from perturbdash.figures.models import ModelStyle, model_styles
from perturbdash.judgement.context_tables import ContextTables
from perturbdash.judgement.sentences import counted, shown_contexts
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result


@dataclass(frozen=True)
class Scope(ContextTables):
    """One context of a result, or all of them together, with all models.

    Parameters
    ----------
    title
        How the data set is called.
    """

    title: str

    @property
    def several(self) -> bool:
        """Whether the data have several contexts."""
        return len(self.result.contexts) > 1

    @cached_property
    def styles(self) -> Mapping[str, ModelStyle]:
        """Colour and symbol of each model."""
        return model_styles(self.models)

    @property
    def n_perturbations(self) -> int:
        """Perturbations of the context, or of all."""
        if self.context == POOLED:
            return len(self.result.dataset.perturbations)
        return len(self.result.stats[self.context].perturbations)

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
    return [Scope(result, context, result.models, title) for context in shown_contexts(result.contexts)]
