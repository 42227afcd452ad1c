"""Columns of ``obs`` as codes and text, made once each and without a loop over cells."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import SchemaError

MISSING_TEXT = frozenset({"", "nan", "NaN", "NA", "N/A", "<NA>"})
MOST_LEVELS = 100_000


@dataclass(frozen=True, slots=True)
class Levels:
    """A column as ``codes`` into sorted ``names``, ``(n_cells,)``; -1 where the label is missing."""

    codes: NDArray[np.int32]
    names: tuple[str, ...]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Cells of each level, ``(n_levels,)``."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names)).astype(np.int64)

    @property
    def n_missing(self) -> int:
        """Cells without a label."""
        return int(np.count_nonzero(self.codes < 0))


def text(value: Any) -> str | None:
    """Return a label as text without blanks around it, or None where it is missing.

    Examples
    --------
    >>> text("  KLF1 "), text(2.0), text(b"ctrl"), text(float("nan"))
    ('KLF1', '2', 'ctrl', None)
    """
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    words = str(value).strip()
    return None if words in MISSING_TEXT else words


def levels(column: pd.Series[Any]) -> Levels:
    """Return a column as codes and text; labels that are the same text become one level.

    Examples
    --------
    >>> levels(pd.Series(["b", "a ", None, "a"]))
    Levels(codes=array([ 1,  0, -1,  0], dtype=int32), names=('a', 'b'))
    """
    raw_codes, raw = _factorized(column)
    labels = [text(value) for value in raw]
    used = np.bincount(raw_codes[raw_codes >= 0], minlength=len(raw)) > 0
    names = sorted({label for label, there in zip(labels, used, strict=True) if there and label is not None})
    place = {name: position for position, name in enumerate(names)}
    lookup = np.array([place.get(label, -1) if label else -1 for label in labels] + [-1], dtype=np.int32)
    return Levels(lookup[raw_codes], tuple(names))


def _factorized(column: pd.Series[Any]) -> tuple[NDArray[np.intp], Sequence[Any]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp), list(column.cat.categories)
    codes, raw = pd.factorize(column)
    return np.asarray(codes, dtype=np.intp), list(raw)


def is_nested(fine: Levels, coarse: Levels) -> bool:
    """Tell whether each level of ``fine`` lies within one level of ``coarse``."""
    width = len(coarse.names) + 1
    pairs = np.unique((fine.codes.astype(np.int64) + 1) * width + coarse.codes + 1)
    return len(np.unique(pairs // width)) == len(pairs)


@lru_cache(maxsize=4096)
def simplified(name: str) -> str:
    """Return a name in lower case, letters and digits alone.

    Examples
    --------
    >>> simplified("Non-targeting")
    'nontargeting'
    """
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def nearest(name: str, options: Iterable[str], n: int = 3) -> tuple[str, ...]:
    """Return the options most like ``name``, at least the first ones.

    Examples
    --------
    >>> nearest("perturbtion", ["cell_type", "Perturbation"])
    ('Perturbation',)
    """
    options = list(options)
    by_key: dict[str, str] = {}
    for option in options:
        by_key.setdefault(simplified(option), option)
    close = difflib.get_close_matches(simplified(name), by_key, n=n, cutoff=0.5)
    return tuple(by_key[key] for key in close) or tuple(options[:n])


def shown(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    """Return some names and how many more there are.

    Examples
    --------
    >>> shown(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


class Columns:
    """The columns of ``obs`` by name; each is turned into levels when first asked for."""

    def __init__(self, obs: pd.DataFrame) -> None:
        self._obs = obs
        self._places = {str(name): position for position, name in enumerate(obs.columns)}
        self._levels: dict[str, Levels | None] = {}
        self._n_values: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self._places)

    def series(self, name: str) -> pd.Series[Any]:
        """Return a column as it is."""
        return self._obs.iloc[:, self._places[name]]

    def levels(self, name: str) -> Levels | None:
        """Return a column as levels, or None where it holds too many different values to be labels."""
        if name not in self._levels:
            self._levels[name] = self._make(name)
        return self._levels[name]

    def _make(self, name: str) -> Levels | None:
        return levels(self.series(name)) if self.n_values(name) <= MOST_LEVELS else None

    def n_values(self, name: str) -> int:
        """Return how many different values a column may hold."""
        if name not in self._n_values:
            column = self.series(name)
            categorical = isinstance(column.dtype, pd.CategoricalDtype)
            self._n_values[name] = len(column.cat.categories) if categorical else int(column.nunique())
        return self._n_values[name]

    def labels(self) -> tuple[str, ...]:
        """Return the names of columns that hold labels: text, categories, booleans."""
        return tuple(name for name in self.names if self.series(name).dtype.kind in "ObU")

    def require(self, name: str, what: str) -> str:
        """Return ``name`` if there is such a column.

        Raises
        ------
        SchemaError
            If there is none, naming the nearest ones.
        """
        if name in self._places:
            return name
        if not self._places:
            raise SchemaError(
                f"There is no column {name!r} in obs for the {what}: obs has no columns at all."
            )
        close = ", ".join(nearest(name, self.names))
        raise SchemaError(
            f"There is no column {name!r} in obs for the {what}; the nearest ones are: {close}."
        )

    def require_levels(self, name: str, what: str) -> Levels:
        """Return the levels of a column that must be there and hold labels.

        Raises
        ------
        SchemaError
            If it is absent, or holds too many different values.
        """
        found = self.levels(self.require(name, what))
        if found is None:
            raise SchemaError(
                f"Column {name!r} holds more than {MOST_LEVELS:,} different values; expected labels for the {what}."
            )
        if not found.names:
            raise SchemaError(f"Column {name!r} has no value in any cell; choose another for the {what}.")
        return found

    def flags(self, name: str) -> NDArray[np.bool_] | None:
        """Return a column of true and false, of 0 and 1, or of such words; None where it is something else."""
        found = self.levels(name)
        if found is None or not 1 <= len(found.names) <= 2:
            return None
        meanings = [FLAG_WORDS.get(label.casefold()) for label in found.names]
        if None in meanings:
            return None
        lookup = np.array([*meanings, False], dtype=np.bool_)
        return lookup[found.codes]


FLAG_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
