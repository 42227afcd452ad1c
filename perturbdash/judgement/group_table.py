"""Groups of perturbations from a table that somebody wrote: which are found, and of every other row why it is not."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from perturbdash.errors import DataError
from perturbdash.judgement.groups import Groups
from perturbdash.vocabulary import CONTROL

DELIMITERS = ",;\t"
PERTURBATION_HEADS = frozenset(
    {"perturbation", "perturbations", "gene", "target", "condition", "name", "label"}
)
GROUP_HEADS = frozenset({"group", "groups", "cluster", "class", "pathway", "complex", "program", "programme"})
MOST_ROWS = 100_000
EXPECTED = "expected two columns, perturbation and group, parted by commas, semicolons or tabs"


@dataclass(frozen=True)
class GroupTable:
    """What a table of groups holds, and what became of each of its rows.

    Parameters
    ----------
    groups
        Members that are in the data set, each once a group; groups without any are in ``empty``.
    n_rows
        Rows with a perturbation and a group.
    missing
        Labels that name nothing in the data set, each once.
    ambiguous
        (label, perturbations) where a label fits several.
    controls
        Labels that mean unperturbed cells.
    respelled
        (label, perturbation) where the table spells it otherwise.
    empty
        Groups of which no member is in the data set.
    without_group
        Perturbations of rows without a group.
    """

    groups: Groups
    n_rows: int
    missing: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    controls: tuple[str, ...] = ()
    respelled: tuple[tuple[str, str], ...] = ()
    empty: tuple[str, ...] = ()
    without_group: tuple[str, ...] = ()

    @property
    def n_found(self) -> int:
        """Perturbations of the data set that are in a group."""
        return len({name for names in self.groups.members.values() for name in names})


@dataclass
class _Report:
    members: dict[str, dict[str, None]] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)
    respelled: dict[str, str] = field(default_factory=dict)

    def take(self, label: str, group: str, meant: tuple[str, ...]) -> None:
        own = self.members.setdefault(group, {})
        if not meant:
            self.missing[label] = None
        elif meant == (CONTROL,):
            self.controls[label] = None
        elif len(meant) > 1:
            self.ambiguous[label] = meant
        else:
            own[meant[0]] = None
            if label != meant[0]:
                self.respelled[label] = meant[0]


def read_groups(text: str, meant: Callable[[str], tuple[str, ...]]) -> GroupTable:
    r"""Read a table of perturbations and groups.

    A head is understood where it names the columns; without one the first column is the perturbation. A
    perturbation may stand in several groups.

    Parameters
    ----------
    meant
        Returns the perturbations that a label may mean: one, several, none, or ``("control",)``.

    Raises
    ------
    DataError
        If it has not two columns, no row, or more than 100,000.

    Examples
    --------
    >>> found = read_groups("perturbation,group\nA,x\nB,x\nQ,y", lambda name: (name,) if name in "AB" else ())
    >>> dict(found.groups.members), found.missing, found.empty
    ({'x': ('A', 'B')}, ('Q',), ('y',))
    """
    rows, n_all = _rows(text)
    if not rows:
        raise DataError(f"The table of groups is empty; {EXPECTED}.")
    short = next((row for row in rows if len(row) < 2), None)
    if short is not None:
        raise DataError(f"The table of groups has the row “{short[0][:60]}” with one column; {EXPECTED}.")
    name, group, headed = _columns(rows[0])
    if n_all - headed > MOST_ROWS:
        raise DataError(
            f"The table of groups has {n_all - headed:,} rows; expected at most {MOST_ROWS:,}. Leave out the groups "
            "and perturbations that this data set does not have."
        )
    meant = cache(meant)
    report, n_rows = _Report(), 0
    without_group: dict[str, None] = {}
    for row in rows[1:] if headed else rows:
        label, own = (row[i] if i < len(row) else "" for i in (name, group))
        if label and own:
            n_rows += 1
            report.take(label, own, meant(label))
        elif label:
            without_group[label] = None
    if not n_rows:
        raise DataError(f"The table of groups has no row with a perturbation and a group; {EXPECTED}.")
    members = {key: tuple(names) for key, names in report.members.items() if names}
    return GroupTable(
        Groups("table", members),
        n_rows,
        tuple(report.missing),
        tuple(report.ambiguous.items()),
        tuple(report.controls),
        tuple(report.respelled.items()),
        tuple(key for key, names in report.members.items() if not names),
        tuple(without_group),
    )


def _rows(text: str) -> tuple[list[list[str]], int]:
    """Return the rows that hold something, no more than may be read and one, and how many there are."""
    text = text.lstrip("\ufeff")
    first = text.strip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows: list[list[str]] = []
    n_all = 0
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True):
            cells = [cell.strip() for cell in row]
            if any(cells):
                n_all += 1
                if n_all <= MOST_ROWS + 1:
                    rows.append(cells)
        return rows, n_all
    except csv.Error as error:
        raise DataError(f"The table of groups cannot be read ({error}); {EXPECTED}.") from error


def _columns(head: Sequence[str]) -> tuple[int, int, bool]:
    """Return the places of perturbation and group, and whether the first row is a head."""
    words = [word.casefold() for word in head]
    name = next((i for i, word in enumerate(words) if word in PERTURBATION_HEADS), None)
    group = next((i for i, word in enumerate(words) if word in GROUP_HEADS and i != name), None)
    if group is None:
        return 0, 1, name == 0 and "group" in words[1]
    if name is None:
        name = 0 if group else 1
    return name, group, True
