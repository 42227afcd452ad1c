"""The methods section, made by rule from the settings that were used, with the papers that it cites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from perturbdash.figures.markup import Html, html, join
from perturbdash.report.blocks import frame
from perturbdash.report.citations import ALWAYS, PAPERS, Cite, of_metrics
from perturbdash.report.method_sentences import baselines, calibration, comparison, data, metrics, software
from perturbdash.report.scope import Scope

Paragraph = tuple[str, ...]


def methods_section(scope: Scope) -> Html:
    """Return the methods as paragraphs, with a button that copies them as text."""
    body = join(html("<p>{text}</p>", text=join(_linked(part) for part in one)) for one in paragraphs(scope))
    return frame(
        "How would this be written in a paper?",
        "Made by rule from the settings above; check it against what you report.",
        [
            html('<div class="pr-methods" id="pr-methods">{body}</div>', body=body),
            Html('<p><button type="button" data-copy="pr-methods">Copy methods</button></p>'),
        ],
    )


def paragraphs(scope: Scope) -> list[Paragraph]:
    """Return the paragraphs; a citation in them is a `Cite`."""
    parts: list[Iterable[str]] = [data(scope), calibration(scope), metrics(scope)]
    if scope.models:
        parts += [baselines(scope), comparison(scope)]
    parts.append(software(scope))
    return [tuple(part) for part in parts]


def as_text(paragraph: Sequence[str]) -> str:
    """Return a paragraph as text, citations by name and year."""
    return "".join(PAPERS[part].short if isinstance(part, Cite) else part for part in paragraph)


def cited(scope: Scope) -> list[str]:
    """Return the keys of all papers that the methods or the metrics rest on, each once."""
    return list(dict.fromkeys([*ALWAYS, *_in_text(scope), *of_metrics(scope.result.all_cells.metrics)]))


def _in_text(scope: Scope) -> Iterator[str]:
    for paragraph in paragraphs(scope):
        yield from (str(part) for part in paragraph if isinstance(part, Cite))


def _linked(part: str) -> str | Html:
    if not isinstance(part, Cite):
        return part
    return html('<a href="#cite-{key}">{short}</a>', key=part, short=PAPERS[part].short)
