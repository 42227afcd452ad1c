"""Which perturbations a model may have seen, and on which it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import SettingsError
from perturbdash.judgement.given_folds import given_folds
from perturbdash.vocabulary import COMBINATION_SEPARATOR, MAX_SEED

__all__ = ["Condition", "Plan", "calibration_plan", "folds", "given_folds", "judgement_plan"]

Condition = tuple[str, str]
NEVER_TESTED = -1


@dataclass(frozen=True)
class Plan:
    """Train and test perturbations of one context.

    Parameters
    ----------
    fold
        ``(n_perturbations,)`` int64: the fold in which a perturbation is tested, -1 where it never is.
    train
        ``(n_folds, n_perturbations)`` bool.
    leave_one_out
        Everything is tested, so that nothing is left to train on: the average is over all perturbations, the
        tested one included, and baselines that look single perturbations up may look at all others.

    Examples
    --------
    >>> plan = calibration_plan(("A", "B", "C"), {"A": 0, "B": 1})
    >>> plan.fold, plan.test
    (array([ 0,  1, -1]), array([ True,  True, False]))
    >>> plan.train
    array([[False,  True,  True],
           [ True, False,  True]])
    """

    fold: NDArray[np.int64]
    train: NDArray[np.bool_]
    leave_one_out: bool = False

    def __post_init__(self) -> None:
        if self.train.shape[1:] != self.fold.shape or self.fold.max(initial=-1) >= len(self.train):
            raise ValueError(
                f"folds {self.fold.shape} and train sets {self.train.shape} do not belong together"
            )

    @property
    def test(self) -> NDArray[np.bool_]:
        """Which perturbations are tested, ``(n_perturbations,)``."""
        tested: NDArray[np.bool_] = self.fold != NEVER_TESTED
        return tested


def folds(
    labels: Sequence[str],
    k: int,
    seed: int,
    *,
    combinations_only: bool = False,
    parts: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, int]:
    """Deal labels into folds by the hash of their names, whatever their order.

    Parameters
    ----------
    labels
        Perturbations of all contexts; a name that stands there twice counts once.
    k
        Number of folds.
    seed
        0 to 10**16 - 1.
    combinations_only
        Deal only combinations; singles are not in the result, they always train.
    parts
        What each label is combined of; without it a label is split at ``+``.

    Returns
    -------
    The fold of each label, 0 to k - 1, in the order of the labels' names.

    Raises
    ------
    SettingsError
        If the seed or the number of folds is out of range.

    Examples
    --------
    >>> folds(["A", "B", "C", "D"], 2, seed=0) == folds(["D", "B", "A", "C"], 2, seed=0)
    True
    >>> sorted(folds(["A", "B", "A+B", "A+C"], 2, seed=0, combinations_only=True).items())
    [('A+B', 1), ('A+C', 0)]
    """
    if k < 2:
        raise SettingsError(f"The number of folds is {k}; expected at least 2.")
    names = sorted(set(labels))
    if combinations_only:
        names = [name for name in names if len(_parts_of(name, parts)) > 1]
    if not names:
        return {}
    order = np.argsort(_hashes(names, seed), kind="stable")
    dealt = np.empty(len(names), dtype=np.int64)
    dealt[order] = np.arange(len(names)) % k
    return dict(zip(names, dealt.tolist(), strict=True))


def _parts_of(label: str, parts: Mapping[str, Sequence[str]] | None) -> Sequence[str]:
    if parts is None or label not in parts:
        return label.split(COMBINATION_SEPARATOR)
    return parts[label]


def _hashes(names: Sequence[str], seed: int) -> NDArray[np.uint64]:
    if not 0 <= seed <= MAX_SEED:
        raise SettingsError(f"seed is {seed}; expected a whole number from 0 to {MAX_SEED}.")
    hashes: NDArray[np.uint64] = pd.util.hash_array(
        np.array(names, dtype=object), hash_key=f"{seed:016d}", categorize=False
    )
    return hashes


def calibration_plan(perturbations: Sequence[str], folds: Mapping[str, int]) -> Plan:
    """Test every perturbation once, in its fold, with all others of the context as its train set.

    Parameters
    ----------
    perturbations
        Of one context.
    folds
        Fold by label, the same for all contexts; a label without a fold is never tested and always trains.

    Returns
    -------
    A plan with one row of ``train`` for each fold, all False where a fold leaves nothing to train on.
    """
    fold = np.array([folds.get(label, NEVER_TESTED) for label in perturbations], dtype=np.int64)
    n_folds = max(folds.values(), default=0) + 1
    return Plan(fold=fold, train=fold[None, :] != np.arange(n_folds)[:, None])


def judgement_plan(
    perturbations: Sequence[str],
    context: str,
    *,
    split: Mapping[Condition, str] | None,
    predicted: Set[Condition],
    given: Mapping[str, int] | None,
) -> Plan:
    """Say on which perturbations of a context models are judged, and what they may have seen.

    Parameters
    ----------
    perturbations
        Of this context.
    split
        ``"train"``, ``"val"`` or ``"test"`` by (context, perturbation); ``"val"`` is neither train nor test.
    predicted
        Every (context, perturbation) that some model predicts: the test set where there is no split.
    given
        Folds that were given: each perturbation is judged within its own.

    Returns
    -------
    A plan with one fold (with given folds: theirs). It is ``leave_one_out`` where nothing is left to train
    on; its train set is then everything, or nothing where there is one perturbation alone.
    """
    if given is not None:
        return calibration_plan(perturbations, given)
    if split is not None:
        role = np.array([split.get((context, label), "") for label in perturbations], dtype=object)
        train, test = role == "train", role == "test"
    else:
        test = np.array([(context, label) in predicted for label in perturbations], dtype=bool)
        train = ~test
    leave_one_out = bool(test.any() and not train.any())
    if leave_one_out:
        train = np.full(len(perturbations), len(perturbations) > 1)
    fold = np.where(test, 0, NEVER_TESTED).astype(np.int64)
    return Plan(fold=fold, train=train.astype(bool)[None, :], leave_one_out=leave_one_out)
