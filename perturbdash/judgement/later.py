"""A mapping whose names are known before its values are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Later(Mapping[str, T]):
    """Names whose values are made when they are asked for.

    Parameters
    ----------
    names
        The keys, in order.
    make
        Gives the value of a name; asked again, it gives the same.

    Examples
    --------
    >>> lengths = Later(("one", "three"), len)
    >>> list(lengths), lengths["three"]
    (['one', 'three'], 5)
    """

    def __init__(self, names: Sequence[str], make: Callable[[str], T]) -> None:
        self._names = tuple(names)
        self._make = make

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
