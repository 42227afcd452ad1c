"""One prediction beside one truth, and what metrics share, computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics import distances, nearness_portable
from perturbdash.metrics.lists import finite_rows
from perturbdash.metrics.nearness import Counts, Nearness, nearness_by_city_block, nearness_by_products
from perturbdash.metrics.order import Ordered, order_shifts
from perturbdash.metrics.outcome import Flags, Floats
from perturbdash.metrics.places import Places
from perturbdash.metrics.sums import Sums, sums_of
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.metrics.prediction import Prediction
    from perturbdash.metrics.truth import Truth

Value = TypeVar("Value")


class Pair:
    """A prediction and the truth, aligned.

    Parameters
    ----------
    truth
        What was observed.
    prediction
        Its genes and perturbations are those of the truth.

    Attributes
    ----------
    rows
        ``(n_distinct, n_genes)``, distinct predicted profiles.
    index
        ``(n_perturbations,)`` into ``rows``; -1 where nothing usable is predicted.
    missing, not_finite
        ``(n_perturbations,)``: no prediction, or one with NaN or infinite values.
    """

    def __init__(self, truth: Truth, prediction: Prediction) -> None:
        device = truth.observed.device
        self.truth = truth
        rows = prediction.rows.to(device=device, dtype=torch.float64).contiguous()
        # One row that nobody gets spares every metric the case of none.
        self.rows: Tensor = rows if len(rows) else rows.new_full((1, rows.shape[1]), torch.nan)
        index = prediction.index.numpy(force=True).astype(np.int64)
        finite = finite_rows(self.rows)
        self.missing: Flags = index < 0
        self.not_finite: Flags = ~self.missing
        self.not_finite[~self.missing] = ~finite[index[~self.missing]]
        self.index: NDArray[np.int64] = np.where(self.not_finite, -1, index)
        self._kept: dict[Hashable, object] = {}

    def sums(self, genes: str) -> Sums:
        """Return the sums over a set of genes, ``"all"`` or ``"weighted"``."""
        if ("sums", genes) not in self._kept:
            for name, sums in sums_of(self.truth, self.rows, self.index, genes).items():
                self._kept["sums", name] = sums
        return cast(Sums, self._kept["sums", genes])

    def observed_sums(self, genes: str) -> Sums:
        """Return the sums of the observed profiles with themselves."""

        def make() -> dict[str, Sums]:
            own = np.where(self.truth.exists(), np.arange(len(self.index)), -1)
            return sums_of(self.truth, self.truth.observed, own, genes)

        group = "all" if genes == "weighted" and self.truth.compiled else genes
        return self.truth.remember(("sums", group), make)[genes]

    def rank_correlation(self, reference: Reference) -> Floats:
        """Rank correlation of predicted and observed shifts, ``(n_perturbations,)``."""
        return self._ordered(reference).correlation

    def places(self, genes: str) -> Places:
        """Places of listed genes among all genes sorted by predicted shift from control."""
        return self._ordered("control").places[genes]

    def _ordered(self, reference: Reference) -> Ordered:
        def make() -> Ordered:
            return order_shifts(self.truth, self.rows, self.index, reference)

        return self._remember(("ordered", reference), make)

    def nearness(self) -> Nearness:
        """Where the own truth and the own prediction stand among the others, by Euclidean distance and angle."""

        def make() -> Nearness:
            if self.truth.compiled:
                own = self.sums("all").squared_error
                return nearness_by_products(self.truth, self.rows, self.index, own)
            return nearness_portable.nearness(self)

        return self._remember("nearness", make)

    def city_block_counts(self) -> Counts:
        """Where the own truth stands among the others by city-block distance."""
        if self.truth.compiled:
            return nearness_by_city_block(self.truth, self.rows, self.index)
        return nearness_portable.city_block_counts(self)

    def distances(self) -> distances.Distances:
        """Distances of distinct predictions to observed profiles over the genes that nobody targets."""
        return self._remember("distances", lambda: distances.untargeted_distances(self.truth, self.rows))

    def row_index(self) -> Tensor:
        """Return ``index`` as a tensor, 0 where nothing usable is predicted."""
        return torch.from_numpy(self.index).to(self.rows.device).clamp(min=0)

    def to_truths(self) -> tuple[Tensor, Tensor]:
        """Squared distances of predictions to the observed profiles, and the row of each perturbation."""
        index = self.row_index()
        if self.truth.drop_targets:
            table = distances.squares_without_targets(self.truth, self.rows, index, self.distances())
            return table, torch.arange(len(index), device=index.device)
        return self._squares(), index

    def to_predictions(self) -> Tensor:
        """Squared distances of each observed profile to the distinct predictions."""
        if self.truth.drop_targets:
            return distances.squares_without_truths_targets(self.truth, self.rows, self.distances())
        return self._squares().T

    def _squares(self) -> Tensor:
        return self._remember("squares", lambda: distances.squares(self.truth, self.rows, self.distances()))

    def cosine_distances(self) -> Tensor:
        """1 − cosine of the shifts from control, distinct predictions × observed profiles."""
        return distances.cosine_distances(self.truth, self.rows)

    def _remember(self, key: Hashable, make: Callable[[], Value]) -> Value:
        if key not in self._kept:
            self._kept[key] = make()
        return cast(Value, self._kept[key])
