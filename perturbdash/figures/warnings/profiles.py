"""How many perturbations share a predicted profile: a bar for each."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import count
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens
from perturbdash.figures.warnings.strips import known, style_for

HEIGHT = 300
MOST_BARS = 60
NAMED = 12


def shared_profiles(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the number of perturbations that have each distinct profile, and the line at one each.

    Parameters
    ----------
    points
        Columns profile, perturbations (how many have it), names; the commonest first.
    limits
        Columns panel, value, words.
    """
    if points.empty:
        return nothing(mode, "Nothing is predicted, so no profile is shared.", height=160)
    total = int(points["perturbations"].sum())
    drawn = points.head(MOST_BARS)
    own, colour = style_for(model, style), tokens(mode)
    most = count(points["perturbations"].iloc[0])
    alt = (
        f"{total} perturbations of {model} have {len(points)} different profiles; {most} share the commonest."
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 38, "b": 44}, bargap=0.25)
    rest = len(points) - len(drawn)
    more = f", {count(rest)} more not drawn" if rest else ""
    figure.update_xaxes(
        title_text=f"distinct profiles, the commonest first ({count(len(points))}{more})",
        showticklabels=False,
        ticks="",
    )
    figure.update_yaxes(title_text="perturbations with it", rangemode="tozero")
    figure.add_bar(
        x=float32(drawn["profile"]),
        y=float32(drawn["perturbations"]),
        marker={"color": rgba(own.colour(mode), 0.55), "line": {"color": own.line(mode), "width": 1}},
        hovertext=[_hover(str(row["names"]), int(row["perturbations"])) for row in drawn.to_dict("records")],
        hoverinfo="text",
    )
    for row in known(limits).to_dict("records"):
        line = {"color": colour.warning_text, "width": 1.3, "dash": "dash"}
        figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=row["value"], y1=row["value"], line=line)
        font = {"size": 11, "color": colour.warning_text}
        note(
            figure,
            f"dashed: {safe(row['words'])}",
            x=1,
            y=1,
            xanchor="right",
            yanchor="bottom",
            yshift=4,
            font=font,
        )
    words = f"<b>{count(total)} perturbations, {count(len(points))} different profiles</b>"
    note(
        figure,
        words,
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=18,
        font={"size": 12, "color": own.line(mode)},
    )
    return figure


def _hover(names: str, n: int) -> str:
    parts = names.split(", ")
    more = f" and {n - NAMED} more" if n > NAMED else ""
    return f"{count(n)}: {safe(', '.join(parts[:NAMED]))}{more}"
