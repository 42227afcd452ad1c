"""What a store of moments says of the cells that it was made from, as plain text in ``uns``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from perturbdash.errors import SchemaError, SettingsError
from perturbdash.io.schema import Schema

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset

Halves = Literal["seeded", "given"]


@dataclass(frozen=True)
class StoreFacts:
    """What cells meant when their moments were taken; what a store does not say is None, or empty.

    A store is written with ``write_moments(path, moments, StoreFacts.of(dataset, seed=seed).texts())``; several data
    sets of one experiment give ``first.merged(second)``.

    Parameters
    ----------
    name
        Name of the data set.
    seed
        By which halves and control blocks were drawn.
    halves
        ``"seeded"``, or ``"given"`` by a table or a column.
    schema
        What the columns of the cells meant.
    n_cells
        Number of cells, those left out included.
    parts, targets
        By perturbation: its parts, and those of them that are genes.
    known
        Labels that are no genes and may be parts of a combination.
    split
        ``train``, ``val`` or ``test`` by (context, perturbation); None without a split.
    left_out
        Cells that were left out, by reason.
    dropped_contexts
        Contexts without control cells or without perturbed ones.
    source
        Digest of the cells and their meaning.
    """

    name: str = ""
    seed: int | None = None
    halves: Halves = "seeded"
    schema: Schema | None = None
    n_cells: int | None = None
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    split: Mapping[tuple[str, str], str] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    dropped_contexts: tuple[str, ...] = ()
    source: str = ""

    @classmethod
    def of(cls, dataset: CellDataset, *, seed: int, halves: Halves = "seeded") -> StoreFacts:
        """Take the facts of a data set.

        Parameters
        ----------
        seed
            By which halves and control blocks are drawn.
        halves
            ``"given"`` where a table or a column took the place of the seeded halves.
        """
        return cls(
            name=dataset.name,
            seed=seed,
            halves=halves,
            schema=dataset.schema,
            n_cells=dataset.n_cells,
            parts=dataset.parts,
            targets=dataset.targets,
            known=dataset.naming.known - set(dataset.genes),
            split=dataset.split,
            left_out=dataset.left_out,
            dropped_contexts=dataset.dropped_contexts,
            source=dataset.identity(),
        )

    def merged(self, other: StoreFacts) -> StoreFacts:
        """Return the facts of both data sets together, under the name of this one.

        Raises
        ------
        SettingsError
            If halves were drawn in two ways.
        SchemaError
            If one condition is in two parts of the split.
        """
        if (self.seed, self.halves) != (other.seed, other.halves):
            raise SettingsError(
                f"The halves of {self.name} are {self.halves} with seed {self.seed}, those of {other.name} "
                f"{other.halves} with seed {other.seed}; expected the same: take the moments of both with one seed."
            )
        first, second = self.split or {}, other.split or {}
        twice = [
            condition for condition in first if second.get(condition, first[condition]) != first[condition]
        ]
        if twice:
            raise SchemaError(
                f"{self.name} and {other.name} put cells of one condition ({' / '.join(twice[0])}) into two parts of "
                "the split; expected one part a condition, or no split column."
            )
        reasons = dict.fromkeys((*self.left_out, *other.left_out))
        return replace(
            self,
            n_cells=(self.n_cells or 0) + (other.n_cells or 0),
            parts={**self.parts, **other.parts},
            targets={**self.targets, **other.targets},
            known=self.known | other.known,
            split=None if self.split is None and other.split is None else {**first, **second},
            left_out={r: self.left_out.get(r, 0) + other.left_out.get(r, 0) for r in reasons},
            dropped_contexts=tuple(dict.fromkeys((*self.dropped_contexts, *other.dropped_contexts))),
            source=f"{self.source} {other.source}",
        )

    def texts(self) -> dict[str, str]:
        """Return the facts as plain text by name, for `perturbdash.statistics.moments_file.write_moments`."""
        split = None if self.split is None else sorted([*key, part] for key, part in self.split.items())
        values: dict[str, Any] = {
            "seed": self.seed,
            "schema": None if self.schema is None else asdict(self.schema),
            "n_cells": self.n_cells,
            "parts": {name: list(found) for name, found in self.parts.items()},
            "targets": {name: list(found) for name, found in self.targets.items()},
            "known": sorted(self.known),
            "split": split,
            "left_out": dict(self.left_out),
            "dropped_contexts": list(self.dropped_contexts),
        }
        written = {name: json.dumps(value) for name, value in values.items() if value is not None}
        return {"name": self.name, "halves": self.halves, "source": self.source} | written

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> StoreFacts:
        """Read what `texts` wrote; what is not there has its default.

        Raises
        ------
        ValueError, TypeError, KeyError
            If a text is not what is written for its name.

        Examples
        --------
        >>> StoreFacts.from_texts(StoreFacts(name="a", seed=3).texts()).seed
        3
        """
        named = (
            "seed",
            "schema",
            "n_cells",
            "parts",
            "targets",
            "known",
            "split",
            "left_out",
            "dropped_contexts",
        )
        found = {name: json.loads(texts[name]) for name in named if name in texts}
        schema, split = found.get("schema"), found.get("split")
        if texts.get("halves", "seeded") not in ("seeded", "given"):
            raise ValueError(f"halves {texts['halves']!r}")
        return cls(
            name=texts.get("name", ""),
            seed=None if found.get("seed") is None else int(found["seed"]),
            halves="given" if texts.get("halves") == "given" else "seeded",
            schema=None if schema is None else Schema(**schema),
            n_cells=None if found.get("n_cells") is None else int(found["n_cells"]),
            parts=_named_tuples(found.get("parts", {})),
            targets=_named_tuples(found.get("targets", {})),
            known=frozenset(map(str, found.get("known", ()))),
            split=None if split is None else {(str(c), str(p)): str(part) for c, p, part in split},
            left_out={str(reason): int(n) for reason, n in found.get("left_out", {}).items()},
            dropped_contexts=tuple(map(str, found.get("dropped_contexts", ()))),
            source=texts.get("source", ""),
        )


def _named_tuples(found: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {str(name): tuple(map(str, items)) for name, items in found.items()}
