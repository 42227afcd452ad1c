"""Sentences about how much of a screen is one shared effect, made by rule from tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.vocabulary import Reference

NAMED_CONTEXTS = 4
NAMED_ZEROS = 5
FORMS = {
    "cosine": ("as published", "average effect of all"),
    "cosine_leave_one_out": ("leave one out", "without the perturbation’s own part"),
    "cosine_split_control": ("controls split", "no shared noise of the control mean"),
}
"""The three forms of the cosine: name, and what is done."""


def systematic_answer(summary: pd.DataFrame, published: pd.DataFrame, context: str) -> Answer:
    """Place a context's systematic variation among the published, and say how much of it is noise.

    Parameters
    ----------
    summary
        ``statistics.systematic.summary`` of every context.
    published
        Column cosine: the mean of each published data set, reference control.
    """
    own = summary[summary["context"] == context]
    control, centroid = (own[own["reference"] == name].iloc[0] for name in ("control", "centroid"))
    value = float(control["cosine"])
    if math.isnan(value):
        return Answer(
            "One perturbation has no average effect to compare its shift with.",
            "Systematic variation is the cosine of each shift to the average shift; it needs two perturbations.",
        )
    below, total = int((published["cosine"] < value).sum()), len(published)
    among = f"mean cosine {_number(value)} to the average effect, {_more_than(below, total)}"
    if control["part_is_noise"]:
        sentence = f"{among[0].upper()}{among[1:]}; part of this is noise in the control mean."
    else:
        sentence = f"{_strength(below, total)} systematic variation: {among}."
    muted = [
        f"Reference control mean, all cells, {int(control['n']):,} perturbations: {_with_error(control, 'cosine')} "
        f"(standard error), {_number(control['cosine_leave_one_out'])} without the perturbation itself, and "
        f"{_with_error(control, 'cosine_split_control')} with the controls split, which takes the shared noise away.",
        "Against the perturbed centroid, where the shared part is taken away, it is "
        f"{_with_error(centroid, 'cosine')}.",
        _reward(control),
        _other_contexts(summary, context),
    ]
    return Answer(sentence, " ".join(part for part in muted if part))


def _more_than(below: int, total: int) -> str:
    if below in (0, total):
        return f"{'more' if below else 'less'} than all {total} published data sets"
    return f"more than {below} of {total} published data sets"


def _strength(below: int, total: int) -> str:
    """Strong: more than two thirds of the published; weak: more than less than one third of them."""
    return "Strong" if 3 * below >= 2 * total else "Moderate" if 3 * below >= total else "Weak"


def _reward(control: pd.Series) -> str:
    error = float(control["cosine_se"])
    if math.isnan(error) or control["cosine"] <= 2 * error:
        return ""
    return "Metrics on Δcontrol reward the average here, metrics on Δcentroid do not."


def _other_contexts(summary: pd.DataFrame, context: str) -> str:
    others = summary[(summary["reference"] == "control") & (summary["context"] != context)]
    if others.empty:
        return ""
    parts = [
        f"{name} has {_number(cosine)}"
        for name, cosine in zip(others["context"], others["cosine"], strict=True)
    ]
    more = len(parts) - NAMED_CONTEXTS
    listed = ", ".join(parts[:NAMED_CONTEXTS]) + (f" and {more} more" if more > 0 else "")
    return f"Each context has its own average effect: this is {context}; {listed}."


def zero_shift_sentence(zeros: pd.DataFrame) -> str:
    """Name the perturbations whose cosine counts as 0; empty where there are none.

    Parameters
    ----------
    zeros
        ``statistics.systematic.zero_vectors`` of one context: columns reference, perturbation.
    """
    parts = []
    for reference, words in (("control", "the control mean"), ("centroid", "the perturbed centroid")):
        names = [str(name) for name in zeros.loc[zeros["reference"] == reference, "perturbation"]]
        if not names:
            continue
        more = len(names) - NAMED_ZEROS
        listed = ", ".join(names[:NAMED_ZEROS]) + (f" and {more} more" if more > 0 else "")
        verb = "does" if len(names) == 1 else "do"
        parts.append(f"{listed} {verb} not differ from {words} at all")
    return f"{'; '.join(parts)}: the cosine of a zero shift counts as 0, as published." if parts else ""


def noise_sentence(summary: pd.DataFrame, context: str) -> str:
    """Say how much of a context's cosine is noise in the control mean; empty where little is.

    Parameters
    ----------
    summary
        ``statistics.systematic.summary`` of every context.
    """
    own = summary[(summary["context"] == context) & (summary["reference"] == "control")].iloc[0]
    if not own["part_is_noise"]:
        return ""
    return (
        f"Part of this is noise in the control mean: the cosine falls by {_number(own['noise_share'])}, from "
        f"{_number(own['cosine'])} to {_number(own['cosine_split_control'])}, once shift and average effect take "
        "their own halves of the control cells. The latter errs low when controls are few."
    )


def selected_sentence(rows: pd.DataFrame, selected: Sequence[str]) -> str:
    """Say what the selected perturbations of a context have as a mean cosine; empty for no selection.

    Parameters
    ----------
    rows
        Of the table ``systematic_variation``: one context.
    """
    own = rows[rows["perturbation"].isin(list(selected))]
    if not len(selected):
        return ""
    total = rows["perturbation"].nunique()
    n = own["perturbation"].nunique()
    if not n:
        return f"None of the selected is in this context, which has {total:,}."
    means = own.groupby("reference")["cosine"].mean()
    return (
        f"{n:,} of {total:,} selected, the others faded; mean cosine {_number(means['control'])} against control, "
        f"{_number(means['centroid'])} against the perturbed centroid."
    )


def pairs_sentence(means: pd.DataFrame, among: Mapping[Reference, float] | None = None) -> str:
    """Say how alike two shifts are on average, under both references.

    Parameters
    ----------
    means
        As ``PairwiseView.means``: reference, mean, n_pairs.
    among
        The same means over the pairs within a selection.
    """
    mean = dict(zip(means["reference"], means["mean"].astype(float), strict=True))
    words = (
        f"{int(means['n_pairs'].max()):,} pairs, all cells; mean {_number(mean['control'])} from control, "
        f"{_number(mean['centroid'])} from the perturbed centroid"
    )
    if among and not math.isnan(among["control"]):
        words += f"; within the selection {_number(among['control'])} and {_number(among['centroid'])}"
    return words + "."


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:z.2f}".replace("-", "−")


def _with_error(row: pd.Series, name: str) -> str:
    error = float(row[f"{name}_se"])
    return _number(row[name]) if math.isnan(error) else f"{_number(row[name])} ± {_number(error)}"
