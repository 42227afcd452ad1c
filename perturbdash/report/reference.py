"""What changes when the reference moves from the control mean to the perturbed centroid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from perturbdash.figures.markup import Html, bold, html, join
from perturbdash.figures.models import OBSERVED
from perturbdash.figures.numbers import count, number, percent
from perturbdash.figures.reference import reference_arrows, shared_ranges
from perturbdash.judgement.sentences import counted, joined
from perturbdash.judgement.sentences_views import reference_verdict
from perturbdash.report.blocks import Column, Row, answer, frame, note, reading_table, said, tag
from perturbdash.report.drawing import drawing
from perturbdash.report.scope import Scope
from perturbdash.vocabulary import POOLED, Reference

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from perturbdash.judgement.plane_view import ReferenceView

MARKED = 2
MOST_ARROWS = 20_000
"""In all panels of a report together; beyond it the table of cosines says the same in a few numbers."""
REFERENCES: tuple[Reference, ...] = ("control", "centroid")
FIELDS = {
    "mean_pairwise_cosine": ("mean pairwise cosine", "Between the shifts of two different perturbations."),
    "cosine_to_average_effect": (
        "mean cosine to the average effect",
        "Between a shift and the average effect.",
    ),
}


def reference(scope: Scope) -> Html:
    """Return how alike shifts are from both references: a sentence, arrows and the cosines of one context."""
    if scope.context == POOLED:
        return note(
            "Shifts are measured within a context, so arrows and cosines stand in the section of each context."
        )
    from perturbdash.judgement.views import reference_view

    found = reference_view(scope.result, scope.context)
    if len(found.longest) < 2:
        return note(
            f"Only {joined(found.longest) or 'no perturbation'} is judged here; an angle lies between the shifts "
            "of two perturbations."
        )
    words = reference_verdict(found.cosines, scope.models, n_genes=found.n_genes)
    parts = [
        answer(said(words.sentence, scope.styles), said(words.muted, scope.styles)),
        _arrows(scope, found),
        _cosines(scope, found),
    ]
    return join(parts)


def _arrows(scope: Scope, found: ReferenceView) -> Html:
    drawn = _drawn(scope)
    n = len(found.longest) * len(drawn) * len(REFERENCES) * len(scope.result.contexts)
    if n > MOST_ARROWS:
        return note(
            f"Arrows are left out: {n:,} of them in all panels of this page would be more than one can see. The page "
            "Reference of the dashboard draws them."
        )
    points = found.plane.points[found.plane.points["prediction"].isin(drawn)]
    ranges = shared_ranges(points, found.plane.anchors)
    draw = partial(
        reference_arrows,
        points,
        found.plane.anchors,
        found.plane.explained,
        found.cosines,
        marked=found.longest[:MARKED],
        styles=scope.styles,
        ranges=ranges,
    )
    rows = [
        html(
            '<div class="pr-panels">{panels}</div>',
            panels=join(_panel(draw, name, reference) for name in drawn),
        )
        for reference in REFERENCES
    ]
    return frame(
        "Where do the arrows point, from control and from the centroid?",
        f"Plane of the first two components of the {counted(len(found.longest), 'observed centroid')} "
        f"({percent(sum(found.plane.explained))} of their variance). One arrow a perturbation; the points stay, "
        "only the tail moves. Filled square: control mean; filled cross: perturbed centroid; the open one is not "
        "in use.",
        [*rows, _undrawn(scope, drawn)],
        caption=f"{scope.source}. All cells. Predictions are projected on the observed components. Cosines are "
        f"over all {counted(found.n_genes, 'gene')}, not in this plane. Thick: {', '.join(found.longest[:MARKED])}.",
    )


def _panel(draw: partial[go.Figure], name: str, reference: Reference) -> Html:
    figure = drawing(lambda mode: draw(prediction=name, reference=reference, mode=mode))
    return html("<div>{figure}</div>", figure=figure)


def _drawn(scope: Scope) -> list[str]:
    """Return the observation, and the models that have a colour."""
    return [OBSERVED, *(name for name in scope.models if scope.styles[name].slot is not None)]


def _undrawn(scope: Scope, drawn: Sequence[str]) -> Html:
    rest = [name for name in scope.models if name not in drawn]
    if not rest:
        return Html("")
    return note(f"Not drawn: {joined(rest)}. Arrows are drawn for six models; the table has all.")


def _cosines(scope: Scope, found: ReferenceView) -> Html:
    rows = {(row["prediction"], row["reference"]): row for row in found.cosines.to_dict("records")}
    names = list(dict.fromkeys(found.cosines["prediction"]))
    columns = [Column("shifts", "Observed, or predicted by a model.", numeric=False)]
    for words, help_ in FIELDS.values():
        columns += [
            Column("from control", f"{help_} Shifts from the control mean.", group=words),
            Column("from the centroid", f"{help_} Shifts from the perturbed centroid.", group=words),
        ]
    columns.append(Column("n", "Perturbations with a shift."))
    body = [
        Row(
            [
                bold(OBSERVED) if name == OBSERVED else tag(name, scope.styles),
                *(number(rows[name, side][field]) for field in FIELDS for side in REFERENCES),
                count(rows[name, "control"]["n"]),
            ]
        )
        for name in names
    ]
    return frame(
        "How alike are the shifts?",
        f"Cosines over {counted(found.n_genes, 'gene')}; 1: all point the same way, 0: unrelated. All cells.",
        [reading_table(columns, body, caption="Cosines of shifts under both references")],
        caption=f"{scope.source}. A zero shift has cosine 0.",
    )
