"""What was left out: cells, perturbations, genes, and values that are undefined, counted with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from perturbdash.figures.markup import Html, html, join
from perturbdash.figures.metric_words import in_order, label
from perturbdash.figures.models import baselines_in_order
from perturbdash.figures.numbers import count
from perturbdash.judgement.scoring import calibrated_rows
from perturbdash.judgement.sentences import counted, joined
from perturbdash.metrics.outcome import REASONS
from perturbdash.metrics.registry import METRICS
from perturbdash.report.blocks import Column, Row, frame, listed, note, reading_table, tag
from perturbdash.report.scope import Scope
from perturbdash.vocabulary import CELLS_FOR_HALVES, POOLED

NAMED = 12


def left_out(scope: Scope) -> Html:
    """Return what was left out of the data and of the predictions, and what has no value and why."""
    parts = [
        listed("Of the data", _of_the_data(scope)),
        listed("Of the predictions", _of_the_predictions(scope)),
    ]
    if not any(parts):
        parts = [note("Nothing was left out of the data or of the predictions.")]
    return join([*parts, listed("Noticed while reading", _noticed(scope)), undefined(scope)])


def some(names: tuple[str, ...]) -> str:
    """Name up to twelve and count the others.

    Examples
    --------
    >>> some(("A", "B")), some(tuple("ABCDEFGHIJKLMN"))
    ('A and B', 'A, B, C, D, E, F, G, H, I, J, K, L and 2 more')
    """
    more = len(names) - NAMED
    return joined([*names[:NAMED], f"{more} more"] if more > 0 else names)


def _of_the_data(scope: Scope) -> Iterator[str]:
    result = scope.result
    dataset = result.dataset
    for reason, n_cells in dataset.left_out.items():
        yield f"{counted(n_cells, 'cell')}: {reason}."
    if dataset.dropped_contexts:
        yield f"Contexts without control or without perturbed cells: {some(tuple(map(str, dataset.dropped_contexts)))}."
    for context, stats in result.stats.items():
        few = np.ones(len(stats.perturbations), dtype=bool)
        few[calibrated_rows(stats)] = False
        names = tuple(np.array(stats.perturbations, dtype=object)[few])
        if names:
            where = f" in {context}" if scope.several else ""
            verb = "takes" if len(names) == 1 else "take"
            yield (
                f"{counted(len(names), 'perturbation')}{where} with fewer than {_fewest(scope)} {verb} no part "
                f"in the calibration: {some(names)}."
            )
    genes = len(dataset.genes) - scope.n_genes
    if genes:
        yield (
            f"{counted(genes, 'gene')} of {len(dataset.genes):,} that some prediction lacks; the shared ones are "
            "scored."
        )
    if result.settings.targets == "drop":
        yield "The targeted genes of each perturbation, in everything that is said about it."


def _fewest(scope: Scope) -> str:
    """Return how many cells a perturbation needs to take part in a calibration."""
    return (
        f"{CELLS_FOR_HALVES // 2} cells in a half"
        if scope.result.given_halves
        else f"{CELLS_FOR_HALVES} cells"
    )


def _of_the_predictions(scope: Scope) -> Iterator[Html]:
    result = scope.result
    tested = {
        label
        for context, plan in result.plans.items()
        for label, test in zip(result.stats[context].perturbations, plan.test, strict=True)
        if test
    }
    for prediction in result.aligned:
        report = prediction.report
        missing = tuple(name for name in report.perturbations_missing if name in tested)
        said = [
            f"{counted(len(names), noun)} {words}: {some(names)}"
            for names, noun, words in (
                (missing, "test perturbation", "not predicted"),
                (report.perturbations_extra, "perturbation", "not in the data"),
                (report.genes_missing, "gene", "not predicted"),
                (report.genes_extra, "gene", "not in the data"),
                (tuple(c for c in result.contexts if c not in report.contexts), "context", "not predicted"),
            )
            if names
        ]
        if said:
            yield html("{name}: {said}.", name=tag(prediction.name, scope.styles), said="; ".join(said))


def _noticed(scope: Scope) -> Iterator[Html]:
    for prediction in scope.result.aligned:
        for notice in prediction.report.notices:
            yield html("{name}: {notice}", name=tag(prediction.name, scope.styles), notice=notice)


def undefined(scope: Scope) -> Html:
    """Return how often each prediction has no value, with the reason, and on which metrics."""
    found = undefined_counts(scope)
    if not found:
        return note("Every metric has a value for every prediction on every test perturbation.")
    scores = scope.result.all_cells
    names = [*baselines_in_order(scores.names("baseline")), *scores.names("model")]
    shown = [name for name in names if any(name in counts for _, counts in found)]
    columns = [
        Column("reason", "Why there is no value.", numeric=False),
        Column("metrics", "That lack as many values for this reason.", numeric=False),
        *(
            Column(tag(name, scope.styles), "Values that are lacking, for each of the metrics.")
            for name in shown
        ),
    ]
    rows = [
        Row((reason, _labels(metrics), *(count(counts[name]) if name in counts else "" for name in shown)))
        for (reason, counts), metrics in _alike(found)
    ]
    each = "test perturbations and contexts" if scope.context == POOLED else "test perturbations"
    return frame(
        "What has no value, and why?",
        f"Number of {each}, of {scores.scope.sum():,} in all; truth: all cells. Missing: the prediction does not hold "
        "the perturbation. Undefined is never counted as 0 or 1: it is left out of a mean, and n says so.",
        [
            reading_table(
                columns, rows, caption="Undefined values by reason, metrics and prediction", css="pr-prose"
            )
        ],
    )


Counts = dict[str, int]


def undefined_counts(scope: Scope) -> list[tuple[tuple[str, str], Counts]]:
    """Return for each reason and metric how many values each prediction lacks, over all contexts."""
    scores = scope.result.all_cells
    found: dict[tuple[int, str], Counts] = {}
    for metric in in_order(scores.metrics):
        place = scores.metrics.index(metric)
        for name in scores.names("baseline", "model"):
            if not scores.computed[name][place]:
                continue
            codes = scores.reason[name][place][scores.scope_of[name]]
            for code, n in zip(*np.unique(codes[codes > 0], return_counts=True), strict=True):
                found.setdefault((int(code), metric), {})[name] = int(n)
    return [
        ((REASONS[code], metric), found[code, metric]) for code, metric in sorted(found, key=lambda k: k[0])
    ]


def _alike(
    found: list[tuple[tuple[str, str], Counts]],
) -> Iterator[tuple[tuple[str, Counts], list[str]]]:
    """Put metrics together that lack the same values for the same reason."""
    groups: dict[tuple[str, frozenset[tuple[str, int]]], list[str]] = {}
    for (reason, metric), counts in found:
        groups.setdefault((reason, frozenset(counts.items())), []).append(metric)
    for (reason, items), metrics in groups.items():
        yield (reason, dict(items)), metrics


def _labels(metrics: Sequence[str]) -> str:
    if len(metrics) == len(METRICS):
        return f"all {len(metrics)} metrics"
    return "; ".join(label(metric) for metric in metrics)
