"""Sentences made by rule, with the symbols of the predictions that they name; and which context they are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from perturbdash.judgement.sentences_views import Name, Verdict
from perturbdash.ui import address
from perturbdash.ui.blocks import note, verdict
from perturbdash.ui.markup import Html, join
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    from perturbdash.ui.view import View

MOST_ACROSS = 4


def marked_up(view: View, words: Iterable[str | Name]) -> Html:
    """Return a sentence in which every prediction has its symbol."""
    return join(view.tag(word.text) if isinstance(word, Name) else word for word in words)


def say(view: View, found: Verdict) -> None:
    """Show a page's answer and what stands behind it."""
    verdict(marked_up(view, found.sentence), marked_up(view, found.muted))


def say_which_context(view: View) -> None:
    """Say that one context is shown where the reader had all of them together."""
    if address.read().context == POOLED:
        note(
            f"Shifts are measured within a context, so this page shows one: {view.context}. "
            "Choose another in the sidebar."
        )


def across(n: int) -> int:
    """Return how many of n panels stand side by side, so that few places stay empty.

    Examples
    --------
    >>> [across(n) for n in (1, 3, 4, 5, 6, 7)]
    [1, 3, 4, 3, 3, 4]
    """
    return n if n <= MOST_ACROSS else min((3, MOST_ACROSS), key=lambda columns: -n % columns)
