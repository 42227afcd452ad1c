"""A mapping whose names are known before its values are made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Later(Mapping[str, T]):
    """Names whose values are made together, once, when the first of them is asked for.

    Parameters
    ----------
    names
        The keys, in order.
    make
        Gives the values by name.

    Examples
    --------
    >>> numbers = Later(("one", "two"), lambda: {"one": 1, "two": 2})
    >>> list(numbers), numbers["two"]
    (['one', 'two'], 2)
    """

    def __init__(self, names: Sequence[str], make: Callable[[], Mapping[str, T]]) -> None:
        self._names = tuple(names)
        self._make = make
        self._made: Mapping[str, T] | None = None
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
