"""A result in the store: scores and tables, without the profiles, which are read again when they are asked for."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash import __version__
from perturbdash.judgement.kept_result import KEPT_TABLES, KeptResult, Numbers, Profiles, about_predictions
from perturbdash.judgement.kept_scores import arrays_of, described, scores_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.evaluate import Problem
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

ABOUT, SCORES = "about.json", "scores.npz"
MOST_BYTES = 4 * 10**9
"""Of all results in a store; above it those go first that were opened longest ago."""
UNUSABLE = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError)

_FORMAT = 1  # raised when the same input would give other numbers or another layout
_log = logging.getLogger("perturbdash")


Pose = Callable[[Mapping[str, str], "Progress"], "Problem"]


@dataclass(frozen=True)
class Kept:
    """A result of the store, and which predictions it leaves out, with the reason, by name."""

    result: Result
    left_out: dict[str, str]


def can_be_kept(result: Result) -> bool:
    """Say whether a result can be kept: its halves follow from the seed alone, or are those of a store."""
    return result.halves_table is None


def keep(result: Result, folder: Path, key: str, left_out: Mapping[str, str]) -> None:
    """Write a result whole: into a temporary folder beside its own, which then takes the name.

    A folder that cannot be written never stops the work; the logger ``perturbdash`` says so.

    Parameters
    ----------
    folder
        Of all results in the store.
    key
        Digest of everything that decides the numbers, but for the version.
    left_out
        Why predictions are not part of the result, by name.
    """
    place = _place(folder, key)
    temporary = folder / f".{place.name}.{uuid.uuid4().hex}.tmp"
    try:
        temporary.mkdir(parents=True)
        digests = {name: _write(temporary / name, content) for name, content in _files(result).items()}
        about = _about(result) | {"key": _digest(key), "left_out": dict(left_out), "files": digests}
        (temporary / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        temporary.rename(place)
        _make_room(folder, place)
    except OSError as error:
        _log.warning("A result cannot be kept in %s (%s); it is computed again the next time.", folder, error)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def kept(folder: Path, key: str, dataset: Dataset, pose: Pose) -> Kept | None:
    """Return the result of a key where it lies in the store unharmed; the profiles come from ``pose``.

    Parameters
    ----------
    folder, key
        As for `keep`.
    dataset
        The data set of the result.
    pose
        Reads data and predictions again, but for those that are left out (see `perturbdash.judgement.evaluate.posed`).
    """
    place = _place(folder, key)
    if not (place / ABOUT).is_file():
        return None
    try:
        about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
        if about["key"] != _digest(key):
            raise ValueError("it is of something else")
        left_out = {str(name): str(reason) for name, reason in about["left_out"].items()}
        found = _read(place, about, dataset, Profiles(partial(pose, left_out)))
        (place / ABOUT).touch()
    except UNUSABLE as error:
        _log.warning("A result of the store is not used (%s); it is computed again.", error)
        return None
    return Kept(found, left_out)


def _place(folder: Path, key: str) -> Path:
    return folder / _digest(key)[:32]


def _digest(key: str) -> str:
    return hashlib.sha256(json.dumps([key, __version__, _FORMAT]).encode()).hexdigest()


def _about(result: Result) -> dict[str, Any]:
    return {
        "settings": result.settings.as_dict(),
        "labels": list(result.all_cells.labels),
        "all_cells": described(result.all_cells),
        "halves": [described(scores) for scores in result.halves],
        "perturbations": {context: list(names) for context, names in result.perturbations.items()},
        "leave_one_out": {context: plan.leave_one_out for context, plan in result.plans.items()},
        "folds": dict(result.folds),
        "genes": list(result.genes),
        "predictions": about_predictions(result),
        "baselines": {context: list(made) for context, made in result.baselines.items()},
        "given_folds": result.given_folds,
        "given_halves": result.given_halves,
        "blocks_by": result.blocks_by,
    }


def _files(result: Result) -> dict[str, Callable[[Path], object]]:
    """Return what writes each file."""
    arrays: dict[str, NDArray[Any]] = {"same_as_mean": result.calibrated.same_as_mean}
    if result.block_codes is not None:
        arrays["block_codes"] = result.block_codes
    for place, plan in enumerate(result.plans.values()):
        arrays |= {f"plan.{place}.fold": plan.fold, f"plan.{place}.train": plan.train}
    for place, scores in enumerate([result.all_cells, *result.halves]):
        arrays |= {f"scores.{place}.{name}": array for name, array in arrays_of(scores).items()}
    tables = {f"{name}.parquet": getattr(result, name).to_parquet for name in KEPT_TABLES}
    return {SCORES: lambda path: _save_arrays(path, arrays), **tables}


def _save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    np.savez(path, allow_pickle=False, **arrays)


def _write(path: Path, write: Callable[[Path], object]) -> str:
    write(path)
    return _content_digest(path.read_bytes())


def _content_digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _read(place: Path, about: dict[str, Any], dataset: Dataset, profiles: Profiles) -> KeptResult:
    def checked(name: str) -> BytesIO:
        content = (place / name).read_bytes()
        if _content_digest(content) != about["files"][name]:
            raise ValueError(f"{name} was changed or is damaged")
        return BytesIO(content)

    with np.load(checked(SCORES), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    tables = {name: pd.read_parquet(checked(f"{name}.parquet")) for name in KEPT_TABLES}
    described_scores = [about["all_cells"], *about["halves"]]
    all_cells, *halves = (
        scores_of(item, about["labels"], _part(arrays, f"scores.{i}."))
        for i, item in enumerate(described_scores)
    )
    return KeptResult.of(about, dataset, profiles, Numbers(all_cells, tuple(halves), arrays, tables))


def _part(arrays: Mapping[str, NDArray[Any]], front: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(front): array for name, array in arrays.items() if name.startswith(front)}


def _make_room(folder: Path, new: Path) -> None:
    """Remove the results that were opened longest ago until the rest fits."""
    found = []
    for place in folder.iterdir():
        with suppress(OSError):
            size = sum(file.stat().st_size for file in place.iterdir())
            found.append(((place / ABOUT).stat().st_mtime_ns, size, place))
    total = sum(size for _, size, _ in found)
    for _, size, place in sorted(found):
        if total <= MOST_BYTES:
            return
        if place != new:
            shutil.rmtree(place, ignore_errors=True)
            total -= size
