"""The first sections: who is better than the average, or why that cannot be said; and what is wrong."""

from __future__ import annotations

from perturbdash.figures.markup import Html, html, join
from perturbdash.figures.scorecard import score_strip_html, warning_cards_html
from perturbdash.judgement import sentences_nothing as nothing
from perturbdash.judgement import sentences_remaining as remaining
from perturbdash.judgement.sentences import FIT, model_verdicts
from perturbdash.judgement.sentences_scorecard import hero, losses
from perturbdash.judgement.sentences_verdict import (
    HEADLINE_ALONE,
    no_prediction,
    nothing_can_be_said,
    which_test,
)
from perturbdash.report.blocks import answer, listed, note, said
from perturbdash.report.scope import Scope


def verdict(scope: Scope) -> Html:
    """Return the answer about every model, or why there is none."""
    parts = [_answer(scope)]
    if scope.result.judges_a_fit and scope.models:
        parts.append(note(FIT))
    if scope.models:
        parts.append(strip(scope))
    if not scope.headline:
        parts.append(argument(scope))
    return join(parts)


def _answer(scope: Scope) -> Html:
    if not scope.models:
        return _without_models(scope)
    if not scope.headline:
        return answer(
            nothing_can_be_said(len(scope.models)), nothing.nothing_reason(scope.result, scope.context)
        )
    headline = scope.result.settings.headline
    ranked = model_verdicts(scope.verdict, scope.context)
    muted = [
        said(losses(ranked, headline), scope.styles),
        said(scope.told, scope.styles),
        which_test(len(scope.headline), scope.n_tested, scope.result.settings),
    ]
    return answer(said(hero(ranked), scope.styles), join(muted, " "))


def _without_models(scope: Scope) -> Html:
    sentence = no_prediction(len(scope.headline), len(scope.result.settings.headline))
    if not scope.headline:
        return answer(sentence, nothing.nothing_reason(scope.result, scope.context))
    return answer(sentence, join([said(scope.told, scope.styles), HEADLINE_ALONE], " "))


def strip(scope: Scope) -> Html:
    """Return a row a model: headline metrics large, all others small."""
    result = scope.result
    table = score_strip_html(
        result.verdict, result.calibration_summary, scope.models, context=scope.context, styles=scope.styles
    )
    return html('<div class="pr-strip">{table}</div>', table=Html(table))


def warnings(scope: Scope) -> Html:
    """Return the findings as cards, and one line for the checks without a finding."""
    table = scope.result.warnings
    return Html(warning_cards_html(table, scope.models, context=scope.context, styles=scope.styles))


def argument(scope: Scope) -> Html:
    """Return why nothing can be said in three numbers, what can still be said, and what would help."""
    result, context = scope.result, scope.context
    evidence = join(_evidence(one) for one in nothing.why_nothing_can_be_said(result, context))
    lists = (
        ("What can still be said", remaining.still_said(result, context, scope.models)),
        ("What would help", remaining.would_help(result, context)),
    )
    points = join(listed(title, [_point(scope, point) for point in items]) for title, items in lists)
    return html(
        '<div class="pr-evidence">{evidence}</div><div class="pr-points">{points}</div>',
        evidence=evidence,
        points=points,
    )


def _evidence(one: nothing.Evidence) -> Html:
    return html(
        '<div><p class="pr-number"><b>{value}</b> {unit}</p><h3>{title}</h3><p>{text}</p></div>',
        value=one.value,
        unit=one.unit,
        title=one.title,
        text=one.text,
    )


def _point(scope: Scope, point: remaining.Point) -> Html:
    return html(
        '{said} <span class="pr-behind">{behind}</span>',
        said=said(point.said, scope.styles),
        behind=point.behind,
    )
