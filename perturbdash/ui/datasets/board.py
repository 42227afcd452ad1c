"""What the page Data sets shows: the members that are scored, side by side, and the choices of the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from perturbdash import published
from perturbdash.judgement import sentences_datasets as sentences
from perturbdash.ui.blocks import verdict
from perturbdash.ui.datasets.members import Member, follow, members
from perturbdash.ui.remembered import segments
from perturbdash.vocabulary import ALL_CONTEXTS, POOLED, Reference

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.figures.models import ModelStyle
    from perturbdash.judgement.standing import Standing
    from perturbdash.ui.view import View

CONTEXTS = {"each": "each by itself", "together": "all together"}
VALUES = {"drf": "DRF", "bds": "BDS"}
METHOD = "pd-published-method"


@dataclass(frozen=True)
class Board:
    """The comparison, and what the reader chose.

    Parameters
    ----------
    tables
        Of all members that are scored, with columns dataset and name.
    method
        A key of `perturbdash.published.METHODS`.
    value
        What the heat map shows.
    """

    view: View
    members: tuple[Member, ...]
    tables: Standing
    method: str
    reference: Reference
    value: Literal["drf", "bds"]

    @cached_property
    def published(self) -> pd.DataFrame:
        """What the published method scores on each published data set."""
        return published.scores_against_cosine(self.method)

    @cached_property
    def correlations(self) -> dict[str, float]:
        """By reference, r over the published data sets."""
        both: tuple[Reference, ...] = ("control", "centroid")
        return {name: published.correlation(self.published, name) for name in both}

    @property
    def scored(self) -> tuple[Member, ...]:
        """Members with tables."""
        return tuple(member for member in self.members if member.standing is not None)

    @property
    def open(self) -> Member | None:
        """The member that is open on all pages, where it has tables."""
        return next((member for member in self.scored if member.key == self.view.key), None)

    @property
    def styles(self) -> Mapping[str, ModelStyle]:
        """Colour and symbol of each model: those of the open data set as on all pages, others after them."""
        from perturbdash.figures.models import model_styles

        others = [name for name in self.tables.models if name not in self.view.all_models]
        drawn = self.own.loc[self.own["kind"] == "model", "prediction"]
        return model_styles([*self.view.all_models, *others], {*self.view.models, *drawn})

    @cached_property
    def own(self) -> pd.DataFrame:
        """The average and the models that are shown, with the shared effect of their data set."""
        scores = self.tables.scores
        scores = scores[scores["reference"] == self.reference]
        if self.open is not None:
            hidden = set(self.view.all_models) - set(self.view.models)
            its_own = scores["dataset"] == self.open.name
            scores = scores[~(its_own & scores["prediction"].isin(hidden))]
        facts = self.tables.facts[["name", "cosine", "cosine_split_control"]]
        return scores.merge(facts, on="name", how="left")


def compare(view: View, keys: Sequence[str]) -> Board:
    """Open, score and compare data sets; what is not there yet is drawn, and what is scored does not wait for it."""
    from perturbdash.judgement.standing import side_by_side

    found = members(view, keys)
    standings = {member.name: member.standing for member in found if member.standing is not None}
    several = any(len(one.contexts) > 1 for one in standings.values())
    with st.container(horizontal=True, key="pd-controls", gap="medium"):
        method = _method()
        reference = view.reference()
        value = segments(
            "across",
            VALUES,
            label="Heat map",
            help="DRF: how much of the way from the average to a perfect score a repeat gets. BDS: on which share of "
            "perturbations it is the better one. The symbol, the gate, follows both.",
        )
        together = several and _together()
    follow(found)
    if not standings and any(member.at_work for member in found if member.key == view.key):
        st.stop()
    open_name = next((member.name for member in found if member.key == view.key), "")
    tables = side_by_side(standings, pooled=together, only={open_name: view.context or POOLED})
    return Board(view, found, tables, method, reference, cast('Literal["drf", "bds"]', value))


def _method() -> str:
    return str(
        st.selectbox(
            "Published method",
            list(published.METHODS),
            key=METHOD,
            format_func=lambda name: published.METHODS[name],
            persist_state="session",
            help="Whose scores on ten published data sets are drawn in grey (Systema, figure 3c). The mean of four: "
            "GEARS, scGPT, scGPT fine-tuned and the average, as in the paper.",
        )
    )


def _together() -> bool:
    chosen = segments(
        "contexts-across",
        CONTEXTS,
        label="Contexts",
        help="Each context (cell line, cell type, donor) has its own average effect and its own gates, so each is a "
        "point and a column; all together: their mean.",
    )
    return chosen == "together"


def answer(board: Board) -> None:
    """Draw the verdict: where the open data set lies among the published, and what scores there mean."""
    said = sentences.datasets_answer(
        _place(board),
        board.published,
        board.correlations,
        method=published.METHODS[board.method].partition(" (")[0],
        told=[
            _told(member.name, _said_of(member.standing, board.view.context if member is board.open else ""))
            for member in board.scored
            if member.standing is not None
        ],
    )
    verdict(said.sentence, said.muted)


def _said_of(standing: Standing, context: str) -> pd.Series:
    """Return the facts of the chosen context, else of all together."""
    known = standing.facts["context"].tolist()
    return standing.facts.iloc[known.index(context) if context in known else -1]


def _told(name: str, row: pd.Series) -> tuple[str, int, int]:
    whole = row["context"] in (POOLED, ALL_CONTEXTS)
    named = name if whole else f"{name} · {row['context']}"
    return named, int(row["informative"]), int(row["n_headline"])


def _place(board: Board) -> sentences.Place | None:
    """Return what is said of the open data set: of its chosen context, else of all together."""
    member = board.open
    if member is None or member.standing is None:
        return None
    row, scores = _said_of(member.standing, board.view.context), member.standing.scores
    context = row["context"]
    average = scores[
        (scores["context"] == context) & (scores["kind"] != "model") & (scores["reference"] == "control")
    ]
    return sentences.Place(
        name=member.name if context in (POOLED, ALL_CONTEXTS) else f"{member.name}, {context},",
        cosine=float(row["cosine"]),
        split=float(row["cosine_split_control"]),
        score=float(average["score"].iloc[0]) if len(average) else float("nan"),
        n_contexts=len(member.standing.contexts) if context == POOLED else 1,
    )
