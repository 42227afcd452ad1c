"""What a column means, what detection proposes for it and why, and what a check of a file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perturbdash.vocabulary import Space

NONE = "none"
"""Given for a key, it means that there is none, where leaving it out would ask detection."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What the columns of a file mean.

    Parameters
    ----------
    perturbation_key
        Column of ``obs`` with the label of what was done to a cell.
    control
        Label of unperturbed cells, as found in that column; numbered labels such as ``NT_1`` share the stem ``NT``.
    control_key
        Boolean or 0-1 column that marks unperturbed cells instead of a label.
    context_key
        Column of ``obs`` within whose levels everything is computed; None for one context.
    split_key
        Column that says which conditions are train, val and test.
    layer
        Layer that is read instead of X.
    space
        What the matrix holds.
    totals_key
        Column with the total counts of each cell, where rows of counts do not sum to them.
    separator
        What stands between the parts of a combination; None where there are no combinations.
    merge_guides
        ``ZAP70_1`` and ``ZAP70_2`` count as ``ZAP70``.
    """

    perturbation_key: str
    control: str
    control_key: str | None = None
    context_key: str | None = None
    split_key: str | None = None
    layer: str | None = None
    space: Space = "log1p"
    totals_key: str | None = None
    separator: str | None = None
    merge_guides: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What detection proposes, or the user chose, for one field of the schema, with the reason in a sentence."""

    field: str
    value: object
    reason: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What one look at a file found, and what follows from it."""

    level: Literal["finding", "passed"]
    title: str
    text: str


def finding(title: str, text: str) -> Check:
    """Return a check that found something worth knowing."""
    return Check("finding", title, text)


def passed(title: str, text: str = "") -> Check:
    """Return a check that found nothing."""
    return Check("passed", title, text)
