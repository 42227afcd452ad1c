"""Other controls on the page Calibration: every negative control, and a control half of its own for the repeat."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from perturbdash.figures.metric_words import baseline_label, label
from perturbdash.judgement import sentences_calibration as sentences
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import blocks
from perturbdash.ui.calibration import POSITIVE_WORDS
from perturbdash.ui.calibration_again import drawn, in_rows, made, picks, rows_of, say, with_difference
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.pair import pair
from perturbdash.ui.remembered import segments

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Mode, Progress

NEGATIVE, OWN = "negative", "own-control"
RULES = {"default": "default", "published": "published"}
SIDES = ("shared", "own")
SHOWN_FIRST = "pearson_delta_control"
CONTROLS = ("mean", "control", "global_mean")


def choose_rules(result: Result) -> Mode:
    """Draw the choice of the rules, where the result holds both, and return it."""
    if result.settings.calibration == "published":
        return "published"
    chosen = segments(
        "calibration-rules",
        RULES,
        label="Rules",
        help="Default: each half is the truth once, and a negative control without anything to gain is no range. "
        "Published: the first half alone is the truth, and nothing is counted apart (Miller et al. 2025).",
    )
    return cast("Mode", chosen)


def from_negatives(view: View, result: Result, chosen: Choice, rules: Mode) -> None:
    """Draw DRF from each negative control, and say which one is used for what and why."""

    def work(progress: Progress) -> pd.DataFrame:
        from perturbdash.judgement.negative_controls import negative_controls

        return negative_controls(result, progress=progress)

    found = made(
        view,
        NEGATIVE,
        "all",
        work,
        what="What if a repeat were told from something else?",
        why="Every negative control is calibrated from the scores that exist; no cell is read.",
        automatic=True,
    )
    if found is None:
        return
    rows = rows_of(found[found["mode"] == rules], view, chosen)
    say(sentences.negative_answer(rows))
    left, right = pair("negative")
    with left:
        _negative_figure(view, result, chosen, found, rules)
    with right:
        _which_and_why(rows, rules)
        _negative_table(rows, chosen)


def _negative_figure(view: View, result: Result, chosen: Choice, found: pd.DataFrame, rules: Mode) -> None:
    from perturbdash.figures.calibration import negative_control_marks

    draw = partial(negative_control_marks, found, rules=rules, **drawn(chosen, view, result))
    truth = "the first half alone" if rules == "published" else "each half once"
    with frame(
        "What if a repeat were told from something else?",
        f"DRF from each negative control, {rules} rules, truth: {truth}; positive control: "
        f"{POSITIVE_WORDS[chosen.positive]}. Filled: in use; open: not; dotted: 0.05; tinted: {label(chosen.metric)}.",
        key="negative_controls",
        table=found,
        how_to_read="A negative control that is far from the truth makes every repeat look good: the farther right its "
        "symbol, the easier the question. Read the filled ones. Click a symbol to see that metric.",
        caption=(
            "Negative controls",
            f"{view.source_line()}. A control without a value for a metric (the reference itself has no shift) has no "
            "symbol; the global mean is scored for retrieval alone.",
        ),
        printed=draw,
        subject=rules,
    ):
        plot(draw(mode=view.mode, marked=chosen.metric), key=NEGATIVE, select=picks(NEGATIVE))


def _which_and_why(rows: pd.DataFrame, rules: Mode) -> None:
    used = rows[rows["used"].astype(bool)].groupby("negative_control")["metric"].count()
    columns = [
        blocks.Column("negative control", "What a repeat is told from.", numeric=False),
        blocks.Column("used for", "Metrics that these rules calibrate from it."),
        blocks.Column(
            "why, and where it misleads", "See the card of each metric for its own.", numeric=False
        ),
    ]
    lines = [
        blocks.Row([baseline_label(name), str(int(used.get(name, 0))), sentences.WHY_USED[rules][name]])
        for name in CONTROLS
    ]
    blocks.heading("Which one is used, and why?", f"Of {rows['metric'].nunique()} metrics, {rules} rules.")
    blocks.table(columns, lines, caption="Negative controls: what each is used for, and why.")


def _negative_table(rows: pd.DataFrame, chosen: Choice) -> None:
    used = rows[rows["used"].astype(bool)].set_index("metric")["drf_mean"]
    shown = in_rows(rows.assign(used_drf=rows["metric"].map(used)), chosen, "used_drf", ("gate",))
    shown["control"] = [baseline_label(name) for name in shown["negative_control"]]
    shown["in_use"] = ["used" if used else "" for used in shown["used"]]
    with frame(
        "What are the numbers from each?",
        "One row a metric and negative control; n counts perturbations.",
        key="negative_controls_numbers",
        table=rows,
        how_to_read="Click a header to sort; a dash means that a control has no value for the metric.",
    ):
        data_table(shown, NEGATIVE_COLUMNS, key="negative")


def with_own_control(view: View, result: Result, chosen: Choice) -> None:
    """Draw the Δcontrol metrics with a control half of its own for the repeat, beside the usual calibration."""

    def work(progress: Progress) -> pd.DataFrame:
        from perturbdash.judgement.own_control import own_control

        return own_control(result, progress=progress)

    found = made(
        view,
        OWN,
        "all",
        work,
        what="How much of the ceiling is the noise of one control mean?",
        why="The Δcontrol metrics are scored again from the moments that are there; no cell is read.",
        automatic=True,
    )
    if found is None:
        return
    rows = rows_of(found, view, chosen)
    metric = chosen.metric if METRICS[chosen.metric].reference == "control" else SHOWN_FIRST
    cells = [
        (int(stats.control_first.n.sum()), int(stats.control_second.n.sum()))
        for name, stats in result.stats.items()
        if view.context in (name, "pooled")
    ]
    say(sentences.own_control_answer(rows, metric=metric, control_cells=cells))
    left, right = pair("own-control")
    with left:
        _own_figure(view, result, chosen, found, metric)
    with right:
        _own_table(rows, chosen)


def _own_figure(view: View, result: Result, chosen: Choice, found: pd.DataFrame, metric: str) -> None:
    from perturbdash.figures.calibration import compared_drf

    words = ("one control mean for all", "own control half")
    draw = partial(compared_drf, found, sides=SIDES, words=words, **drawn(chosen, view, result))
    with frame(
        "What is left with control cells of its own?",
        "DRF of the Δcontrol metrics: truth measured from one half of the control cells, repeat and average from the "
        f"other; positive control: {POSITIVE_WORDS[chosen.positive]}. Symbol: gate with own control cells; dotted: "
        f"0.05; tinted: {label(metric)}.",
        key="own_control",
        table=found,
        how_to_read="Shifts from one control mean share its noise, which lifts the scores of the repeat and of the "
        "average alike, the more the fewer control cells there are. With control cells of its own for the repeat this "
        "part is gone. Click a symbol to see that metric.",
        caption=(
            "Own control half",
            f"{view.source_line()}. With c_t and c_o the means of the two control halves, a prediction y stands for "
            "y − c_o + c_t and the reference is c_t; DEGs and lists of the truth are against its own control half.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode, marked=metric), key=OWN, select=picks(OWN))


def _own_table(rows: pd.DataFrame, chosen: Choice) -> None:
    shown = with_difference(in_rows(rows, chosen, "drf_shared", ()), "gate_shared", "gate_own")
    with frame(
        "What do repeat and average score?",
        "Mean scores in the metric’s own unit, with one control mean for all and with control cells of its own.",
        key="own_control_scores",
        table=rows,
        how_to_read="The score of the repeat is the ceiling: what a perfect experiment of this size reaches. Where it "
        "falls with own control cells, that part was noise.",
    ):
        data_table(shown, OWN_COLUMNS, key="own-control")


NEGATIVE_COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=150, pinned=True),
    "control": Words("from", "The negative control that a repeat is told from.", width=88),
    "in_use": Words("in use", "Whether these rules calibrate the metric from it.", width=52),
    "drf_mean": Numbers("DRF", "Dynamic range fraction, mean over perturbations.", width=52),
    "gate": Words("gate", "By the same rule as above.", width=96),
    "drf_low": Numbers("low", "Lower end of the 95 % BCa interval.", width=56),
    "drf_high": Numbers("high", "Upper end of the 95 % BCa interval.", width=56),
    "bds": Numbers("BDS", "Share of perturbations on which the repeat is better.", width=56),
    "n": Numbers("n", "Perturbations with a value.", decimals=0, width=44),
}
OWN_COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=150, pinned=True),
    "positive_shared": Numbers("repeat", "Score of the repeat, one control mean for all.", width=62),
    "positive_own": Numbers("own", "Score of the repeat with control cells of its own.", width=56),
    "negative_shared": Numbers("average", "Score of the negative control, one control mean.", width=64),
    "negative_own": Numbers("own", "Score of the negative control with own control cells.", width=56),
    "drf_shared": Numbers("DRF", "One control mean for all.", width=54),
    "drf_own": Numbers("DRF, own", "With control cells of its own.", width=72),
    "difference": Numbers("difference", "Own minus shared DRF, mean over perturbations with both.", width=76),
    "interval": Words("interval", "95 % BCa interval of the difference.", width=112),
    "gates": Words(
        "gate", "One control mean for all; then with own control cells, where another.", width=170
    ),
    "n_own": Numbers("n", "Perturbations with a value with own control cells.", decimals=0, width=44),
}
