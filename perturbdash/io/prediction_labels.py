"""What the rows of a prediction are called: which column holds the perturbation, and whom a label means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perturbdash.io.columns import simplified
from perturbdash.io.detect_labels import PERTURBATION_COLUMNS
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

MODEL_COLUMNS = ("model", "method")
CONTEXT_COLUMN = "context"


class Labels:
    """Reads labels of predictions as perturbations of a data set; each distinct one is read once.

    Parameters
    ----------
    dataset
        The data set whose perturbations are known.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._known = frozenset(dataset.perturbations)
        self._read: dict[str, str] = {}

    def canonical(self, label: str) -> str:
        """Return the data set's name of a perturbation, ``"control"``, or the label where it is unknown."""
        if label not in self._read:
            self._read[label] = self._dataset.canonical(label)
        return self._read[label]

    def knows(self, label: str) -> bool:
        """Tell whether a label means a perturbation of the data set."""
        return bool(label) and self.canonical(label) in self._known

    def share_known(self, labels: Sequence[str]) -> float:
        """Return the share of labels that mean a perturbation of the data set, or control."""
        hits = sum(
            bool(label) and (self.knows(label) or self.canonical(label) == CONTROL) for label in labels
        )
        return hits / max(1, len(labels)) if any(map(self.knows, labels)) else 0.0


def special_columns(columns: Sequence[str], dataset: Dataset) -> tuple[int | None, int | None, int | None]:
    """Return the positions of the columns for model, context and a mark of control; None where there is none."""
    exact, loose = _places(columns, dataset)
    schema = dataset.schema
    model = next((loose[key] for key in MODEL_COLUMNS if key in loose), None)
    own = None if schema.context_key is None else exact.get(schema.context_key)
    mark = None if schema.control_key is None else exact.get(schema.control_key)
    return model, loose.get(CONTEXT_COLUMN) if own is None else own, mark


def label_candidates(columns: Sequence[str], dataset: Dataset) -> tuple[list[int], list[int]]:
    """Return the positions of columns that may name the perturbation: by their own name, and all others."""
    exact, loose = _places(columns, dataset)
    genes, special = frozenset(dataset.genes), special_columns(columns, dataset)
    named = [exact.get(dataset.schema.perturbation_key), *(loose.get(key) for key in PERTURBATION_COLUMNS)]
    chosen = list(dict.fromkeys(i for i in named if i is not None and i not in special))
    others = [
        i for i, name in enumerate(columns) if name not in genes and i not in special and i not in chosen
    ]
    return chosen, others


def _places(columns: Sequence[str], dataset: Dataset) -> tuple[dict[str, int], dict[str, int]]:
    """Return the first positions of columns that are no genes, by name and by simplified name."""
    genes = frozenset(dataset.genes)
    free = [(i, name) for i, name in enumerate(columns) if name not in genes]
    return {name: i for i, name in reversed(free)}, {simplified(name): i for i, name in reversed(free)}


def best_candidate(
    named: Sequence[Sequence[str]], others: Sequence[Sequence[str]], labels: Labels
) -> tuple[bool, int] | None:
    """Choose the column whose labels the data set knows: the first of the named ones that fits, else the best other.

    Parameters
    ----------
    named, others
        Distinct labels of each column.

    Returns
    -------
    tuple or None
        Whether it is a named one, and its place among them; None where no column has a known label.
    """
    for i, values in enumerate(named):
        if labels.share_known(values) > 0:
            return True, i
    shares = [labels.share_known(values) for values in others]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return None if best is None or shares[best] == 0 else (False, best)
