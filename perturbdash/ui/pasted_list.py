"""A pasted list of perturbations: which are found, and of every other label why it is not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from perturbdash.vocabulary import COMBINATION_SEPARATOR, CONTROL

CELLS = re.compile(r"[\n\r\t\v\f\u2028\u2029]+")
LIST_SIGNS = re.compile(r"[,;]")
JOINING = ("+", ";", "|", "_")
QUOTES = "\"'`“”‘’«»"
BRACKETS = "[](){}"
R_VECTOR = "c("


@dataclass(frozen=True)
class Found:
    """What a list of labels names.

    Parameters
    ----------
    names
        Perturbations of the data set, in the order of the list, each once.
    respelled
        (label, perturbation) where the list spells it otherwise.
    doubled
        Labels that name a perturbation again.
    missing
        Labels that name nothing in the data set, each once.
    ambiguous
        (label, perturbations) where a label in another case fits several.
    controls
        Labels that mean unperturbed cells.
    """

    names: tuple[str, ...] = ()
    respelled: tuple[tuple[str, str], ...] = ()
    doubled: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    controls: tuple[str, ...] = ()

    @property
    def n_labels(self) -> int:
        """Number of different labels, and of those that came again."""
        parts = (self.names, self.doubled, self.missing, self.ambiguous, self.controls)
        return sum(len(part) for part in parts)

    @property
    def is_complete(self) -> bool:
        """Whether every label named a perturbation."""
        return not (self.missing or self.ambiguous or self.controls)


class Names:
    """The perturbations of a data set, to be found under other spellings."""

    def __init__(
        self, perturbations: Iterable[str], *, canonical: Callable[[str], str], separator: str | None = None
    ) -> None:
        self.own = frozenset(perturbations)
        self._canonical = canonical
        self._separator = separator
        folded: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(self.own):
            folded[_folded(name)].append(name)
        self._folded = dict(folded)

    def meant(self, label: str) -> tuple[str, ...]:
        """Return the perturbations that a label may mean: one, several, none, or ``("control",)``."""
        if label in self.own:
            return (label,)
        own = self._canonical(label)
        if own in self.own:
            return (own,)
        if own == CONTROL:
            return (CONTROL,)
        return tuple(self._folded.get(_folded(label)) or self._folded.get(_folded(own)) or ())

    def writes(self, cell: str) -> bool:
        """Return whether the data set itself writes a name with the signs that part a list."""
        if cell in self.own or (_folded(cell) in self._folded and LIST_SIGNS.search(cell) is not None):
            return True
        return self._separator is not None and self._separator in cell and bool(self.meant(cell))


def _folded(name: str) -> str:
    return COMBINATION_SEPARATOR.join(
        sorted(part.strip() for part in name.casefold().split(COMBINATION_SEPARATOR))
    )


@dataclass
class _Report:
    names: dict[str, None] = field(default_factory=dict)
    respelled: dict[str, str] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)

    def take(self, label: str, meant: tuple[str, ...]) -> None:
        if not meant:
            self.missing[label] = None
        elif meant == (CONTROL,):
            self.controls[label] = None
        elif len(meant) > 1:
            self.ambiguous[label] = meant
        elif meant[0] in self.names:
            self.doubled.append(label)
        else:
            self.names[meant[0]] = None
            if label != meant[0]:
                self.respelled[label] = meant[0]

    def done(self) -> Found:
        return Found(
            tuple(self.names),
            tuple(self.respelled.items()),
            tuple(self.doubled),
            tuple(self.missing),
            tuple(self.ambiguous.items()),
            tuple(self.controls),
        )


def find(labels: Iterable[str], names: Names) -> Found:
    """Return what labels name in a data set; every label is in one of the parts of the answer."""
    report = _Report()
    for label in labels:
        report.take(label, names.meant(label))
    return report.done()


def read_list(text: str, names: Names) -> Found:
    """Return what a pasted list names.

    Lines and tabs part labels always; commas and semicolons where the data set does not write names with them;
    spaces where a word between them is a perturbation and none of them joins a combination.

    Parameters
    ----------
    text
        Labels in the data set's spelling or another: ``B+A``, ``A + ctrl``, ``a``, in quotes or brackets.

    Examples
    --------
    >>> known = Names(["A", "A+B"], canonical=lambda label: "A+B" if label == "B+A" else label)
    >>> read_list("a, B+A, Q, A", known)
    Found(names=('A', 'A+B'), respelled=(('a', 'A'), ('B+A', 'A+B')), doubled=('A',), missing=('Q',), ...)
    """
    return find((label for cell in CELLS.split(text) for label in _labels(cell, names)), names)


def _labels(cell: str, names: Names) -> Iterator[str]:
    cell = cell.strip()
    if names.writes(cell):
        yield cell
        return
    cell = _bare(cell, names)
    pieces = [piece for piece in (_bare(piece, names) for piece in LIST_SIGNS.split(cell)) if piece]
    whole = len(pieces) < 2 or names.writes(cell)
    if not whole and names.meant(cell) and not all(names.meant(piece) for piece in pieces):
        whole = True
    if whole:
        yield from _words(cell.strip(" ,;"), names)
    else:
        for piece in pieces:
            yield from _words(piece, names)


def _words(piece: str, names: Names) -> Sequence[str]:
    words = [word for word in (_bare(word, names) for word in piece.split()) if word]
    if len(words) < 2 or names.meant(piece):
        return [piece] if piece else []
    joined = any(word.startswith(JOINING) or word.endswith(JOINING) for word in words)
    return words if not joined and any(names.meant(word) for word in words) else [piece]


def _bare(label: str, names: Names) -> str:
    """Return a label without quotes and the brackets of a list, unless the data set writes it so."""
    label = label.strip()
    if names.meant(label):
        return label
    unquoted = label.strip(QUOTES).strip()
    if names.meant(unquoted):
        return unquoted
    stripped = unquoted.removeprefix(R_VECTOR).strip(BRACKETS + QUOTES + " ")
    return stripped if names.meant(stripped) or LIST_SIGNS.search(unquoted) else unquoted
