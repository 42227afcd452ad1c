"""Findings about models and data as cards, and one line for the checks without a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perturbdash.figures.html import escaped
from perturbdash.figures.models import ModelStyle, model_styles, style_of
from perturbdash.figures.numbers import count, number
from perturbdash.figures.scorecard.names import broken_name_html
from perturbdash.vocabulary import POOLED

TITLES = {
    "collapse": ("Collapse", "of the observed variance"),
    "is_the_mean": ("Is the mean", "median cosine to the average effect"),
    "scale": ("Scale", "of the observed size"),
    "space": ("Space", ""),
    "control_drift": ("Control drift", "from the observed controls, log1p units"),
    "leakage": ("Leakage", "of the duplicate’s squared distance"),
    "target_gene_only": ("Target gene only", "p without the targeted genes"),
    "train_predictions": ("Training overlap", "training perturbations predicted"),
    "missing": ("Missing", "not predicted"),
    "identical": ("Identical", "repeated profiles"),
    "no_effect": ("No effect", "of the mean cosine is control noise"),
}
COUNTS = frozenset({"train_predictions", "missing", "identical"})
SHORT = {
    "collapse": "Nearly the same answer for every perturbation.",
    "is_the_mean": "Whatever the perturbation, the average effect is predicted.",
    "scale": "Shifts of half the right size or less, or of twice it or more.",
    "space": "Values that are not log1p of counts per 10,000.",
    "control_drift": "Other controls are predicted than were measured.",
    "leakage": "Nearer to one half of the cells than the other half is.",
    "target_gene_only": "A win that rests on the targeted genes.",
    "train_predictions": "Perturbations that a model may have seen are predicted too; these are not scored.",
    "missing": "Perturbations or genes that are not predicted.",
    "identical": "The same profile for several perturbations.",
}
MOST_CARDS = 8
"""More than these, and models that share a finding share a card."""
NAMED = 5
CLOSE_RULE = "A plain card is no finding: its value lies within a factor of 1.4 of the threshold."


Found = tuple[str, tuple[str, ...], pd.DataFrame]
"""A warning, who has it (nobody: the data set), and its rows."""


@dataclass(frozen=True)
class Card:
    """One finding, or a value close to one.

    Parameters
    ----------
    models
        Who has it; empty for the data set.
    near
        No finding, but close to one.
    inner
        The card as HTML, without its border.
    untold
        It says that no metric can tell anything.
    """

    warning: str
    models: tuple[str, ...]
    near: bool
    inner: str
    untold: bool = False

    @property
    def html(self) -> str:
        """The card as HTML."""
        return f'<section class="pd-card{" pd-near" if self.near else ""}">{self.inner}</section>'


def warning_cards_html(
    warnings: pd.DataFrame,
    models: Sequence[str] | None = None,
    *,
    near: pd.DataFrame | None = None,
    context: str | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
) -> str:
    """Return the findings as HTML cards; classes are described in ``blocks.css``.

    Parameters
    ----------
    warnings
        Columns context, model (empty for the data set), warning, value, threshold, sentence; findings only.
    models
        Those that are shown, in the order of loading; by default all. Findings about the data set always are.
    near
        Values that are near a threshold and no finding, in the same columns.
    context
        One context; by default all, where a finding that several contexts share has one card.
    """
    cards = warning_cards(warnings, models, near=near, context=context, styles=styles)
    block = f'<div class="pd-cards">{"".join(card.html for card in cards)}</div>' if cards else ""
    return f"{block}{rest_html(cards)}"


def warning_cards(
    warnings: pd.DataFrame,
    models: Sequence[str] | None = None,
    *,
    near: pd.DataFrame | None = None,
    context: str | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
) -> list[Card]:
    """Return the cards of `warning_cards_html`: findings, those of the data set last, then what is close to one."""
    tables = [(_of(warnings, context), False)]
    if near is not None:
        tables.append((_of(near, context), True))
    present = [model for table, _ in tables for model in dict.fromkeys(table["model"]) if model]
    shown = list(dict.fromkeys(present)) if models is None else list(models)
    styles = styles or model_styles(shown)
    cards: list[Card] = []
    for table, close in tables:
        known = {(card.warning, model) for card in cards for model in card.models or ("",)}
        found = [one for one in _by_owner(table, shown) if (one[0], (one[1] or ("",))[0]) not in known]
        for warning, owners, rows in _shared(found) if len(found) > MOST_CARDS else found:
            if len(owners) > 1:
                inner = _together(warning, owners, rows, styles)
            else:
                inner = _inner(
                    warning, rows.to_dict("records"), style_of(owners[0], styles) if owners else None
                )
            untold = warning == "no_effect" and bool((rows["threshold"] >= 1).all())
            cards.append(Card(warning, owners, close, inner, untold))
    return cards


def _by_owner(table: pd.DataFrame, models: Sequence[str]) -> list[Found]:
    """Part findings by model, the data set last; that nothing can be told is another one than a noisy control."""
    found: list[Found] = []
    for owner in [*models, ""]:
        own = table[table["model"] == owner]
        untold = (own["warning"] == "no_effect") & (own["threshold"] >= 1)
        for _, rows in own.groupby([own["warning"], untold], sort=False):
            found.append((str(rows["warning"].iloc[0]), (owner,) if owner else (), rows))
    return found


def _shared(found: Sequence[Found]) -> list[Found]:
    """Put the models that share a finding together."""
    together: dict[str, list[Found]] = {}
    for one in found:
        key = one[0] if one[1] else f"{one[0]} of the data set {len(together)}"
        together.setdefault(key, []).append(one)
    return [
        (group[0][0], tuple(owner for one in group for owner in one[1]), pd.concat([one[2] for one in group]))
        for group in together.values()
    ]


def rest_html(cards: Sequence[Card]) -> str:
    """Return one line for the checks without a card, and what a plain card is."""
    rest = [
        words.lower() for key, (words, _) in TITLES.items() if key not in {card.warning for card in cards}
    ]
    more = "more " if cards else ""
    line = f"{len(rest)} {more}checks without a finding: {', '.join(rest)}." if rest else ""
    if any(card.near for card in cards):
        line = f"{line} {CLOSE_RULE}".strip()
    return f'<p class="pd-rest">{escaped(line)}</p>' if line else ""


def _of(table: pd.DataFrame, context: str | None) -> pd.DataFrame:
    own = table if context in (None, POOLED) else table[table["context"] == context]
    return own.assign(model=own["model"].fillna("").astype(str))


def _inner(warning: str, rows: Sequence[Mapping[Any, Any]], style: ModelStyle | None) -> str:
    first = rows[0]
    title, unit = TITLES.get(warning, (warning.replace("_", " ").capitalize(), ""))
    contexts = [str(row["context"]) for row in rows if str(row["context"]) not in ("", "nan")]
    several = f" In {len(contexts)} contexts, the first: {contexts[0]}." if len(set(contexts)) > 1 else ""
    owner = broken_name_html(style) if style else '<span class="pd-name">data set</span>'
    shown = _value(warning, first)
    figure = f'<p class="pd-value"><b>{shown}</b> {escaped(unit)}</p>' if shown else ""
    return (
        f"<h3>{escaped(title)} {owner}</h3>{figure}"
        f'<p class="pd-sentence">{escaped(first["sentence"])}{escaped(several)}</p>'
    )


def _together(
    warning: str, owners: Sequence[str], rows: pd.DataFrame, styles: Mapping[str, ModelStyle]
) -> str:
    """Write one card for several models: what it is, and the value of each."""
    title, unit = TITLES.get(warning, (warning.replace("_", " ").capitalize(), ""))
    first = {str(row["model"]): row for row in reversed(rows.to_dict("records"))}
    values = [(style_of(owner, styles), _value(warning, first[owner])) for owner in owners]
    items = "".join(f"<span>{broken_name_html(style)} {value}</span>" for style, value in values[:NAMED])
    rest = f"<span>and {len(values) - NAMED} more</span>" if len(values) > NAMED else ""
    return (
        f'<h3>{escaped(title)} <span class="pd-name">{len(owners)} models</span></h3>'
        f'<p class="pd-owners">{items}{rest} {escaped(unit)}</p>'
        f'<p class="pd-sentence">{escaped(SHORT.get(warning, ""))}</p>'
    )


def _value(warning: str, row: Mapping[Any, Any]) -> str:
    value = row["value"]
    if pd.isna(value) or (warning == "no_effect" and row["threshold"] >= 1):
        return ""
    return count(value) if warning in COUNTS else _short(float(value))


def _short(value: float) -> str:
    """Write a value with two decimals, more where it is small or next to 1."""
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}".replace("-", "−")
    return number(value, 3 if 0.98 <= abs(value) < 1 else 2)
