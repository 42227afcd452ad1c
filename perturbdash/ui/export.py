"""Figures that leave: a print sheet is laid out here on click, and the browser makes the file."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import streamlit as st

from perturbdash.errors import PerturbdashError
from perturbdash.ui import address, selection, session
from perturbdash.ui.jobs import sentence
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, markdown
from perturbdash.ui.sidebar import CONTEXT
from perturbdash.vocabulary import ALL_CONTEXTS

if TYPE_CHECKING:
    import plotly.graph_objects as go

Printed = Callable[[], "go.Figure | Sequence[go.Figure]"]
Kind = Literal["svg", "png"]
KINDS: tuple[Kind, ...] = ("svg", "png")
WIDTHS = {"85 mm, one column": 85, "180 mm, two columns": 180}
LONGEST_STEM = 120
_HERE = Path(__file__).parent
_save = st.components.v2.component(
    "perturbdash_export",
    js=(_HERE / "export.js").read_text(encoding="utf-8"),
    css=(_HERE / "export.css").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Print:
    """What a print sheet is made of, once somebody asks for one.

    Parameters
    ----------
    draw
        Draws the figure, or its panels in reading order, in the light mode.
    across
        Panels side by side, where there is room.
    title, words
        Title of the sheet, and the sentences of its caption, as plain text.
    of_data
        It shows the data that are loaded, so their settings and what is selected among them belong to it.
    """

    draw: Printed
    across: int
    title: str
    words: tuple[str, ...]
    of_data: bool = True


def menus(key: str, title: str) -> tuple[Kind, int] | None:
    """Draw the menus SVG and PNG; return what was asked for, the width in millimetres."""
    asked = None
    for kind in KINDS:
        chosen = st.menu_button(
            kind.upper(),
            list(WIDTHS),
            key=f"{kind}-{key}",
            type="tertiary",
            help=f"“{markdown(title)}” as a print figure: light, with its caption.",
        )
        if chosen is not None:
            asked = kind, WIDTHS[chosen]
    return asked


def save(figure: Print, kind: Kind, width: int, *, key: str, stem: str) -> None:
    """Lay a print sheet out and let the browser make the file; what fails becomes a sentence there."""
    data: dict[str, Any] = {
        "job": secrets.token_hex(8),
        "kind": kind,
        "menu": f"{kind}-{key}",
        "name": f"{stem}_{width}mm.{kind}",
    }
    try:
        data["sheet"] = _sheet(figure, width)
    except Exception as error:
        data["problem"] = sentence(error)
    _save(key=f"save-{key}", data=data)


def _sheet(figure: Print, width: int) -> dict[str, Any]:
    from perturbdash import __version__
    from perturbdash.figures.print import fades, sheet

    drawn = figure.draw()
    panels = [drawn] if hasattr(drawn, "layout") else list(cast("Sequence[go.Figure]", drawn))
    words = [*figure.words, _settings() if figure.of_data else ""]
    if figure.of_data and any(map(fades, panels)):
        words.append(_selected())
    made = sheet(
        panels,
        width_mm=width,
        across=figure.across,
        title=figure.title,
        caption=[*words, f"perturbdash\u00a0{__version__}"],
    )
    return made.as_json()


def stem(key: str, subject: str = "", *, of_data: bool = True) -> str:
    """Return the start of a file's name: data set, context, what the figure is about, and the figure's key.

    Parameters
    ----------
    of_data
        The figure shows the data that are loaded; another one is not named after them.
    """
    context = str(st.session_state.get(CONTEXT, ""))
    data = [_title(), "" if context == ALL_CONTEXTS else context] if of_data else []
    parts = [*data, subject, key]
    return "_".join(filter(None, map(_ascii, parts)))[-LONGEST_STEM:]


def _ascii(text: str) -> str:
    """Return a part of a file's name.

    Examples
    --------
    >>> _ascii("Demo (simulated)")
    'demo_simulated'
    >>> _ascii("../KLF1+MYC")
    'KLF1+MYC'
    """
    kept = re.sub(r"[^\w.+-]+", "_", text).strip("_.")
    return kept[:1].lower() + kept[1:] if kept[1:].islower() else kept


def _title() -> str:
    asked = address.read().dataset
    try:
        return session.title(library().record(asked)) if asked else ""
    except PerturbdashError:
        return ""


def _settings() -> str:
    """Name what differs from the settings at first; the seed stands in every caption."""
    asked = address.read().dataset
    try:
        changed = library().record(asked).settings if asked else ()
    except PerturbdashError:
        return ""
    told = [f"{name.replace('_', ' ')} {value}" for name, value in changed if name != "seed"]
    return f"Settings: {', '.join(told)}" if told else ""


def _selected() -> str:
    names = selection.current()
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"Pale: not among the {len(names):,} selected ({', '.join(names[:3])}{more})" if names else ""


def plain(text: str | Html) -> str:
    """Return words without markup.

    Examples
    --------
    >>> plain(Html("<b>A</b> &amp; B"))
    'A & B'
    >>> plain("a < b")
    'a < b'
    """
    return html.unescape(re.sub(r"<[^>]*>", "", text)) if isinstance(text, Html) else text
