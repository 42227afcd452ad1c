"""A result whose scores and tables are there, and whose profiles are read when they are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import NDArray

from perturbdash.io.alignment import AlignedPrediction, MatchReport
from perturbdash.judgement.calibrated import Calibration
from perturbdash.judgement.later import Later
from perturbdash.judgement.result import Result
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import Plan

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.evaluate import Problem
    from perturbdash.judgement.scores import Scores
    from perturbdash.metrics.prediction import Prediction
    from perturbdash.vocabulary import Progress

KEPT_TABLES = (
    "systematic_variation",
    "metric_summary",
    "calibration_summary",
    "verdict",
    "warnings",
    "near_warnings",
    "conditions",
)
"""Attributes of a result that are written with it; all others follow from scores or profiles."""


@dataclass(frozen=True)
class Numbers:
    """What files hold of a result.

    Parameters
    ----------
    all_cells, halves
        Scores against all cells, and against each half.
    arrays
        Arrays beside scores, by name.
    tables
        The tables of `KEPT_TABLES`.
    """

    all_cells: Scores
    halves: tuple[Scores, ...]
    arrays: dict[str, NDArray[Any]]
    tables: dict[str, pd.DataFrame]


class Profiles:
    """Statistics, baselines and predictions of a result, read once.

    Parameters
    ----------
    pose
        Reads data and predictions.
    """

    def __init__(self, pose: Callable[[Progress], Problem]) -> None:
        self._pose = pose
        self._problem: Problem | None = None
        self._baselines: dict[tuple[str, str], Prediction] = {}
        self._lock = threading.Lock()

    @property
    def are_read(self) -> bool:
        """Whether they need not be read any more."""
        return self._problem is not None

    def read(self, progress: Progress | None = None) -> Problem:
        """Read them where that was not done yet.

        Parameters
        ----------
        progress
            Called with the share done; it may raise ``Cancelled``.
        """
        with self._lock:
            if self._problem is None:
                self._problem = self._pose(progress or _silent)
            return self._problem

    def baseline(self, context: str, name: str) -> Prediction:
        """Return a baseline of a context; each is made when it is asked for."""
        problem = self.read()
        if (context, name) not in self._baselines:
            self._baselines[context, name] = problem.baselines_of(context, only=(name,))[name]
        return self._baselines[context, name]

    def prediction(self, name: str) -> AlignedPrediction:
        """Return the prediction of a model."""
        return next(item for item in self.read().aligned if item.name == name)


@dataclass(frozen=True)
class KeptResult(Result):
    """A result of the store.

    Parameters
    ----------
    profiles
        What was not kept.
    """

    profiles: Profiles | None = None

    @classmethod
    def of(
        cls, about: Mapping[str, Any], dataset: Dataset, profiles: Profiles, numbers: Numbers
    ) -> KeptResult:
        """Put a result together from what its files hold.

        Raises
        ------
        KeyError, TypeError, ValueError, PerturbdashError
            If something is missing or does not belong together.
        """
        settings = Settings(**{name: _hashable(value) for name, value in about["settings"].items()})
        contexts = tuple(about["perturbations"])
        arrays = numbers.arrays
        calibrated = Calibration(settings, numbers.halves, arrays["same_as_mean"], arrays.get("block_codes"))
        result = cls(
            dataset=dataset,
            settings=settings,
            cases=Later(contexts, lambda context: profiles.read().cases[context]),
            baselines={context: _baselines(about, context, profiles) for context in contexts},
            aligned=tuple(_aligned(item, tuple(about["genes"]), profiles) for item in about["predictions"]),
            plans={
                context: Plan(
                    arrays[f"plan.{i}.fold"], arrays[f"plan.{i}.train"], bool(about["leave_one_out"][context])
                )
                for i, context in enumerate(contexts)
            },
            folds={str(label): int(fold) for label, fold in about["folds"].items()},
            calibrated=calibrated,
            all_cells=numbers.all_cells,
            given_folds=bool(about["given_folds"]),
            given_halves=bool(about["given_halves"]),
            blocks_by=about["blocks_by"],
            profiles=profiles,
        )
        calibrated.__dict__["summary"] = numbers.tables["calibration_summary"]
        names = {context: tuple(found) for context, found in about["perturbations"].items()}
        made = {name: table for name, table in numbers.tables.items() if name != "calibration_summary"}
        result.__dict__.update(made | {"genes": tuple(about["genes"]), "perturbations": names})
        return result

    @property
    def has_profiles(self) -> bool:
        """Whether statistics and predictions are in memory."""
        return self.profiles is None or self.profiles.are_read

    def read_profiles(self, progress: Progress) -> None:
        """Read statistics and predictions."""
        if self.profiles is not None:
            self.profiles.read(progress)


def about_predictions(result: Result) -> list[dict[str, Any]]:
    """Return what is kept of each prediction: what was matched, and where it predicts a control."""
    return [
        {
            "report": asdict(prediction.report),
            "contexts": list(prediction.profiles),
            "predicted_control": list(prediction.predicted_control),
        }
        for prediction in result.aligned
    ]


def _aligned(about: Mapping[str, Any], genes: tuple[str, ...], profiles: Profiles) -> AlignedPrediction:
    report = MatchReport(**{name: _hashable(value) for name, value in about["report"].items()})
    return AlignedPrediction(
        name=report.model,
        genes=genes,
        profiles=Later(
            about["contexts"], lambda context: profiles.prediction(report.model).profiles[context]
        ),
        predicted_control=Later(
            about["predicted_control"],
            lambda context: profiles.prediction(report.model).predicted_control[context],
        ),
        report=report,
    )


def _baselines(about: Mapping[str, Any], context: str, profiles: Profiles) -> Later[Prediction]:
    return Later(about["baselines"][context], partial(profiles.baseline, context))


def _hashable(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _silent(share: float, text: str) -> None:
    """Take no notice of progress."""
