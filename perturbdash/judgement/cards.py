"""Cards of metrics and of what stands beside them, as words; made from the specs, found by any of their names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from perturbdash.judgement.concepts import CONCEPTS, Concept
from perturbdash.metrics.registry import METRICS, MetricSpec, Peer
from perturbdash.metrics.symbols import symbols_of
from perturbdash.vocabulary import HEADLINE

FAMILIES = {
    "error": "Error",
    "control": "Shift, control",
    "centroid": "Shift, centroid",
    "retrieval": "Retrieval",
    "de": "DEGs",
    "beside": "Calibration and verdict",
}
"""Short words of the families, and of the cards that are no metrics, in the order in which they are shown."""
NEGATIVE_CONTROLS = {
    "mean": "the average of the training perturbations",
    "control": "the control mean, since the average is the reference itself",
    "global_mean": "one vector for all, the mean of all centroids: 0.5 on average",
}
_SPELLING = {"δ": "delta", "μ": "mu", "²": "2", "−": "-"}
WHERE = {"control": "from the control mean", "centroid": "from the perturbed centroid"}


@dataclass(frozen=True)
class Card:
    """What a card says; its text holds no markup, its LaTeX stands apart.

    Parameters
    ----------
    skill
        Of a headline metric; empty for all others.
    span
        Range, and the perfect or the chance value.
    better
        ``"higher"`` or ``"lower"``; empty where it is no score.
    symbols
        (LaTeX, meaning).
    facts
        Term and words: what stands on the card; ``more`` stands only where there is room.
    """

    name: str
    label: str
    family: str
    summary: str
    source: str
    doi: str
    full_name: str = ""
    skill: str = ""
    span: str = ""
    better: str = ""
    formula: str = ""
    symbols: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    peers: tuple[Peer, ...] = ()

    @property
    def is_metric(self) -> bool:
        """Whether predictions are scored by it."""
        return self.family != "beside"


def cards(headline: Sequence[str] = HEADLINE) -> tuple[Card, ...]:
    """Return all cards: headline metrics, the other metrics by family, then what stands beside them."""
    first = [METRICS[name] for name in headline]
    rest = [spec for spec in METRICS.values() if spec.name not in headline]
    rest.sort(key=lambda spec: list(FAMILIES).index(spec.family))
    metrics = [_metric(spec, counts=spec.name in headline) for spec in (*first, *rest)]
    return (*metrics, *(_beside(concept) for concept in CONCEPTS.values()))


def _metric(spec: MetricSpec, *, counts: bool) -> Card:
    more = {"negative control": NEGATIVE_CONTROLS[spec.negative_control] + "."}
    if spec.reference is not None:
        more["reference"] = f"Shifts are measured {WHERE[spec.reference]}."
    if spec.published_negative_control != spec.negative_control:
        more["as published"] = (
            f"In the published calibration the negative control is "
            f"{'the average' if spec.published_negative_control == 'mean' else 'the control mean'}."
        )
    if not spec.attains_perfect:
        more["perfect"] = "The truth itself need not reach it, since its list is made with p-values."
    if spec.remark:
        more["note"] = spec.remark
    return Card(
        name=spec.name,
        label=spec.label,
        family=spec.family,
        summary=spec.summary,
        source=spec.source,
        doi=spec.doi,
        full_name=spec.full_name,
        skill=(spec.skill or "") if counts else "",
        span=_span(spec),
        better="higher" if spec.higher_is_better else "lower",
        formula=spec.formula,
        symbols=tuple(symbols_of(spec)),
        facts={"undefined": spec.undefined, "fooled by": spec.fooled_by},
        more={term: words[0].upper() + words[1:] for term, words in more.items()},
        peers=spec.elsewhere,
    )


def _span(spec: MetricSpec) -> str:
    ends = f"{_bound(spec.low)} to {_bound(spec.high)}"
    return f"{ends}, perfect {spec.perfect:g}" if spec.chance is None else f"{ends}, chance {spec.chance:g}"


def _bound(value: float) -> str:
    return ("∞" if value > 0 else "−∞") if math.isinf(value) else f"{value:g}".replace("-", "−")


def _beside(concept: Concept) -> Card:
    shown = [term for term in concept.facts if term in ("range", "undefined", "fooled by")]
    facts = {term: concept.facts[term] for term in shown or list(concept.facts)[:3]}
    return Card(
        name=concept.name,
        label=concept.label,
        family="beside",
        summary=concept.summary,
        source=concept.source,
        doi=concept.doi,
        formula=concept.formula,
        symbols=tuple(concept.symbols.items()),
        facts=facts,
        more={term: words for term, words in concept.facts.items() if term not in facts},
        peers=concept.elsewhere,
    )


def found(
    all_cards: Iterable[Card], text: str, family: str | None = None, *, headline: bool = False
) -> list[Card]:
    """Return the cards that hold every word of a text; those with it in a name come first.

    Parameters
    ----------
    text
        Words of a name, of what another tool calls it, or of its sentences; empty for all.
    family
        A key of `FAMILIES`; ``None`` for all.
    headline
        Only metrics that count in the verdict.

    Examples
    --------
    >>> [card.name for card in found(cards(), "transpose rank")][:2]
    ['nir', 'truth_rank']
    """
    words = _spelled(text).split()
    chosen = [
        card
        for card in all_cards
        if (family is None or card.family == family)
        and (card.skill or not headline)
        and all(word in _spelled(_text(card)) for word in words)
    ]
    return sorted(chosen, key=lambda card: not all(word in _spelled(_names(card)) for word in words))


def _names(card: Card) -> str:
    return " ".join([card.name, card.label, card.full_name, *(peer.name for peer in card.peers)])


def _text(card: Card) -> str:
    peers = (f"{peer.tool} {peer.difference}" for peer in card.peers)
    facts = (*card.facts.values(), *card.more.values())
    return " ".join(
        [_names(card), card.summary, card.skill, FAMILIES[card.family], card.source, *peers, *facts]
    )


def _spelled(text: str) -> str:
    """Write a text as it is searched: without case, signs between words, and with Greek letters by name."""
    text = text.casefold()
    for letter, name in _SPELLING.items():
        text = text.replace(letter, name)
    return re.sub(r"[\s_\-–.,;:/()]+", " ", text)
