"""Sentences about which metric can be fooled, made by rule from the table of the probe."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.judgement.sentences import joined, some_labels, two
from perturbdash.judgement.treatments import TREATMENTS, once
from perturbdash.metrics.registry import METRICS

KEPT = 0.9
"""A metric that keeps so much of its score when predictions are shuffled hardly sees which is which."""
SEEN = 0.1
"""Share of the dynamic range that a retrieval metric must lose for a model to have had an identity to lose."""
BETTER = 0.02
"""Share of the dynamic range from which a score counts as better."""
STILL = 1e-6
FOUR_DECIMALS_BELOW = 0.1
SHOWN = (
    ("shuffled", 1.0),
    ("noised", 1.0),
    ("scaled", 0.5),
    ("scaled", 2.0),
    ("exaggerated", 2.0),
    ("blended", 0.5),
)
"""The steps that sentences and the overview are about."""


def probe_answer(table: pd.DataFrame, extra: Sequence[str] = ()) -> Answer:
    """Say what a probe found: who sees identity, what gets better when it is made worse, and whose rank it moves.

    Parameters
    ----------
    table
        Of ``Result.gameability``: one model, one context.
    extra
        Metrics that count although they are shut by the gate.
    """
    told = table[(table["gate"] == "informative") | table["metric"].isin(list(extra))]
    first = rank_sentence(told) or identity_sentence(told)
    others = [identity_sentence(told), better_sentence(told), size_sentence(told), _ranks_that_move(told)]
    muted = " ".join(sentence for sentence in others if sentence and sentence != first)
    return Answer(first or "No treatment changes a rank, and none could be told apart.", muted)


def identity_sentence(table: pd.DataFrame) -> str:
    """Say which metrics keep their score when predictions are handed to other perturbations; empty if unknown.

    Parameters
    ----------
    table
        Of ``Result.gameability``: one model, one context.
    """
    own = table[(table["treatment"] == "shuffled") & (table["level"] == 1) & table["change"].notna()]
    if own.empty:
        return ""
    model = str(own["model"].iloc[0])
    retrieval = own[own["metric"].isin([name for name, spec in METRICS.items() if spec.retrieval])]
    lost = retrieval[retrieval["change_in_range"] <= -SEEN]
    if len(retrieval) and lost.empty:
        row = _first(retrieval)
        return (
            f"Shuffled among perturbations, {model} loses nothing on any retrieval metric ({_from_to(row)}): it does "
            "not tell perturbations apart, so there is no identity to lose."
        )
    fallen = f" {_from_to(_first(lost), verb=True)}." if len(lost) else ""
    blind = own[own["kept"] >= KEPT].sort_values("kept", ascending=False, kind="stable")
    blind = _headline_first(blind)
    if blind.empty:
        return f"Shuffled among perturbations, {model} loses on every metric that can tell anything.{fallen}"
    parts = [
        f"{100 * float(kept):.0f} % of its {METRICS[str(metric)].label.replace(', ', ' on ')}"
        for metric, kept in zip(blind["metric"][:3], blind["kept"][:3], strict=True)
    ]
    more = len(blind) - len(parts)
    listed = joined([*parts, f"{100 * KEPT:.0f} % or more of {more} others"] if more else parts)
    these = "that metric hardly sees" if len(blind) == 1 else "these metrics hardly see"
    return f"Shuffled among perturbations, {model} keeps {listed}: on this data {these} identity.{fallen}"


def rank_sentence(table: pd.DataFrame) -> str:
    """Say on which metric a treatment lifts the model's rank most, a headline metric first; empty if on none.

    Parameters
    ----------
    table
        Of ``Result.gameability``: one model, one context.
    """
    risen = _risen(table)
    if risen.empty:
        return ""
    shown = [step in SHOWN for step in zip(risen["treatment"], risen["level"], strict=True)]
    order = risen.assign(gain=risen["rank_unchanged"] - risen["rank"], shown=shown).sort_values(
        ["headline", "gain", "shown", "change_in_range"], ascending=False, kind="stable"
    )
    row = order.iloc[0]
    metric = METRICS[str(row["metric"])]
    return (
        f"The rank of {row['model']} rises from {int(row['rank_unchanged'])} to {int(row['rank'])} of "
        f"{int(row['n_ranked'])} on {metric.label} once {once(str(row['treatment']), float(row['level']))}."
    )


def _risen(table: pd.DataFrame) -> pd.DataFrame:
    """Return where a treatment that knows nothing of the perturbation lifts the rank."""
    return table[(table["rank"] < table["rank_unchanged"]) & (table["gate"] == "informative")]


def _ranks_that_move(table: pd.DataFrame) -> str:
    own = table[table["gate"] == "informative"]
    n, moved = own["metric"].nunique(), _risen(own)["metric"].nunique()
    if not n:
        return ""
    of = "the one informative metric" if n == 1 else f"the {n} informative metrics"
    return f"Some treatment lifts its rank on {moved or 'none'} of {of}."


def better_sentence(table: pd.DataFrame) -> str:
    """Say which metrics get better when the prediction is moved half to the mean, else when it is halved; else empty.

    Parameters
    ----------
    table
        Of ``Result.gameability``: one model, one context.
    """
    for step in (("blended", 0.5), ("scaled", 0.5)):
        rows = table[(table["treatment"] == step[0]) & (table["level"] == step[1])]
        better = rows[(rows["change_in_range"] >= BETTER) & (rows["gate"] == "informative")]
        if len(better):
            order = better.sort_values("change_in_range", ascending=False, kind="stable")
            words = once(*step)
            return (
                f"Once {words}, it does better on {some_labels(list(order['metric']))} "
                f"({_from_to(order.iloc[0])})."
            )
    return ""


def size_sentence(table: pd.DataFrame) -> str:
    """Say which metrics do not see the size of shifts; empty if all do.

    Parameters
    ----------
    table
        Of ``Result.gameability``: one model, one context.
    """
    rows = table[(table["treatment"] == "scaled") & (table["level"] > 0) & (table["level"] != 1)]
    rows = rows[rows["gate"] == "informative"]
    largest = rows["change"].abs().groupby(rows["metric"], sort=False).max()
    still = [str(metric) for metric in largest[largest <= STILL].index]
    moved = [metric for metric in ("pds_l1", "pds_l2") if largest.get(metric, 0) > STILL]
    if not still:
        return ""
    contrast = ""
    if "pds_cosine" in still and moved:
        contrast = f"; {METRICS[moved[0]].label} does, and {METRICS['pds_cosine'].label} does not"
    see = "it does not" if len(still) == 1 else "they do not"
    return f"Scaling its shifts moves nothing on {some_labels(still)}: {see} see size{contrast}."


def _headline_first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("headline", ascending=False, kind="stable")


def _first(rows: pd.DataFrame) -> pd.Series:
    return _headline_first(rows).iloc[0]


def _from_to(row: pd.Series, *, verb: bool = False) -> str:
    label = METRICS[str(row["metric"])].label
    before, after = (_score(float(row[name]), row) for name in ("unchanged", "value"))
    if verb:
        return f"{label} falls from {before} to {after}" if row["change"] < 0 else f"{label} stays at {after}"
    return f"{label} {before}, then {after}"


def _score(value: float, row: pd.Series) -> str:
    """Write a score; errors that are small throughout with four decimals."""
    small = METRICS[str(row["metric"])].direction < 0 and max(abs(row["unchanged"]), abs(row["value"])) < (
        FOUR_DECIMALS_BELOW
    )
    return f"{value:.4f}".replace("-", "\N{MINUS SIGN}") if small else two(value)


def words_of(treatment: str, level: float) -> str:
    """Return a step in the words of a column, two lines joined by a space.

    Examples
    --------
    >>> words_of("scaled", 2.0), words_of("blended", 0.5)
    ('Δcontrol doubled', 'half the mean')
    """
    share = {0.5: "half", 1.0: "all"}.get(level, f"{100 * level:.0f} %")
    times = {0.5: "halved", 2.0: "doubled"}.get(level, f"× {level:g}")
    return (
        {
            "scaled": f"Δcontrol {times}",
            "exaggerated": f"Δcentroid {times}",
            "noised": f"noise {level:g} sd",
            "blended": f"{share} the mean",
            "shuffled": f"shuffled {share}" if level != 1 else "shuffled",
        }[treatment]
        if treatment in TREATMENTS
        else treatment
    )


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """Return the steps that the overview shows, in their order, with their words and whether they only do harm.

    Parameters
    ----------
    table
        Of ``Result.gameability``: one model, one context.

    Returns
    -------
    The same columns with ``step`` and ``harmful``.
    """
    frames = [
        table[(table["treatment"] == name) & (table["level"] == level)].assign(
            step=words_of(name, level), harmful=TREATMENTS[name].harmful
        )
        for name, level in SHOWN
    ]
    return pd.concat(frames, ignore_index=True)
