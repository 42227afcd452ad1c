"""Which column says what was done to a cell, which of its labels mean nothing was, and how they combine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perturbdash.errors import SchemaError
from perturbdash.io.columns import Columns, Levels, is_nested, nearest, simplified
from perturbdash.io.labels import (
    CONTROL_WORDS,
    NUMBERED_CONTROLS,
    SEPARATORS,
    Naming,
    control_rank,
    split_label,
    stem,
)
from perturbdash.io.schema import Proposal

PERTURBATION_COLUMNS = (
    "perturbation",
    "perturbations",
    "perturbationname",
    "pert",
    "condition",
    "targetgene",
    "target",
    "targets",
    "gene",
    "genetarget",
    "genetargeted",
    "perturbedgene",
    "genesymbol",
    "genename",
    "guidetarget",
    "sgrnatarget",
    "knockout",
    "drug",
    "compound",
    "productname",
    "treatment",
    "stimulation",
    "stim",
    "cytokine",
    "ligand",
)
CONTROL_COLUMNS = (
    "control",
    "iscontrol",
    "ctrl",
    "isctrl",
    "controls",
    "negativecontrol",
    "isnegativecontrol",
    "negctrl",
)


def control_label_rank(label: str) -> int | None:
    """Return the place of a label among control words; a combination of control words comes after all of them."""
    rank = control_rank(label)
    if rank is not None:
        return rank
    for separator in SEPARATORS:
        parts = split_label(label, separator) if separator in label else ()
        if len(parts) > 1 and all(control_rank(part) is not None for part in parts):
            return len(CONTROL_WORDS)
    return None


def _has_control(levels: Levels | None) -> bool:
    return levels is not None and any(control_label_rank(name) is not None for name in levels.names)


def control_columns(columns: Columns) -> tuple[str, ...]:
    """Return the columns that mark control cells by true and false or by 1 and 0."""
    found = [name for name in columns.names if simplified(name) in CONTROL_COLUMNS]
    flags = {name: columns.flags(name) for name in found}
    return tuple(
        name for name, marks in flags.items() if marks is not None and marks.any() and not marks.all()
    )


def propose_perturbation(columns: Columns, chosen: str | None) -> Proposal:
    """Find the column with the label of what was done to a cell.

    Raises
    ------
    SchemaError
        If no column looks like one, or the chosen one is absent.
    """
    key = chosen or _perturbation_column(columns)
    levels = columns.require_levels(key, "perturbation")
    others = [name for name in columns.labels() if name != key and _is_offered(columns, name)]
    same = [name for name in others if _is_same(columns.levels(name), levels)]
    others = [name for name in others if name not in same]
    with_control = [name for name in others if _has_control(columns.levels(name))]
    rest = [name for name in others if name not in with_control]
    words = f"{len(levels.names):,} different labels"
    words += ", a control label among them" if _has_control(levels) else ""
    if same:
        words += f"; {', '.join(same)} {'divides' if len(same) == 1 else 'divide'} the cells in the same way"
    return Proposal("perturbation_key", key, reason(words, chosen), (*same, *with_control, *rest))


def reason(words: str, chosen: object) -> str:
    """Return words as a sentence that says whether the user chose."""
    return f"Chosen: {words}." if chosen is not None else f"{words[0].upper()}{words[1:]}."


def _is_offered(columns: Columns, name: str) -> bool:
    levels = columns.levels(name)
    return levels is not None and len(levels.names) > 1 and columns.series(name).dtype.kind != "b"


def _is_same(one: Levels | None, other: Levels) -> bool:
    if one is None or len(one.names) != len(other.names):
        return False
    return is_nested(one, other) and is_nested(other, one)


def _perturbation_column(columns: Columns) -> str:
    by_name = sorted(
        (
            name
            for name in columns.names
            if simplified(name) in PERTURBATION_COLUMNS and _is_offered(columns, name)
        ),
        key=lambda name: PERTURBATION_COLUMNS.index(simplified(name)),
    )
    for name in by_name:
        if _has_control(columns.levels(name)):
            return name
    if by_name and control_columns(columns):
        return by_name[0]
    with_control = [name for name in columns.labels() if _is_offered(columns, name)]
    with_control = [name for name in with_control if _has_control(columns.levels(name))]
    if with_control:
        return with_control[0]
    if by_name:
        return by_name[0]
    raise SchemaError(
        "No column of obs looks like a perturbation, by its name or by a control label in it; name it as the "
        f"perturbation key, out of: {', '.join(columns.names[:12]) or 'no columns'}."
    )


def propose_control(columns: Columns, key: str, chosen: str | None) -> tuple[Proposal, Proposal]:
    """Find the label, or the column of true and false, that marks control cells.

    Returns
    -------
    tuple of Proposal
        For ``control`` and for ``control_key``, which is None where a label does.

    Raises
    ------
    SchemaError
        If there are no control cells, or what was chosen is neither a label nor such a column.
    """
    levels = columns.require_levels(key, "perturbation")
    marking = control_columns(columns)
    label = _chosen_label(columns, levels, key, chosen) if chosen else _control_label(levels)
    if label is not None:
        return _control_by_label(levels, label, chosen=chosen, marking=marking)
    column = chosen or next(iter(marking), None)
    if column is None:
        common = [levels.names[i] for i in np.argsort(-levels.counts, kind="stable")[:5]]
        raise SchemaError(
            f"No label of {key!r} looks like a control (its most frequent ones: {', '.join(common)}); "
            "name the control label, or a column of true and false that marks control cells."
        )
    return _control_by_column(columns, levels, column, chosen=chosen)


def _control_by_label(
    levels: Levels, label: str, *, chosen: str | None, marking: Sequence[str]
) -> tuple[Proposal, Proposal]:
    rules = Naming(label)
    found = [name for name in levels.names if not rules.parts(name)]
    n_cells = int(sum(levels.counts[levels.names.index(name)] for name in found))
    words = f"{n_cells:,} cells"
    words += f" with {len(found)} numbered labels" if len(found) > 1 else ""
    words += "" if chosen else "; one of the known words for unperturbed cells"
    likely = [name for name in levels.names if control_label_rank(name) is not None and name not in found]
    rest = [name for name in levels.names if name not in found and name not in likely]
    control = Proposal("control", label, reason(words, chosen), (*likely, *marking, *rest))
    return control, Proposal("control_key", None, "A label marks the control cells.", tuple(marking))


def _control_by_column(
    columns: Columns, levels: Levels, column: str, *, chosen: str | None
) -> tuple[Proposal, Proposal]:
    marks = columns.flags(column)
    if marks is None or not marks.any() or marks.all():
        raise SchemaError(f"Column {column!r} does not mark some cells as control; expected true and false.")
    codes = levels.codes[marks]
    codes = codes[codes >= 0]
    label = levels.names[int(np.bincount(codes).argmax())] if len(codes) else "control"
    words = f"{int(marks.sum()):,} cells are marked by column {column}"
    control = Proposal("control", label, reason(words, chosen), levels.names)
    return control, Proposal("control_key", column, reason(words, chosen), ())


def _control_label(levels: Levels) -> str | None:
    ranked = [
        (control_label_rank(name), -int(n), name) for name, n in zip(levels.names, levels.counts, strict=True)
    ]
    found = sorted((rank, n, name) for rank, n, name in ranked if rank is not None)
    if not found:
        return None
    label = found[0][2]
    numbered = simplified(label) not in CONTROL_WORDS and simplified(stem(label)) in NUMBERED_CONTROLS
    shared = [name for _, _, name in found if stem(name) == stem(label)]
    return stem(label) if numbered and len(shared) > 1 else label


def _chosen_label(columns: Columns, levels: Levels, key: str, chosen: str) -> str | None:
    if chosen in levels.names or any(not Naming(chosen).parts(name) for name in levels.names):
        return chosen
    if chosen in columns.names and columns.flags(chosen) is not None:
        return None
    close = ", ".join(nearest(chosen, levels.names))
    raise SchemaError(
        f"No cell has the control label {chosen!r} in {key!r}; the nearest labels are: {close}."
    )
