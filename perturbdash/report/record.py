"""Every setting, seed, digest and version of a run: a table to read, and the record itself to save."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perturbdash.figures.markup import Html, html
from perturbdash.judgement.record import plain
from perturbdash.report.blocks import Column, Row, frame, reading_table
from perturbdash.report.drawing import script_safe
from perturbdash.report.scope import Scope

NOT_SET = "not set"
MOST_WRITTEN = 8
COLUMNS = (
    Column("what", "As in run.json.", numeric=False),
    Column("value", "As it was used.", numeric=False),
)
TITLES = {"schema": "Columns", "settings": "Settings", "versions": "Versions"}


def record(scope: Scope) -> Html:
    """Return the run as a table, and as JSON that can be saved."""
    run = plain(scope.result.run)
    return frame(
        "How was this made?",
        "Everything that a number here depends on. The same data, predictions, settings and versions give the same "
        "page, apart from its date.",
        [
            reading_table(
                COLUMNS, list(_rows(run)), caption="Settings, seed, digests and versions", css="pr-prose"
            ),
            Html('<p><button type="button" data-save="pr-run">Save run.json</button></p>'),
            html('<script type="application/json" id="pr-run">{run}</script>', run=script_safe(run)),
        ],
    )


def _rows(run: Mapping[str, Any]) -> Iterator[Row]:
    yield Row(heading="Data")
    for key, value in run.items():
        if not isinstance(value, dict) and key != "models":
            yield Row((key, written(value)))
    for key, title in TITLES.items():
        yield Row(heading=title)
        yield from (Row((name, written(value))) for name, value in run[key].items())
    for context, counts in run["contexts"].items():
        yield Row(heading=f"Context {context}")
        yield from (Row((name, written(value))) for name, value in counts.items())
    for model in run["models"]:
        yield Row(heading=f"Prediction {model['model']}")
        yield from (Row((name, written(value))) for name, value in model.items() if name != "model")


def written(value: object) -> str:
    """Write a value of the record for the table; long lists are counted.

    Examples
    --------
    >>> written(None), written(True), written(5922), written(["wmse", "nir"]), written(["g"] * 900)
    ('not set', 'yes', '5,922', 'wmse, nir', 'g, g, g, g, g, g, g, g and 892 more')
    """
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        more = len(value) - MOST_WRITTEN
        named = ", ".join(map(str, value[:MOST_WRITTEN]))
        return f"{named} and {more:,} more" if more > 0 else named or "none"
    return str(value)
