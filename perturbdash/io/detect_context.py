"""Which column divides the cells into contexts, and which one into train and test."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from perturbdash.errors import SchemaError
from perturbdash.io.assign import SPLIT_WORDS, Assignment, assign_split, usable_levels
from perturbdash.io.columns import Columns, Levels, is_nested, simplified
from perturbdash.io.schema import NONE, Proposal

CONTEXT_COLUMNS = (
    "celltype",
    "cellline",
    "celltypes",
    "celllines",
    "celllinename",
    "cellname",
    "cellcontext",
    "context",
    "covariate",
    "celltypebroad",
    "cluster",
    "clusterid",
    "clusters",
    "donor",
    "donorid",
    "patient",
    "patientid",
    "tissue",
    "dataset",
    "study",
)
STUDY_COLUMNS = ("dataset", "study", "datasetid", "studyid", "publication", "source")
SPLIT_COLUMN_WORDS = ("split", "train", "fold", "set", "partition", "ood")
MOST_CONTEXTS = 500
NESTED = "nested"
REPEATS = "repeats"
PERTURBATION_WORDS = ("perturbation", "condition", "treatment", "target", "guide", "sgrna", "dose")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could divide the cells, and why it cannot."""

    name: str
    levels: Levels
    obstacle: str | None

    @property
    def fits(self) -> bool:
        """Whether each of its levels holds both control and perturbed cells, and it has more than one."""
        return self.obstacle is None


def propose_context(
    columns: Columns, found: Assignment, taken: Collection[str], chosen: str | None
) -> Proposal:
    """Find the column within whose levels everything is computed.

    Parameters
    ----------
    columns
        The columns of ``obs``.
    found
        The perturbation of each cell.
    taken
        Columns that mean something else.
    chosen
        What the user said; ``"none"`` for one context.

    Raises
    ------
    SchemaError
        If the chosen column is absent.
    """
    if chosen is not None and chosen != NONE:
        columns.require_levels(chosen, "context")
    candidates = [_candidate(columns, name, found) for name in columns.names if name not in taken]
    known = [candidate for candidate in candidates if candidate is not None]
    named = [candidate for candidate in known if simplified(candidate.name) in CONTEXT_COLUMNS]
    named.sort(key=lambda candidate: CONTEXT_COLUMNS.index(simplified(candidate.name)))
    best = next((candidate for candidate in named if candidate.fits), None)
    key = chosen or (best.name if best else NONE)
    offered = [c.name for c in (*named, *known) if c.fits and c.name != key]
    alternatives = (*dict.fromkeys(offered), *(() if key == NONE else (NONE,)))
    if key == NONE:
        reason = "Chosen: one context." if chosen else _why_none(named, known)
        return Proposal("context_key", None, reason, alternatives)
    levels = columns.require_levels(key, "context")
    return Proposal("context_key", key, _why(levels, found, bool(chosen)) + _refused(known), alternatives)


def _candidate(columns: Columns, name: str, found: Assignment) -> Candidate | None:
    series = columns.series(name)
    if series.dtype.kind not in "ObUiu" or columns.n_values(name) > MOST_CONTEXTS:
        return None
    levels = columns.levels(name)
    if levels is None or not levels.names:
        return None
    if len(levels.names) == 1:
        return Candidate(name, levels, f"{name} has one level ({levels.names[0]}), so it changes nothing")
    if usable_levels(found.codes, levels).all():
        return Candidate(name, levels, None)
    return Candidate(name, levels, REPEATS if _repeats(name, levels, found) else NESTED)


def _repeats(name: str, levels: Levels, found: Assignment) -> bool:
    """Tell whether a column says again, by its name or its levels, what was done to a cell."""
    if any(word in simplified(name) for word in PERTURBATION_WORDS):
        return True
    done = Levels(np.maximum(found.codes, -1) + 1, ("", *found.perturbations))
    return is_nested(done, levels)


