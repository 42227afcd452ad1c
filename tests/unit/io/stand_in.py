"""A data set without a file, with what reading predictions asks of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from perturbdash.io.labels import Naming
from perturbdash.io.schema import Schema


@dataclass
class StandIn:
    genes: tuple[str, ...] = ("G1", "G2", "G3", "G4")
    perturbations: tuple[str, ...] = ("A", "A+B", "B", "C")
    contexts: tuple[str, ...] = ("all",)
    schema: Schema = field(default_factory=lambda: Schema("perturbation", "ctrl", separator="+"))
    split: dict[tuple[str, str], str] | None = None

    def canonical(self, label: str) -> str:
        naming = Naming(
            self.schema.control,
            self.schema.separator,
            known=frozenset({"A", "B", "C"}),
            spelled={"+".join(sorted(name.split("+"))): name for name in self.perturbations},
        )
        return naming.match(label)

    @property
    def cell_counts(self) -> Any:
        return np.ones((len(self.contexts), len(self.perturbations) + 1), dtype=np.int64)

    @property
    def label_codes(self) -> Any:
        return np.array([p for _, p in self._cells()], dtype=np.int32)

    @property
    def context_codes(self) -> Any:
        return np.array([c for c, _ in self._cells()], dtype=np.int32)

    def _cells(self) -> list[tuple[int, int]]:
        return list(product(range(len(self.contexts)), range(-1, len(self.perturbations))))
