"""What is said first where there is no model, or nothing to be told about one; and by which test."""

from __future__ import annotations

from perturbdash.judgement.sentences import counted
from perturbdash.judgement.sentences_scorecard import rule
from perturbdash.judgement.settings import Settings

HEADLINE_ALONE = "Without predictions this report calibrates the data set alone."


def no_prediction(able: int, headline: int) -> str:
    """Say that no prediction is loaded, and how many headline metrics could judge one.

    Examples
    --------
    >>> no_prediction(0, 4)
    'No prediction is loaded, and no headline metric could judge one on this data.'
    """
    if not able:
        return "No prediction is loaded, and no headline metric could judge one on this data."
    return (
        f"No prediction is loaded. {able} of the {headline} headline metrics could tell whether one is better than "
        "the average here."
    )


def nothing_can_be_said(n_models: int) -> str:
    """Say that no headline metric can tell anything about the models."""
    these = "these models" if n_models > 1 else "this model"
    return f"Nothing can be said about {these} on this data, and that is an answer."


def which_test(n_informative: int, n_tested: int, settings: Settings) -> str:
    """Say by which test a model beats the baselines, against which truth, and over how many perturbations."""
    return f"{rule(n_informative, settings)} Truth: all cells, {counted(n_tested, 'test perturbation')}."
