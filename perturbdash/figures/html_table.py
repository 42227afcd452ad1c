"""Tables to read, as HTML: help on every header, groups of columns, headings between rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perturbdash.figures.markup import Html, html, join, text

UNDEFINED = Html('<span class="pd-undefined">–</span>')


@dataclass(frozen=True)
class Column:
    """A column of a table: what stands above it, what it means, and on which side it is aligned.

    Parameters
    ----------
    label
        The header; units belong in it.
    help
        What the number is; shown on hover, and read aloud.
    numeric
        Right-aligned, tabular figures.
    group
        Shown once above neighbouring columns that share it.
    css
        Extra classes, e.g. ``"pd-wide"`` for columns that a phone leaves out.
    """

    label: str | Html
    help: str
    numeric: bool = True
    group: str | Html = ""
    css: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table: one cell a column, or a heading over all columns where ``heading`` is set."""

    cells: Sequence[object] = ()
    heading: str = ""
    css: str = ""


def table_html(columns: Sequence[Column], rows: Sequence[Row], *, caption: str, css: str = "") -> Html:
    """Return a table to read; help on every header, undefined as a dash.

    Parameters
    ----------
    rows
        Cells are text, ``Html``, or ``None`` for undefined.
    caption
        What the table holds, for readers who do not see it.
    """
    heads = join(
        html(
            '<th scope="col" class="{css}"><abbr title="{help}">{label}</abbr></th>',
            css=_classes(column),
            help=column.help,
            label=column.label,
        )
        for column in columns
    )
    table = html(
        '<table class="pd-table {css}"><caption class="pd-aside">{caption}</caption>'
        "<thead>{groups}<tr>{heads}</tr></thead><tbody>{body}</tbody></table>",
        css=css,
        caption=caption,
        groups=_group_row(columns),
        heads=heads,
        body=join(_row(columns, row) for row in rows),
    )
    return scrolling(table, caption)


def scrolling(table: Html, label: str, css: str = "") -> Html:
    """Return a box in which a wide table scrolls, also by the arrow keys."""
    return html(
        '<div class="{css}" tabindex="0" role="group" aria-label="{label}">{table}</div>',
        css=f"pd-scroll {css}".strip(),
        label=label,
        table=table,
    )


def _classes(column: Column) -> str:
    return f"{'pd-num' if column.numeric else ''} {column.css}".strip()


def _group_row(columns: Sequence[Column]) -> Html:
    if not any(column.group for column in columns):
        return Html("")
    spans: list[tuple[str | Html, int]] = []
    for column in columns:
        if spans and spans[-1][0] == column.group:
            spans[-1] = (column.group, spans[-1][1] + 1)
        else:
            spans.append((column.group, 1))
    cells = join(
        html('<th scope="colgroup" colspan="{n}">{group}</th>', n=n, group=group)
        if group
        else html('<td colspan="{n}"></td>', n=n)
        for group, n in spans
    )
    return html('<tr class="pd-groups">{cells}</tr>', cells=cells)


def _row(columns: Sequence[Column], row: Row) -> Html:
    if row.heading:
        return html(
            '<tr class="pd-family"><th scope="rowgroup" colspan="{n}">{heading}</th></tr>',
            n=len(columns),
            heading=row.heading,
        )
    cells = []
    for i, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        tag = Html('th scope="row"') if i == 0 else Html("td")
        cells.append(
            html(
                '<{tag} class="{css}">{cell}</{end}>',
                tag=tag,
                end="th" if i == 0 else "td",
                css=_classes(column),
                cell=UNDEFINED if cell is None else text(cell),
            )
        )
    return html('<tr class="{css}">{cells}</tr>', css=row.css, cells=join(cells))