def _why(levels: Levels, found: Assignment, chosen: bool) -> str:
    shown = ", ".join(levels.names[:4]) + (" and others" if len(levels.names) > 4 else "")
    lonely = [
        name for name, good in zip(levels.names, usable_levels(found.codes, levels), strict=True) if not good
    ]
    words = f"{len(levels.names):,} levels ({shown})"
    words += (
        ", each with control and perturbed cells"
        if not lonely
        else f"; {_shown(lonely)} lack one or the other"
    )
    return f"{'Chosen: ' if chosen else ''}{words}."


def _why_none(named: list[Candidate], known: list[Candidate]) -> str:
    single = [candidate.obstacle for candidate in named if candidate.obstacle not in (None, NESTED, REPEATS)]
    first = (
        f"{single[0]}."
        if single
        else "No column of cell types, lines, donors or clusters with several levels."
    )
    return first + _refused(known)


def _refused(known: list[Candidate]) -> str:
    nested = [candidate.name for candidate in known if candidate.obstacle == NESTED]
    if not nested:
        return ""
    return f" Not possible, since some of their levels lack control or perturbed cells: {_shown(nested)}."


def _shown(names: list[str]) -> str:
    return ", ".join(names[:4]) + (" and others" if len(names) > 4 else "")


def studies(columns: Columns, contexts: Levels | None) -> tuple[str, dict[str, tuple[str, ...]]] | None:
    """Return the column that names several studies in one file, and the contexts of each study.

    Contexts are empty where a context spans studies, or there is no context column.
    """
    for name in columns.names:
        levels = columns.levels(name) if simplified(name) in STUDY_COLUMNS else None
        if levels is None or not 2 <= len(levels.names) <= MOST_CONTEXTS:
            continue
        inside = contexts is not None and is_nested(contexts, levels)
        return name, {
            study: _levels_in(contexts, levels, i) if inside else () for i, study in enumerate(levels.names)
        }
    return None


def _levels_in(contexts: Levels | None, levels: Levels, study: int) -> tuple[str, ...]:
    if contexts is None:
        return ()
    there = np.unique(contexts.codes[(levels.codes == study) & (contexts.codes >= 0)])
    return tuple(contexts.names[i] for i in there.tolist())


def propose_split(columns: Columns, found: Assignment, chosen: str | None) -> Proposal:
    """Find the column that says which conditions are train, val and test.

    Raises
    ------
    SchemaError
        If the chosen column is absent, holds other words, or divides a condition.
    """
    options = [name for name in columns.labels() if _is_split(columns.levels(name))]
    if chosen == NONE:
        return Proposal("split_key", None, "Chosen: no split.", tuple(options))
    if chosen is not None:
        levels = columns.require_levels(chosen, "split")
        if not _is_split(levels):
            raise SchemaError(
                f"Column {chosen!r} holds {_shown(list(levels.names))}; expected train and test (and val)."
            )
        assign_split(found, levels, chosen)
        others = tuple(name for name in options if name != chosen)
        return Proposal("split_key", chosen, f"Chosen: {_sizes(levels)}.", (*others, NONE))
    refusal = "No column holds the words train and test; in a calibration each perturbation is tested once."
    for name in options:
        levels = columns.require_levels(name, "split")
        try:
            assign_split(found, levels, name)
        except SchemaError as problem:
            refusal = str(problem)
            continue
        if any(word in simplified(name) for word in SPLIT_COLUMN_WORDS):
            others = tuple(other for other in options if other != name)
            return Proposal("split_key", name, f"{_sizes(levels)}; one part a condition.", (*others, NONE))
    return Proposal("split_key", None, refusal, tuple(options))


def _is_split(levels: Levels | None) -> bool:
    if levels is None or len(levels.names) > len(SPLIT_WORDS):
        return False
    words = {SPLIT_WORDS.get(name.casefold()) for name in levels.names}
    return None not in words and {"train", "test"} <= words


def _sizes(levels: Levels) -> str:
    return ", ".join(
        f"{n:,} cells {name}" for name, n in zip(levels.names, levels.counts.tolist(), strict=True)
    )
