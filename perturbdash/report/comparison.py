"""Models beside baselines: differences, positions, and the table of all scores."""

from __future__ import annotations

from functools import partial

from perturbdash.figures.markup import Html, html
from perturbdash.figures.scorecard import forest, positions, scores_table_html
from perturbdash.figures.scorecard.rows import without_legend
from perturbdash.figures.scorecard.score_table import MODELS_BESIDE_BASELINES
from perturbdash.judgement.sentences_scorecard import left_out_baselines
from perturbdash.report.blocks import frame, legend, note, scrolling
from perturbdash.report.drawing import drawing
from perturbdash.report.scope import Scope

NOTHING = (
    "No metric passes the gate, so no difference and no position is drawn. The numbers stand in the table of all "
    "scores, greyed."
)


def differences(scope: Scope) -> Html:
    """Return the forest of differences beside the positions; without models or metrics that can tell, say so."""
    if not scope.models:
        return note("No prediction is loaded, so there is nothing to compare with the baselines.")
    if not scope.informative:
        return note(NOTHING)
    return html('<div class="pr-pair">{left}{right}</div>', left=_forest(scope), right=_positions(scope))


def _forest(scope: Scope) -> Html:
    from perturbdash.judgement.views import dynamic_ranges

    result = scope.result
    ranges = dynamic_ranges(result, scope.context)
    draw = partial(
        forest,
        scope.verdict,
        result.calibration_summary,
        dynamic_range=ranges,
        context=scope.context,
        models=scope.models,
        styles=scope.styles,
    )
    left_out = left_out_baselines(scope.summary, scope.verdict, scope.context)
    return frame(
        "On which metrics is the difference real?",
        f"Truth: all cells, {scope.tested}. Mean paired difference to the hardest baseline, 95 % BCa interval. "
        "Open: no difference shown. Grey band: smaller than n could show.",
        [legend(scope.styles), drawing(lambda mode: without_legend(draw(mode=mode)))],
        caption=f"{scope.source}{scope.averaged}. Bold: headline. Hardest baseline: the one with the largest p, … "
        f"where the models differ. Grey band: first model. Off the scale: ◂ value. {left_out}",
    )


def _positions(scope: Scope) -> Html:
    draw = partial(positions, scope.verdict, context=scope.context, models=scope.models, styles=scope.styles)
    return frame(
        "How close is it to repeating the experiment?",
        f"Truth: one half of the cells, mean of both halves, {scope.tested}; informative metrics only. Line: 95 % BCa "
        "interval.",
        [legend(scope.styles), drawing(lambda mode: without_legend(draw(mode=mode)))],
        caption=f"{scope.source}{scope.averaged}. 0: the negative control of the metric, the average; 1: the "
        "experiment once more with the other half of the cells. Another truth than in the other figure, so the two "
        "are not compared in one row. –: a repeat is not better than the negative control here.",
    )


def scores(scope: Scope) -> Html:
    """Return every metric: baselines first, then each model."""
    if scope.summary.empty:
        return note("No baseline and no model is scored here.")
    result = scope.result
    table = scores_table_html(
        result.metric_summary,
        result.verdict,
        result.calibration_summary,
        scope.models,
        context=scope.context,
        styles=scope.styles,
    )
    beside = 0 < len(scope.models) <= MODELS_BESIDE_BASELINES
    hardest = " Underlined: the baseline that is hardest to beat." if beside else ""
    return frame(
        "What are the scores?",
        f"Truth: all cells; mean over {scope.tested}{scope.averaged}.{hardest} Bold: headline metric. “Could "
        "show”: the smallest difference that this number of perturbations would show with 80 % power.",
        [scrolling(Html(table), "All scores")],
        caption=f"{scope.source}. DRF and n of the calibration have another truth, each half once. n = before a "
        "mean: it is over fewer perturbations; below 80 % a baseline is not compared. Where a baseline predicts no "
        "pattern, it counts as 0 in the verdict.",
    )
