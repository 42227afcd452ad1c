"""Scores as a file of plain arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from numpy.typing import NDArray

from perturbdash.judgement.scores import Scores
from perturbdash.vocabulary import Kind, Truth

Arrays = dict[str, NDArray[Any]]

BY_PREDICTION = ("value", "reason", "computed", "scope_of")
OF_ALL = ("truth_defined", "scope")


def described(scores: Scores) -> dict[str, object]:
    """Return the names in scores, as JSON can hold them."""
    return {
        "truth": scores.truth,
        "metrics": list(scores.metrics),
        "contexts": list(scores.contexts),
        "put_off": list(scores.put_off),
        "kinds": dict(scores.kinds),
    }


def arrays_of(scores: Scores) -> Arrays:
    """Return the arrays of scores by name; predictions by their place, whatever they are called."""
    arrays: Arrays = {name: getattr(scores, name) for name in OF_ALL}
    for part in BY_PREDICTION:
        found = getattr(scores, part)
        arrays |= {f"{part}.{place}": found[name] for place, name in enumerate(scores.kinds)}
    return arrays


def scores_of(about: Mapping[str, Any], labels: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> Scores:
    """Return the scores that `described` and `arrays_of` were made from.

    Raises
    ------
    KeyError, ValueError
        If something is missing, or arrays do not have the shape of the names.
    """
    scores = Scores(
        cast("Truth", str(about["truth"])),
        tuple(about["metrics"]),
        tuple(labels),
        tuple(about["contexts"]),
        tuple(about["put_off"]),
    )
    shape = scores.truth_defined.shape
    scores.kinds.update({str(name): cast("Kind", str(kind)) for name, kind in about["kinds"].items()})
    for part in BY_PREDICTION:
        getattr(scores, part).update(
            {name: arrays[f"{part}.{place}"] for place, name in enumerate(scores.kinds)}
        )
    for name in OF_ALL:
        setattr(scores, name, arrays[name])
    if any(found.shape != shape for found in (scores.truth_defined, *scores.value.values())):
        raise ValueError(f"scores have another shape than {shape}")
    return scores
