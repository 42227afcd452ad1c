"""How much of the screen is one effect that all perturbations share."""

from __future__ import annotations

from functools import partial
from typing import Any

from perturbdash import published
from perturbdash.figures.markup import Html, join
from perturbdash.figures.numbers import count, number, with_error
from perturbdash.figures.systematic_variation import cosine_violins
from perturbdash.figures.tables import of_context
from perturbdash.judgement import sentences_systematic
from perturbdash.judgement.sentences import counted
from perturbdash.report.blocks import Column, Row, answer, frame, note, reading_table
from perturbdash.report.drawing import drawing
from perturbdash.report.scope import Scope
from perturbdash.vocabulary import POOLED

COLUMNS = (
    Column("context", "The average effect is that of the context.", numeric=False),
    Column(
        "Δcontrol",
        "Mean cosine of shifts from the control mean to the average effect, as published, ± standard error.",
    ),
    Column("leave one out", "Without the perturbation in the average effect."),
    Column("controls split", "Shift and average effect each take their own half of the control cells."),
    Column("Δcentroid", "The same from the perturbed centroid, ± standard error."),
    Column("n", "Perturbations."),
)


def systematic_variation(scope: Scope) -> Html:
    """Return the cosines of one context beside the published ones, or those of all contexts as a table."""
    if scope.context == POOLED:
        return _by_context(scope)
    from perturbdash.statistics.systematic import summary, zero_vectors

    rows = of_context(scope.result.systematic_variation, scope.context)
    if rows.empty:
        return note("There is no perturbation with cells here, so there is no shift.")
    means = summary(scope.result.systematic_variation)
    found = sentences_systematic.systematic_answer(means, published.systematic_variation(), scope.context)
    parts = [answer(found.sentence, found.muted)]
    zeros = sentences_systematic.zero_shift_sentence(zero_vectors(rows))
    parts += [note(zeros)] if zeros else []
    if rows["cosine"].notna().any():
        parts.append(_violins(scope, rows))
    return join(parts)


def _violins(scope: Scope, rows: Any) -> Html:
    draw = partial(cosine_violins, rows)
    return frame(
        "How similar is each shift to the average effect?",
        f"Both references, {counted(rows['perturbation'].nunique(), 'perturbation')}, all cells. Line: mean, bar: its "
        "95 % interval, dotted: mean with the controls split. One point a perturbation (disc: single, cross: "
        "combination) where they are not too many.",
        [drawing(lambda mode: draw(mode=mode), min_width=520)],
        caption=f"{scope.source}. The average effect is the mean of the centroids of all perturbations of the context "
        f"minus the control mean. Published means are those of {published.SYSTEMA} (doi {published.SYSTEMA_DOI}), read "
        f"from its figure, ±{published.HALF_WIDTH}.",
    )


def _by_context(scope: Scope) -> Html:
    from perturbdash.statistics.systematic import summary

    means = summary(scope.result.systematic_variation)
    found = {(str(row["context"]), str(row["reference"])): row for row in means.to_dict("records")}
    rows = []
    for context in dict.fromkeys(means["context"]):
        control, centroid = found[context, "control"], found[context, "centroid"]
        rows.append(
            Row(
                (
                    context,
                    with_error(control["cosine"], control["cosine_se"]),
                    number(control["cosine_leave_one_out"]),
                    with_error(control["cosine_split_control"], control["cosine_split_control_se"]),
                    with_error(centroid["cosine"], centroid["cosine_se"]),
                    count(control["n"]),
                )
            )
        )
    return frame(
        "How much is one shared effect, in each context?",
        "Each context has its own average effect, so cosines are never pooled; figures stand in the section of each "
        "context. All cells.",
        [reading_table(COLUMNS, rows, caption="Mean cosine to the average effect in each context")],
        caption=f"Source of the published form: {published.SYSTEMA} (doi {published.SYSTEMA_DOI}).",
    )
