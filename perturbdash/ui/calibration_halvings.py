"""Other halvings on the page Calibration: the same cells, halved again with other seeds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import bounds
from perturbdash.judgement import sentences_calibration as sentences
from perturbdash.ui.calibration import POSITIVE_WORDS
from perturbdash.ui.calibration_again import AS_LONG, drawn, in_rows, made, picks, rows_of, say
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.pair import pair
from perturbdash.ui.remembered import whole_number

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

HALVINGS = "halvings"


def choose_halvings() -> int:
    """Draw the choice of how many halvings are made, and return it."""
    from perturbdash.judgement.halvings import FEWEST, HALVINGS, MOST

    return whole_number(
        "halvings",
        HALVINGS,
        least=FEWEST,
        most=MOST,
        label="Halvings",
        help="The first is the one of the page, each other one has the next seed and reads the cells once.",
    )


def by_halvings(view: View, result: Result, chosen: Choice, n: int) -> None:
    """Draw DRF and gate of each metric by several halvings of the same cells."""
    from perturbdash.judgement.halvings import why_no_other

    reason = why_no_other(result)
    if reason:
        empty_state(
            "The halves are given",
            f"No other halving can be drawn: {reason}.",
            "Score the data with random halves to see how far random halvings differ.",
        )
        return

    def work(progress: Progress) -> pd.DataFrame:
        from perturbdash.judgement.halvings import halvings

        return halvings(result, n, progress=progress)

    found = made(
        view,
        HALVINGS,
        n,
        work,
        what="Would another halving give other gates?",
        why=f"{n} halvings: the cells are read and all metrics scored {n - 1} times more, each {AS_LONG} or less.",
        button=f"Calibrate by {n} halvings",
    )
    if found is None:
        return
    from perturbdash.judgement.halvings import spread

    rows = rows_of(spread(found), view, chosen)
    say(sentences.halvings_answer(rows, metric=chosen.metric))
    left, right = pair("halvings")
    with left:
        _halvings_figure(view, result, chosen, found)
    with right:
        _spread_table(rows, chosen)
        _one_metric(rows_of(found, view, chosen), chosen)


def _spread_table(rows: pd.DataFrame, chosen: Choice) -> None:
    shown = in_rows(rows, chosen, "drf_mean", ())
    shown = shown.sort_values("n_other_gates", ascending=False, kind="stable")
    with frame(
        "Which gates hang on the halving?",
        "DRF over the halvings: mean, range, standard deviation; gates with how often each was found, those that "
        "changed first.",
        key="halvings_spread",
        table=rows,
        how_to_read="One row a metric. A gate that changes is no firm ground for a verdict.",
    ):
        data_table(shown, SPREAD_COLUMNS, key="halvings")


def _one_metric(rows: pd.DataFrame, chosen: Choice) -> None:
    own = rows[rows["metric"] == chosen.metric]
    own = own.assign(
        seed_word=own["seed"].astype(str),
        gate_word=[GATE_WORDS[str(gate)] for gate in own["gate"]],
        interval=[bounds(low, high) for low, high in zip(own["drf_low"], own["drf_high"], strict=True)],
    )
    with frame(
        f"What does each halving say of {label(chosen.metric)}?",
        "One row a halving; the first is the one of the page.",
        key="halvings_of_metric",
        table=own[rows.columns],
        how_to_read="The interval is over perturbations within a halving. Where rows differ by more than its width, "
        "the halving matters more than the choice of perturbations.",
        subject=chosen.metric,
    ):
        data_table(own, METRIC_COLUMNS, key="halvings-metric")


def _halvings_figure(view: View, result: Result, chosen: Choice, found: pd.DataFrame) -> None:
    from perturbdash.figures.calibration import halving_strips

    draw = partial(halving_strips, found, **drawn(chosen, view, result))
    first, last = int(found["seed"].iloc[0]), int(found["seed"].iloc[-1])
    by = f"levels of “{result.halves_by}”" if result.halves_by else "cells"
    with frame(
        "Would another halving give other gates?",
        f"DRF by {found['halving'].nunique()} halvings of the same {by}, seeds {first} to {last}; positive control: "
        f"{POSITIVE_WORDS[chosen.positive]}. One symbol a halving, its gate; dotted: 0.05; tinted: "
        f"{label(chosen.metric)}.",
        key="halvings",
        table=found,
        how_to_read="Narrow strips do not hang on which cells fell into which half. Where symbols differ within a "
        "strip, the gate was a matter of chance. Click a symbol to see that metric.",
        caption=(
            "Spread over halvings",
            f"{view.source_line()}. Halves, folds and resamples follow from the seed; perturbations and cells stay.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode, marked=chosen.metric), key=HALVINGS, select=picks(HALVINGS))


METRIC_COLUMNS: dict[str, Column] = {
    "halving": Numbers("halving", "In the order of the seeds.", decimals=0, width=56),
    "seed_word": Words("seed", "Of halves, folds and resamples.", width=48),
    "drf_mean": Numbers("DRF", "Dynamic range fraction, mean over perturbations.", width=56),
    "interval": Words("interval", "95 % BCa interval of DRF.", width=108),
    "bds": Numbers("BDS", "Share of perturbations on which the repeat is better.", width=56),
    "gate_word": Words("gate", "By the same rule as above.", width=100),
    "n": Numbers("n", "Perturbations with a value.", decimals=0, width=44),
}
SPREAD_COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=172, pinned=True),
    "gates": Words("gates", "Each gate with the number of halvings that gave it.", width=150),
    "drf_mean": Numbers("DRF", "Mean over the halvings.", width=56),
    "drf_lowest": Numbers("lowest", "The lowest of the halvings.", width=56),
    "drf_highest": Numbers("highest", "The highest of the halvings.", width=58),
    "drf_sd": Numbers("sd", "Standard deviation over the halvings.", decimals=3, width=50),
}
