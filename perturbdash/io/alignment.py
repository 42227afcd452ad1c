"""Predictions on the genes and perturbations of a data set, with a report of what was matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import PredictionError
from perturbdash.io.prediction_files import TEMPLATE

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.io.predictions import ModelPrediction

Floats = NDArray[np.float64]

LARGEST_LOG1P = 16.0
"""No log1p of a normalised count comes near it: ln(1 + 9,000,000)."""


@dataclass(frozen=True)
class MatchReport:
    """What of a prediction belongs to a data set, and what its values look like.

    Parameters
    ----------
    form
        ``"cells"`` or ``"profiles"``.
    genes_matched, genes_missing, genes_extra
        Genes of the data set that are predicted and that are not; columns that it does not have.
    perturbations_matched, perturbations_missing, perturbations_extra
        The same for perturbations, over all contexts together.
    contexts
        Contexts of the data set that are predicted.
    cells
        Predicted cells, or None where it came as profiles.
    space
        What the values look like, in words.
    maximum, negatives, integers
        Largest value, share of values below 0, and whether all values are whole numbers.
    """

    model: str
    form: str
    genes_matched: int
    genes_missing: tuple[str, ...]
    genes_extra: tuple[str, ...]
    perturbations_matched: int
    perturbations_missing: tuple[str, ...]
    perturbations_extra: tuple[str, ...]
    contexts: tuple[str, ...]
    cells: int | None
    space: str
    maximum: float
    negatives: float
    integers: bool
    notices: tuple[str, ...]

    def sentence(self) -> str:
        """Return the report in words, for a screen."""
        genes = self.genes_matched + len(self.genes_missing)
        perturbations = self.perturbations_matched + len(self.perturbations_missing)
        where = f" in {len(self.contexts)} contexts" if len(self.contexts) > 1 else ""
        cells = f" from {self.cells:,} cells" if self.cells is not None else ""
        extra = [
            f"{len(names)} {word}"
            for names, word in ((self.genes_extra, "columns"), (self.perturbations_extra, "perturbations"))
            if names
        ]
        beside = f"; {' and '.join(extra)} that the data set does not have are left out" if extra else ""
        return (
            f"{self.model} predicts {self.perturbations_matched} of {perturbations} perturbations and "
            f"{self.genes_matched} of {genes} genes{where}{cells}; its values look like {self.space}{beside}."
        )


@dataclass(frozen=True)
class AlignedPrediction:
    """A prediction in the order of a data set.

    Parameters
    ----------
    genes
        Columns of everything here.
    profiles
        By context ``(n_perturbations, n_genes)``, rows as ``dataset.perturbations``, NaN where nothing is predicted;
        read-only.
    predicted_control
        By context ``(n_genes,)``, or None.
    """

    name: str
    genes: tuple[str, ...]
    profiles: Mapping[str, Floats]
    predicted_control: Mapping[str, Floats | None]
    report: MatchReport


def genes_to_score(predictions: Sequence[ModelPrediction], dataset: Dataset, mode: str) -> tuple[str, ...]:
    """Return the genes that are scored, in the order of the data set.

    Parameters
    ----------
    mode
        ``"all"``: every gene, which every prediction must have; ``"shared"``: those that every prediction has.

    Raises
    ------
    PredictionError
        If a prediction lacks genes under ``"all"``, or no gene is shared.
    """
    shared = set(dataset.genes).intersection(*(prediction.genes for prediction in predictions))
    genes = tuple(gene for gene in dataset.genes if gene in shared)
    if mode == "all" and len(genes) < len(dataset.genes):
        worst = min(predictions, key=lambda prediction: len(prediction.genes))
        n_missing = len(dataset.genes) - len(set(worst.genes))
        raise PredictionError(
            f"{worst.name} lacks {n_missing} of the {len(dataset.genes)} genes of the data set; expected all of them; "
            f"score the {len(genes)} shared genes with --genes shared, or add the missing columns, {TEMPLATE}."
        )
    if not genes:
        raise PredictionError(
            "The predictions have no gene in common; expected shared genes; evaluate them apart."
        )
    return genes


def align(
    prediction: ModelPrediction, dataset: Dataset, *, genes: Sequence[str] | None = None
) -> AlignedPrediction:
    """Put a prediction into the order of a data set.

    Parameters
    ----------
    genes
        Columns of the result; by default the genes of the data set that the prediction has.

    Raises
    ------
    PredictionError
        If the prediction lacks one of ``genes``.
    """
    place = {gene: i for i, gene in enumerate(prediction.genes)}
    chosen = tuple(gene for gene in dataset.genes if gene in place) if genes is None else tuple(genes)
    lacking = [gene for gene in chosen if gene not in place]
    if lacking:
        raise PredictionError(
            f"{prediction.name} lacks {len(lacking)} of the {len(chosen)} genes to score, such as {lacking[0]}; "
            "score the shared genes with --genes shared."
        )
    columns = np.array([place[gene] for gene in chosen], dtype=np.intp)
    everywhere = all(context is None for context, _ in prediction.conditions)
    shared = _rows_for(prediction, dataset, None, columns) if everywhere else None
    profiles = {
        context: shared if shared is not None else _rows_for(prediction, dataset, context, columns)
        for context in dataset.contexts
    }
    control: dict[str, Floats | None] = {}
    for context in dataset.contexts:
        found = prediction.control.get(context, prediction.control.get(None))
        control[context] = None if found is None else found[columns]
    return AlignedPrediction(prediction.name, chosen, profiles, control, _report(prediction, dataset))


def _rows_for(
    prediction: ModelPrediction, dataset: Dataset, context: str | None, columns: NDArray[np.intp]
) -> Floats:
    """Return the profiles of a context, ``(n_perturbations, n_genes)``."""
    place = {label: i for i, label in enumerate(dataset.perturbations)}
    pairs = [
        (place[label], row)
        for row, (where, label) in enumerate(prediction.conditions)
        if where == context and label in place
    ]
    result = np.full((len(place), len(columns)), np.nan)
    if pairs:
        targets, rows = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
        result[targets] = prediction.profiles[np.ix_(rows, columns)]
    result.flags.writeable = False
    return result


def _report(prediction: ModelPrediction, dataset: Dataset) -> MatchReport:
    known, contexts = frozenset(dataset.perturbations), frozenset(dataset.contexts)
    usable = [(c, label) for c, label in prediction.conditions if c is None or c in contexts]
    matched = {label for _, label in usable if label in known}
    extra = tuple(dict.fromkeys(label for _, label in prediction.conditions if label not in known))
    genes = frozenset(prediction.genes)
    named = {context for context, _ in usable}
    notices = list(prediction.notices)
    if extra:
        shown = ", ".join(extra[:3]) + (" ..." if len(extra) > 3 else "")
        notices.append(f"{len(extra)} perturbations are not in the data set and are left out: {shown}")
    if prediction.extra_genes:
        notices.append(
            f"{len(prediction.extra_genes)} columns are no genes of the data set and are left out."
        )
    profiles = prediction.profiles
    maximum = float(profiles.max()) if profiles.size else float("nan")
    negatives = float((profiles < 0).mean()) if profiles.size else 0.0
    return MatchReport(
        model=prediction.name,
        form=prediction.form,
        genes_matched=len(genes),
        genes_missing=tuple(gene for gene in dataset.genes if gene not in genes),
        genes_extra=prediction.extra_genes,
        perturbations_matched=len(matched),
        perturbations_missing=tuple(label for label in dataset.perturbations if label not in matched),
        perturbations_extra=extra,
        contexts=tuple(c for c in dataset.contexts if None in named or c in named),
        cells=None if prediction.n_cells is None else int(prediction.n_cells.sum()),
        space=space_in_words(maximum, negatives, integers=prediction.integers),
        maximum=maximum,
        negatives=negatives,
        integers=prediction.integers,
        notices=tuple(notices),
    )


def space_in_words(maximum: float, negatives: float, *, integers: bool) -> str:
    """Return what values look like.

    Examples
    --------
    >>> space_in_words(6.6, 0.0, integers=False)
    'log1p expression (up to 6.6)'
    """
    if integers and maximum > 1:
        return "counts (whole numbers)"
    if negatives > 0.1:
        return f"shifts or scaled values ({negatives:.0%} below 0)"
    if maximum > LARGEST_LOG1P:
        return f"counts without a logarithm (up to {maximum:,.0f})"
    return f"log1p expression (up to {maximum:.1f})"
