"""What a view is made of: where the data came from, its schema, its predictions and its settings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Literal

Place = Literal["demo", "root", "upload", "given"]
Option = str | int | float | bool | None | tuple[str, ...]

DEMO = "demo"
DIGEST_LENGTH = 24


@dataclass(frozen=True, order=True)
class Source:
    """A file, by the place it came from and its name there.

    Parameters
    ----------
    place
        The demo, below the data root, uploaded, or named on the command line.
    name
        A file name of the demo, a path below the root, a digest and a file name, or an absolute path.
    """

    place: Place
    name: str

    @property
    def title(self) -> str:
        """File name without folders."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Record:
    """Everything that decides what a view shows, apart from its address.

    Parameters
    ----------
    schema
        What the user changed of the detected schema, as keywords of `perturbdash.read`.
    predictions
        (name of the model, file), in order of loading.
    settings
        What the user changed of the settings, as keywords of `perturbdash.evaluate`.
    """

    data: Source
    schema: tuple[tuple[str, Option], ...] = ()
    predictions: tuple[tuple[str, Source], ...] = ()
    settings: tuple[tuple[str, Option], ...] = ()

    def only_schema(self, schema: dict[str, Option]) -> Record:
        """Return the record with these parts of the schema set and the others as detected."""
        return replace(self, schema=_merged((), schema))

    def only_settings(self, settings: dict[str, Option]) -> Record:
        """Return the record with these settings and no others."""
        return replace(self, settings=_merged((), settings))

    def with_prediction(self, name: str, source: Source) -> Record:
        """Return the record with one more prediction, under a name that is not taken."""
        return replace(self, predictions=(*self.predictions, (self.free_name(name), source)))

    def replaced(self, name: str, source: Source) -> Record:
        """Return the record with another file in the place of a prediction."""
        items = tuple((key, source if key == name else file) for key, file in self.predictions)
        return replace(self, predictions=items)

    def without_prediction(self, name: str) -> Record:
        """Return the record without a prediction."""
        return replace(self, predictions=tuple(item for item in self.predictions if item[0] != name))

    def renamed(self, old: str, new: str) -> Record:
        """Return the record with a prediction under a new name, or unchanged where that name is taken."""
        new = new.strip()
        if not new or new in dict(self.predictions):
            return self
        items = tuple((new if name == old else name, source) for name, source in self.predictions)
        return replace(self, predictions=items)

    def free_name(self, name: str) -> str:
        """Return a name that no prediction has, the given one where possible.

        Examples
        --------
        >>> record = Record(Source("demo", "d.h5ad"), predictions=(("a", Source("demo", "a.csv")),))
        >>> record.free_name("a")
        'a 2'
        """
        taken = dict(self.predictions)
        free, n = name, 2
        while free in taken:
            free, n = f"{name} {n}", n + 1
        return free

    def digest(self) -> str:
        """Return the name under which the server keeps this record."""
        parts = [
            [self.data.place, self.data.name],
            list(self.schema),
            [[name, source.place, source.name] for name, source in self.predictions],
            list(self.settings),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def is_plain(self) -> bool:
        """Nothing but a data set, as detected."""
        return not (self.schema or self.predictions or self.settings)


def _merged(
    items: tuple[tuple[str, Option], ...], changes: dict[str, Option]
) -> tuple[tuple[str, Option], ...]:
    return tuple(sorted({**dict(items), **changes}.items()))
