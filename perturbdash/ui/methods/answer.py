"""What the page Methods says first, and which metrics count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perturbdash.judgement.cards import FAMILIES, Card
from perturbdash.judgement.concepts import NEED_CELLS
from perturbdash.judgement.sentences import joined
from perturbdash.ui.blocks import verdict
from perturbdash.ui.markup import html
from perturbdash.ui.numbers import number_word
from perturbdash.vocabulary import HEADLINE

if TYPE_CHECKING:
    from perturbdash.ui.view import View


def headline_of(view: View) -> tuple[str, ...]:
    """Return the metrics that count in the verdict of the open data set, else the usual ones."""
    given = dict(view.record.settings).get("headline") if view.record is not None else None
    return given if isinstance(given, tuple) and given else HEADLINE


def answer(view: View, cards: Sequence[Card]) -> None:
    """Draw the verdict: how many metrics there are, which count, and what the symbols of all formulas mean."""
    metrics = [card for card in cards if card.is_metric]
    count = [card for card in metrics if card.skill] or [
        card for card in metrics if card.name in headline_of(view)
    ]
    skills = [card.skill for card in count]
    each = ", one for each kind of skill" if len(set(skills)) == len(skills) == len(count) else ""
    families = len(FAMILIES) - 1
    n = len(count)
    verdict(
        f"{len(metrics)} metrics in {families} families; {number_word(n)} {'carries' if n == 1 else 'carry'} the "
        f"verdict{each}.",
        html(
            "These count: {count}. In all formulas y is predicted, x observed, δ a shift, μ<sub>c</sub> the control "
            "mean, μ̄ the mean of all training perturbations, w weights, D the DEGs. The cards are made from the "
            "specifications by which the numbers are computed. Not computed here, since they need predicted cells: "
            "{cells}.",
            count=joined([card.label for card in count]),
            cells=joined(list(NEED_CELLS.values())),
        ),
    )
