"""Each cell's perturbation, context and part of the split, from the columns that the schema names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import SchemaError
from perturbdash.io.columns import Levels
from perturbdash.io.labels import Naming
from perturbdash.vocabulary import ALL_CONTEXTS, COMBINATION_SEPARATOR

IS_CONTROL = -1
LEFT_OUT = -2

NO_LABEL = "without a label"
NOT_MARKED = "labelled control but not marked as control"
NO_CONTEXT = "without a context"
LONELY_CONTEXT = "in a context without control or without perturbed cells"


@dataclass(frozen=True)
class Assignment:
    """What each cell is.

    ``codes`` index ``perturbations``, -1 is control, -2 is left out; ``context_codes`` index ``contexts``, -1 for
    cells that are left out. ``left_out`` counts these by reason; ``dropped_contexts`` are levels without control
    cells or without perturbed ones.
    """

    perturbations: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]
    codes: NDArray[np.int32]
    contexts: tuple[str, ...]
    context_codes: NDArray[np.int32]
    left_out: dict[str, int]
    dropped_contexts: tuple[str, ...] = ()


def assign_labels(levels: Levels, naming: Naming, marks: NDArray[np.bool_] | None) -> Assignment:
    """Give each cell its perturbation, in one context.

    Parameters
    ----------
    levels
        The perturbation column.
    naming
        How its labels are read.
    marks
        Control cells, where a column marks them, ``(n_cells,)``.

    Raises
    ------
    SchemaError
        If there are no control cells or no perturbed ones.
    """
    parts = [naming.parts(name) for name in levels.names]
    spelled: dict[tuple[str, ...], str] = {}
    for name, pieces in zip(levels.names, parts, strict=True):
        own = COMBINATION_SEPARATOR.join(naming.ordered(name))
        spelled[pieces] = min(own, spelled.get(pieces, own))
    names = [spelled[pieces] for pieces in parts]
    perturbations = tuple(sorted(set(names) - {""}))
    place = {name: position for position, name in enumerate(perturbations)} | {"": IS_CONTROL}
    codes = np.array([place[name] for name in names] + [LEFT_OUT], dtype=np.int32)[levels.codes]
    left_out = {NO_LABEL: levels.n_missing}
    if marks is not None:
        left_out = {NO_LABEL: int(np.count_nonzero((codes == LEFT_OUT) & ~marks))}
        contradicts = (codes == IS_CONTROL) & ~marks
        left_out[NOT_MARKED] = int(np.count_nonzero(contradicts))
        codes[contradicts] = LEFT_OUT
        codes[marks] = IS_CONTROL
    if not np.any(codes == IS_CONTROL):
        raise SchemaError(
            f"No cell has the control label {naming.control!r}; name the label of unperturbed cells."
        )
    if not np.any(codes >= 0):
        raise SchemaError("All cells are control cells; expected a column with at least one perturbation.")
    known = {spelled[pieces]: pieces for pieces in parts if pieces}
    contexts = np.where(codes == LEFT_OUT, -1, 0).astype(np.int32)
    found = Assignment(perturbations, known, codes, (ALL_CONTEXTS,), contexts, _counted(left_out))
    return _compact(found)


def spelled_by_parts(parts: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return the spelling of each perturbation by its sorted parts joined by ``+``.

    Examples
    --------
    >>> spelled_by_parts({"B+A": ("A", "B")})
    {'A+B': 'B+A'}
    """
    return {COMBINATION_SEPARATOR.join(pieces): name for name, pieces in parts.items()}


