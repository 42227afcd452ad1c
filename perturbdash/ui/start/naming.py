"""Names of models: distinct among all files, and none that tables give to baselines and controls."""

from __future__ import annotations

from perturbdash.errors import PerturbdashError
from perturbdash.ui.library import library
from perturbdash.ui.records import Record


def models_of(record: Record, name: str) -> tuple[str, ...]:
    """Return the names of the models in a file as far as they are known; a file of one model has its own name."""
    try:
        aligned = library().aligned(record, name)
    except (PerturbdashError, OSError):
        aligned = None
    return (name,) if aligned is None else tuple(model.name for model in aligned)


def free_name(record: Record, wanted: str) -> str:
    """Return a name for a new prediction, the wanted one where possible."""
    taken = {model for name, _ in record.predictions for model in (name, *models_of(record, name))}
    first = f"{wanted} model" if wanted in _own_names() else wanted
    free, n = first, 2
    while free in taken:
        free, n = f"{first} {n}", n + 1
    return free


def refusal(record: Record, old: str, new: str) -> str:
    """Return why a prediction cannot have a new name, empty where it can."""
    others = [name for name, _ in record.predictions if name != old]
    if not new:
        return f"A model needs a name; it is still called “{old}”."
    if new in _own_names():
        return (
            f"“{new}” is the name of a row of perturbdash's own, a baseline or a control; the model is still called "
            f"“{old}”. Choose another name."
        )
    if new in others or any(new in models_of(record, name) for name in others):
        return f"Another model is called “{new}”; this one is still called “{old}”. Choose another name."
    return ""


def _own_names() -> frozenset[str]:
    from perturbdash.judgement.inputs import OWN_NAMES

    return OWN_NAMES
