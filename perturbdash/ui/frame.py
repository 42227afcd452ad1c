"""The frame that every figure and every table stands in: question, subtitle, tools, caption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.ui import export, selecting
from perturbdash.ui.export import Print, Printed, plain
from perturbdash.ui.markup import Html, html, markdown

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@contextmanager
def frame(
    title: str,
    subtitle: str | Html,
    *,
    key: str,
    how_to_read: str,
    table: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
    caption: tuple[str, str | Html] | None = None,
    printed: Printed | None = None,
    across: int = 1,
    subject: str = "",
    of_data: bool = True,
) -> Iterator[None]:
    """Open a frame; what is drawn inside stands between its head and its caption.

    Parameters
    ----------
    title
        The question that the figure answers.
    subtitle
        Reference, unit, n, and what a mark is.
    key
        Names the frame on its page, and the files that are saved from it.
    how_to_read
        Two sentences behind ``?``.
    table
        What the figure shows, offered as CSV; where it is large, what makes it when it is asked for.
    caption
        A name, and data set, context, model, truth, seed, what was left out.
    printed
        Draws the figure, or its panels in reading order, in the light mode, when SVG or PNG is asked for.
    across
        How many panels stand side by side in print, where there is room.
    subject
        What the figure is about besides data set and context, e.g. a perturbation; for the names of files.
    of_data
        The frame shows the data that are loaded; the files that are saved from another one do not name them.
    """
    with st.container(key=f"frame-{key}", gap="xsmall"):
        with st.container(horizontal=True, key=f"head-{key}", gap="xsmall"):
            st.html(
                html(
                    '<div><h2 class="pd-title">{title}</h2><p class="pd-sub">{sub}</p></div>',
                    title=title,
                    sub=subtitle,
                )
            )
            words = plain(subtitle), plain(caption[1]) if caption else ""
            figure = None if printed is None else Print(printed, across, title, words, of_data)
            _tools(title, key, how_to_read, table, figure, export.stem(key, subject, of_data=of_data))
        yield
        if caption is not None:
            st.html(html('<p class="pd-caption"><b>{name}.</b> {rest}</p>', name=caption[0], rest=caption[1]))


def plot(
    figure: go.Figure,
    *,
    key: str,
    alt: str = "",
    selects: bool = False,
    picks: bool = False,
    select: Any = "ignore",
    selection_mode: Any = ("points",),
) -> Any:
    """Draw a plotly figure inside a frame, as wide as the frame.

    Parameters
    ----------
    alt
        What the figure shows, for readers who do not see it; by default ``layout.meta["alt"]`` of the figure.
    selects
        The points are perturbations: a box or a lasso selects them on all pages, a click opens one.
    picks
        With ``selects``: a click shows the perturbation on this page instead.
    select
        For other points: ``"ignore"``, ``"rerun"``, or a callback that is called when points are selected.

    Returns
    -------
    Any
        What is selected, where selecting is possible.
    """
    widget = f"plot-{key}"
    if selects:
        widget, select = selecting.prepare(figure, widget, picks=picks)
        selection_mode = ("points", "box", "lasso")
    return st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        key=widget,
        alt=alt or str((figure.layout.meta or {}).get("alt", "")),
        on_select=select,
        selection_mode=selection_mode,
        config={"displayModeBar": False, "displaylogo": False},
    )


def empty_state(title: str, why: str | Html, what_to_do: str | Html = "") -> None:
    """Stand in for a figure or a page: what is missing, why, and what to do."""
    st.html(
        html(
            '<section class="pd-empty" role="status"><h2>{title}</h2><p>{why}</p><p>{todo}</p></section>',
            title=title,
            why=why,
            todo=what_to_do,
        )
    )


@st.fragment
def _tools(
    title: str,
    key: str,
    how_to_read: str,
    table: pd.DataFrame | Callable[[], pd.DataFrame] | None,
    figure: Print | None,
    stem: str,
) -> None:
    """Draw the row at the right of a head; what is saved there does not run the page again."""
    with st.container(horizontal=True, key=f"tools-{key}", gap="xsmall", width="content", wrap=False):
        asked = None if figure is None else export.menus(key, title)
        if table is not None:
            st.download_button(
                "CSV",
                lambda: csv(table() if callable(table) else table),
                f"{stem}.csv",
                "text/csv",
                key=f"csv-{key}",
                type="tertiary",
                on_click="ignore",
                help=f"The numbers behind “{markdown(title)}”.",
            )
        with st.popover("?", key=f"how-{key}", type="tertiary"):
            st.markdown(markdown(how_to_read))
    if figure is not None and asked is not None:
        export.save(figure, *asked, key=key, stem=stem)


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8, without its index; undefined numbers are empty."""
    return table.to_csv(index=False).encode()