def assign_contexts(found: Assignment, levels: Levels, key: str) -> Assignment:
    """Give each cell its context, and leave out those in contexts where nothing can be compared.

    Raises
    ------
    SchemaError
        If no level holds both control and perturbed cells.
    """
    usable = usable_levels(found.codes, levels)
    if not usable.any():
        raise SchemaError(
            f"No level of {key!r} holds both control and perturbed cells, so nothing can be compared within it; "
            "choose another context column, or none."
        )
    kept = tuple(name for name, good in zip(levels.names, usable, strict=True) if good)
    lookup = np.append(np.where(usable, np.cumsum(usable) - 1, -1), -1).astype(np.int32)
    contexts = lookup[levels.codes]
    there = found.codes != LEFT_OUT
    left_out = dict(found.left_out)
    left_out[NO_CONTEXT] = int(np.count_nonzero(there & (levels.codes < 0)))
    left_out[LONELY_CONTEXT] = int(np.count_nonzero(there & (levels.codes >= 0) & (contexts < 0)))
    codes = np.where(contexts < 0, LEFT_OUT, found.codes).astype(np.int32)
    contexts = np.where(there, contexts, -1).astype(np.int32)
    dropped = tuple(name for name in levels.names if name not in kept)
    changed = Assignment(found.perturbations, found.parts, codes, kept, contexts, _counted(left_out), dropped)
    return _compact(changed)


def usable_levels(codes: NDArray[np.int32], levels: Levels) -> NDArray[np.bool_]:
    """Tell for each level whether it holds both control and perturbed cells, ``(n_levels,)``."""
    n_levels = len(levels.names)
    with_level = levels.codes >= 0
    control = np.bincount(levels.codes[with_level & (codes == IS_CONTROL)], minlength=n_levels) > 0
    perturbed = np.bincount(levels.codes[with_level & (codes >= 0)], minlength=n_levels) > 0
    both: NDArray[np.bool_] = control & perturbed
    return both


def assign_split(found: Assignment, levels: Levels, key: str) -> dict[tuple[str, str], str]:
    """Return the part of each condition, ``(context, perturbation)`` to ``train``, ``val`` or ``test``.

    Raises
    ------
    SchemaError
        If the cells of one condition are in two parts.
    """
    chosen = (found.codes >= 0) & (levels.codes >= 0)
    words = sorted(set(SPLIT_WORDS.values()))
    n_parts, n_perturbations = len(words), len(found.perturbations)
    part_of_level = np.array([words.index(SPLIT_WORDS[name.casefold()]) for name in levels.names])
    condition = found.context_codes[chosen].astype(np.int64) * n_perturbations + found.codes[chosen]
    pairs = np.unique(condition * n_parts + part_of_level[levels.codes[chosen]])
    conditions, first = np.unique(pairs // n_parts, return_index=True)
    if len(conditions) < len(pairs):
        twice = int(np.flatnonzero(np.bincount(pairs // n_parts) > 1)[0])
        name = _condition(found, twice)
        raise SchemaError(
            f"Column {key!r} puts cells of one condition ({name}) into two parts of the split, so that a model has "
            "seen what it is tested on; expected one part a condition, or no split column."
        )
    parts = (pairs[first] % n_parts).tolist()
    names = [divmod(condition, n_perturbations) for condition in conditions.tolist()]
    return {
        (found.contexts[context], found.perturbations[perturbation]): words[part]
        for (context, perturbation), part in zip(names, parts, strict=True)
    }


def _condition(found: Assignment, code: int) -> str:
    context, perturbation = divmod(code, len(found.perturbations))
    name = found.perturbations[perturbation]
    return name if len(found.contexts) == 1 else f"{name} in {found.contexts[context]}"


def _counted(left_out: dict[str, int]) -> dict[str, int]:
    return {reason: n_cells for reason, n_cells in left_out.items() if n_cells}


def _compact(found: Assignment) -> Assignment:
    """Drop perturbations that no cell has any more."""
    used = np.bincount(found.codes[found.codes >= 0], minlength=len(found.perturbations)) > 0
    if used.all():
        return found
    kept = tuple(name for name, there in zip(found.perturbations, used, strict=True) if there)
    lookup = np.concatenate([np.cumsum(used) - 1, [LEFT_OUT, IS_CONTROL]]).astype(np.int32)
    parts = {name: found.parts[name] for name in kept}
    return Assignment(
        kept,
        parts,
        lookup[found.codes],
        found.contexts,
        found.context_codes,
        found.left_out,
        found.dropped_contexts,
    )


SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "holdout": "test",
    "heldout": "test",
    "ood": "test",
}
