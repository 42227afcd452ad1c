"""How often labels are permuted in a null check."""

from __future__ import annotations

from perturbdash.errors import SettingsError

TRIALS = 3
MOST_TRIALS = 20


def check_trials(trials: int) -> None:
    """Raise ``SettingsError`` where a number of trials is not a whole number from 1 to 20."""
    if isinstance(trials, bool) or not isinstance(trials, int) or not 1 <= trials <= MOST_TRIALS:
        raise SettingsError(
            f"The number of null trials is {trials!r}; expected a whole number from 1 to {MOST_TRIALS}."
        )
