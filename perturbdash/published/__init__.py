"""Published numbers that are shown beside the user's own, each with its source."""

from perturbdash.published.screens import SCREENS, Screen, overview, screens
from perturbdash.published.shared_effect import (
    METHODS,
    correlation,
    scores_against_cosine,
    systematic_variation,
)
from perturbdash.published.sources import (
    HALF_WIDTH,
    MILLER,
    MILLER_DOI,
    SCORE_HALF_WIDTH,
    SYSTEMA,
    SYSTEMA_DOI,
)

__all__ = [
    "HALF_WIDTH",
    "METHODS",
    "MILLER",
    "MILLER_DOI",
    "SCORE_HALF_WIDTH",
    "SCREENS",
    "SYSTEMA",
    "SYSTEMA_DOI",
    "Screen",
    "correlation",
    "overview",
    "scores_against_cosine",
    "screens",
    "systematic_variation",
]
