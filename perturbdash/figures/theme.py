"""Colours and the plotly template of both modes; every figure starts on a canvas from here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import plotly.graph_objects as go

Mode = Literal["light", "dark"]

FONT = "Inter, Arial, Helvetica, sans-serif"
CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one mode, by what they are for."""

    background: str
    sidebar: str
    widget: str
    ink: str
    muted: str
    faint: str
    rule: str
    hair: str
    axis: str
    petrol: str
    informative: str
    weak: str
    uninformative: str
    delta_control: str
    delta_centroid: str
    warning_text: str
    warning_card: str
    warning_border: str
    baseline: str

    def gate(self, gate: str) -> str:
        """Colour of a gate; too few shares the grey of uninformative."""
        return {"informative": self.informative, "weak": self.weak}.get(gate, self.uninformative)

    def reference(self, reference: str) -> str:
        """Colour of a reference, for figures that show both."""
        return self.delta_centroid if reference == "centroid" else self.delta_control


LIGHT = Tokens(
    background="#FFFFFF",
    sidebar="#F7F8FA",
    widget="#F3F5F7",
    ink="#1A1F26",
    muted="#56616E",
    faint="#687380",
    rule="#DDE2E8",
    hair="#EBEEF2",
    axis="#CCD3DB",
    petrol="#1F4E5F",
    informative="#0F6B75",
    weak="#9A6208",
    uninformative="#7C8794",
    delta_control="#0F6B75",
    delta_centroid="#6B4C9A",
    warning_text="#8A3B12",
    warning_card="#FDF3EC",
    warning_border="#EBC9B4",
    baseline="#6B7683",
)
DARK = Tokens(
    background="#12161C",
    sidebar="#0E1217",
    widget="#1C222B",
    ink="#E6EAEF",
    muted="#A2AEBB",
    faint="#74818F",
    rule="#2E3743",
    hair="#222A34",
    axis="#3A4552",
    petrol="#5FB0C6",
    informative="#58BDB9",
    weak="#E0A84A",
    uninformative="#7C8794",
    delta_control="#58BDB9",
    delta_centroid="#B79AD6",
    warning_text="#F0A27A",
    warning_card="#2A1D16",
    warning_border="#553524",
    baseline="#8E9AA8",
)


def tokens(mode: Mode) -> Tokens:
    """Return the colours of a mode.

    Examples
    --------
    >>> tokens("light").ink
    '#1A1F26'
    """
    return DARK if mode == "dark" else LIGHT


def rgba(colour: str, opacity: float) -> str:
    """Return a colour with an opacity, for fills under ink.

    Examples
    --------
    >>> rgba("#0F6B75", 0.3)
    'rgba(15,107,117,0.3)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


@cache
def template(mode: Mode) -> go.layout.Template:
    """Return the plotly template of a mode: transparent, hairline grid, axes left and bottom only."""
    colour = tokens(mode)
    axis = {
        "automargin": True,
        "gridcolor": colour.hair,
        "linecolor": colour.axis,
        "linewidth": 1,
        "showline": True,
        "tickcolor": colour.axis,
        "tickfont": {"color": colour.muted, "size": 11.5},
        "ticklen": 4,
        "ticks": "outside",
        "title": {"font": {"color": colour.ink, "size": 12.5}, "standoff": 10},
        "zeroline": False,
    }
    return go.layout.Template(
        layout={
            "autotypenumbers": "strict",
            "dragmode": "select",
            "font": {"color": colour.ink, "family": FONT, "size": 12},
            "hoverlabel": {
                "align": "left",
                "bgcolor": colour.background,
                "bordercolor": colour.rule,
                "font": {"color": colour.ink, "family": FONT, "size": 12},
            },
            "hovermode": "closest",
            "legend": {
                "bgcolor": CLEAR,
                "font": {"color": colour.ink, "size": 12},
                "itemclick": False,
                "itemdoubleclick": False,
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.01,
                "yanchor": "bottom",
            },
            "margin": {"b": 8, "l": 8, "r": 12, "t": 10},
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def canvas(mode: Mode, *, alt: str, height: int, **layout: Any) -> go.Figure:
    """Return an empty figure in the look of a mode, with its alternative text in ``layout.meta``.

    Parameters
    ----------
    alt
        What the figure shows, in words.
    layout
        Anything else of plotly's layout.
    """
    settings = {"dragmode": False, "height": height, "meta": {"alt": alt}, "showlegend": False} | layout
    return go.Figure(layout={"template": template(mode), **settings})


def nothing(mode: Mode, sentence: str, *, height: int) -> go.Figure:
    """Return what stands in a figure's place when there is nothing to draw: a sentence, no axes."""
    figure = canvas(mode, alt=sentence, height=height)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=sentence,
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"color": tokens(mode).muted, "size": 13},
    )
    return figure


def zero_line(colour: str, width: float = 1) -> dict[str, Any]:
    """Return the settings of an axis that draw a line at zero, over the grid and below the data."""
    return {"zeroline": True, "zerolinecolor": colour, "zerolinewidth": width}


def rule(
    figure: go.Figure, start: tuple[float, float], end: tuple[float, float], *, yaxis: str = "y", **line: Any
) -> None:
    """Draw a line between two points in data coordinates, over the grid and below the data."""
    (x0, y0), (x1, y1) = start, end
    shape = {"x0": x0, "x1": x1, "y0": y0, "y1": y1, "xref": "x", "yref": yaxis}
    figure.add_shape(type="line", layer="between", line=line, **shape)


def note(figure: go.Figure, text: str, *, x: float, y: float, **settings: Any) -> None:
    """Write words into a figure, by default in paper coordinates, without an arrow."""
    defaults = {"xref": "paper", "yref": "paper", "showarrow": False, "align": "left"}
    figure.add_annotation(text=text, x=x, y=y, **(defaults | settings))
