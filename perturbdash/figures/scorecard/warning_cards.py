"""Findings about models and data as cards, and one line for the checks without a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perturbdash.figures.html import escaped, name_html
from perturbdash.figures.models import ModelStyle, model_styles, style_of
from perturbdash.figures.numbers import count, number
from perturbdash.vocabulary import POOLED

TITLES = {
    "collapse": ("Collapse", "of the observed variance"),
    "is_the_mean": ("Is the mean", "median cosine to the average effect"),
    "scale": ("Scale", "of the observed size"),
    "space": ("Space", ""),
    "control_drift": ("Control drift", "from the observed controls, log1p units"),
    "leakage": ("Leakage", "of the duplicate’s squared distance"),
    "target_gene_only": ("Target gene only", ""),
    "train_predictions": ("Training overlap", "training perturbations predicted"),
    "missing": ("Missing", "not predicted"),
    "identical": ("Identical", "repeated profiles"),
    "no_effect": ("No effect", "of the mean cosine is control noise"),
}
COUNTS = frozenset({"train_predictions", "missing", "identical"})


def warning_cards_html(
    warnings: pd.DataFrame,
    models: Sequence[str] | None = None,
    *,
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
    context
        One context; by default all, where a finding that several contexts share has one card.
    """
    table = warnings if context in (None, POOLED) else warnings[warnings["context"] == context]
    of_model = table["model"].fillna("").astype(str)
    present = [model for model in dict.fromkeys(of_model) if model]
    shown = present if models is None else list(models)
    styles = styles or model_styles(shown)
    cards = []
    for owner in [*shown, ""]:
        for warning, rows in table[of_model == owner].groupby("warning", sort=False):
            if warning == "no_effect":
                cards += [_card(str(warning), [row], None) for row in rows.to_dict("records")]
            else:
                style = style_of(owner, styles) if owner else None
                cards.append(_card(str(warning), rows.to_dict("records"), style))
    found = set(table.loc[of_model.isin([*shown, ""]), "warning"])
    rest = [words.lower() for key, (words, _) in TITLES.items() if key not in found]
    more = "more " if found else ""
    line = f"{len(rest)} {more}checks without a finding: {', '.join(rest)}." if rest else ""
    block = f'<div class="pd-cards">{"".join(cards)}</div>' if cards else ""
    return f'{block}<p class="pd-rest">{escaped(line)}</p>' if line else block


def _card(warning: str, rows: Sequence[Mapping[Any, Any]], style: ModelStyle | None) -> str:
    first = rows[0]
    title, unit = TITLES.get(warning, (warning.replace("_", " ").capitalize(), ""))
    contexts = [str(row["context"]) for row in rows if str(row["context"]) not in ("", "nan")]
    several = f" In {len(contexts)} contexts, the first: {contexts[0]}." if len(set(contexts)) > 1 else ""
    owner = name_html(style) if style else '<span class="pd-name">data set</span>'
    value = first["value"]
    told = not pd.isna(value) and not (warning == "no_effect" and first["threshold"] >= 1)
    shown = "" if not told else count(value) if warning in COUNTS else _short(float(value))
    figure = f'<p class="pd-value"><b>{shown}</b> {escaped(unit)}</p>' if shown else ""
    return (
        f'<section class="pd-card"><h4>{escaped(title)} {owner}</h4>{figure}'
        f'<p class="pd-sentence">{escaped(first["sentence"])}{escaped(several)}</p></section>'
    )


def _short(value: float) -> str:
    """Write a value with two decimals, more where it is small or next to 1."""
    if 0 < abs(value) < 0.01:
        return f"{value:.2g}".replace("-", "−")
    return number(value, 3 if 0.99 <= abs(value) < 1 else 2)
