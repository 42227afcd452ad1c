"""Every choice that changes a number of an evaluation, checked once, in one frozen place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from numbers import Integral
from typing import Literal

from perturbdash.errors import SettingsError
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import HEADLINE, MAX_SEED, Mode

CHOICES: dict[str, tuple[str, ...]] = {
    "calibration": ("default", "published"),
    "genes": ("all", "shared"),
    "targets": ("keep", "drop"),
    "candidates": ("all", "test"),
    "mean": ("centroid", "cell"),
}
FOLDS = 5
COMBINATION_FOLDS = 2


@dataclass(frozen=True)
class Settings:
    """Choices of an evaluation; the defaults are what the screen shows.

    Parameters
    ----------
    seed
        Every random choice follows from it; 0 to 10**16 - 1.
    calibration
        ``"published"`` repeats the calibration of Miller et al. (10.1101/2025.10.20.683304) to the letter.
    genes
        ``"shared"`` scores the genes that every prediction has; ``"all"`` makes a missing gene an error.
    targets
        ``"drop"`` takes the targeted genes of a perturbation out of everything that is said about it.
    candidates
        Among which perturbations a retrieval metric looks: all of the context, or those that are tested.
    mean
        How the mean baseline is weighted: one vote a perturbation, or one a cell.
    headline
        Metrics that count in the verdict's sentence.
    min_perturbations
        Below this number of perturbations with a value nothing is said about a metric.
    combination_folds
        Two folds over combinations only; singles always train and are not calibrated.
    n_resamples
        Bootstrap resamples and sign flips.

    Raises
    ------
    SettingsError
        If a value is not allowed.

    Examples
    --------
    >>> Settings(seed=3).calibration
    'default'
    """

    seed: int = 0
    calibration: Mode = "default"
    genes: Literal["all", "shared"] = "all"
    targets: Literal["keep", "drop"] = "keep"
    candidates: Literal["all", "test"] = "all"
    mean: Literal["centroid", "cell"] = "centroid"
    headline: tuple[str, ...] = HEADLINE
    min_perturbations: int = 10
    combination_folds: bool = False
    n_resamples: int = 10_000

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise SettingsError(f"{name} is {value!r}; expected one of {', '.join(allowed)}.")
        for name in ("seed", "min_perturbations", "n_resamples"):
            object.__setattr__(self, name, _whole(name, getattr(self, name)))
        if not 0 <= self.seed <= MAX_SEED:
            raise SettingsError(f"seed is {self.seed}; expected a whole number from 0 to {MAX_SEED}.")
        if self.min_perturbations < 2:
            raise SettingsError(
                f"min_perturbations is {self.min_perturbations}; expected at least 2, since one value has no interval."
            )
        if self.n_resamples < 1:
            raise SettingsError(f"n_resamples is {self.n_resamples}; expected at least 1, usually 10000.")
        object.__setattr__(self, "headline", _known_metrics(self.headline))

    @property
    def n_folds(self) -> int:
        """Number of folds of a calibration."""
        return COMBINATION_FOLDS if self.combination_folds else FOLDS

    def as_dict(self) -> dict[str, object]:
        """Return the settings as they stand in ``run.json``."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise SettingsError(f"{name} is {value!r}; expected a whole number.")
    return int(value)


def _known_metrics(names: Sequence[str]) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else names
    if not names:
        raise SettingsError(
            "headline is empty; name at least one metric, or leave it out for the usual four."
        )
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        raise SettingsError(
            f"headline names {', '.join(unknown)}; expected names among {', '.join(METRICS)}."
        )
    return tuple(dict.fromkeys(names))


SETTING_NAMES = tuple(field.name for field in fields(Settings))
